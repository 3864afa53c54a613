"""A batch of a rush, loaded optimistically: whoever applies is taken for new, and unique indexes find who is not."""

from collections.abc import Mapping, Sequence

from services.registration.domain import Apply, State
from services.registration.store import Batches, Commit, Wanted
from shared.errors import LostRace

DOUBTS = 20  # batches that look everybody up, after one that should have


class Optimistic:
    """The store as batches use it, one at a time: what it supposed wrongly is a lost race, decided again with doubts.

    The id, the key and the living person of a new registration are unique in the store. So all that a look would
    have shown is found by writing it, except for who is declined: that takes no person's one live registration.
    """

    def __init__(self, store: Batches) -> None:
        self._store = store
        self._doubts = 0
        self._supposed = False

    async def begin(self, wanted: Mapping[str, Wanted]) -> dict[str, State]:
        self._supposed = not self._doubts and not any(one.submissions for one in wanted.values())
        self._doubts = max(self._doubts - 1, 0)
        if self._supposed:
            wanted = {key: Wanted(delegations=one.delegations, codes=one.codes) for key, one in wanted.items()}
        return await self._store.begin(wanted)

    async def commit(self, commits: Sequence[Commit]) -> None:
        if self._supposed and not all(_is_proven(commit) for commit in commits):
            self._doubts = DOUBTS
            raise LostRace("somebody who is declined was not looked up")
        try:
            await self._store.commit(commits)
        except LostRace as lost:
            if lost.duplicate:
                self._doubts = DOUBTS
            raise


def _is_proven(commit: Commit) -> bool:
    """Whether everybody who applied got something that nobody can have twice."""
    applied = (one.submission.id for one in commit.decisions if isinstance(one.submission, Apply))
    return all(commit.after.registrations[one].is_live for one in applied)
