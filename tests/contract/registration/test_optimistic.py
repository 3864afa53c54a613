"""Who is taken for new and is not: found by every store, in memory and on MongoDB, before anything is said."""

from collections.abc import Mapping, Sequence

import pytest

from services.registration.domain import Command, Reason, State, Status
from services.registration.handlers import wanted
from services.registration.optimistic import DOUBTS, Optimistic
from services.registration.store import Batches, Commit, Wanted
from shared.errors import LostRace
from tests.contract.registration.acting import decided, one
from tests.contract.registration.conftest import Kept
from tests.support.registration import FORUM, GATHERING, OPEN, REMOTE, apply, cancel, change


class Watched:
    """A store that knows who was looked up last."""

    def __init__(self, store: Batches) -> None:
        self.begun: Wanted = Wanted()
        self._store = store

    async def begin(self, wanted: Mapping[str, Wanted]) -> dict[str, State]:
        self.begun = wanted[GATHERING]
        return await self._store.begin(wanted)

    async def commit(self, commits: Sequence[Commit]) -> None:
        await self._store.commit(commits)


class Desk:
    """Batches as the handlers and the bus do them."""

    def __init__(self, kept: Kept) -> None:
        self.watched = Watched(kept.store)
        self._batches = Optimistic(self.watched)

    async def batch(self, *commands: Command) -> State:
        before = (await self._batches.begin(wanted(commands)))[GATHERING]
        after, decisions = decided(before, commands)
        if decisions:
            await self._batches.commit([Commit(before, after, decisions)])
        return after

    async def lose(self, *commands: Command) -> None:
        with pytest.raises(LostRace):
            await self.batch(*commands)

    @property
    def looked_up(self) -> bool:
        begun = self.watched.begun
        return bool(begun.registrations and begun.keys and begun.persons)


@pytest.fixture
def desk(kept: Kept) -> Desk:
    return Desk(kept)


async def test_who_is_new_is_written_without_a_look(kept: Kept, desk: Desk) -> None:
    await desk.batch(apply("a", REMOTE, delegation="d1"), apply("b", REMOTE))
    assert not desk.looked_up
    assert desk.watched.begun.delegations == {"d1"}
    assert (await one(kept.store, "a")).is_live


async def test_a_repeat_is_found_by_its_id_and_says_nothing_again(kept: Kept, desk: Desk) -> None:
    await desk.batch(apply("a", REMOTE))
    told = await kept.told()
    await desk.lose(apply("a", REMOTE), apply("b", REMOTE))
    await desk.batch(apply("a", REMOTE), apply("b", REMOTE))
    assert desk.looked_up
    assert len(await kept.told()) == len(told) + 1
    assert (await one(kept.store, "a")).version == 1


async def test_a_repeat_of_one_who_has_cancelled_is_found_as_well(kept: Kept, desk: Desk) -> None:
    await desk.batch(apply("a", REMOTE))
    await desk.batch(cancel("a"))
    await desk.lose(apply("a", REMOTE))
    await desk.batch(apply("a", REMOTE))
    assert not (await one(kept.store, "a")).is_live


async def test_a_key_that_was_used_is_found(kept: Kept, desk: Desk) -> None:
    await desk.batch(apply("a", REMOTE))
    await desk.lose(apply("b", REMOTE, key="key-a"))
    await desk.batch(apply("b", REMOTE, key="key-a"))
    [part] = (await one(kept.store, "b")).parts
    assert part.reason is Reason.IDEMPOTENCY_MISMATCH


async def test_a_person_who_is_registered_is_found(kept: Kept, desk: Desk) -> None:
    await desk.batch(apply("a", REMOTE))
    await desk.lose(apply("b", OPEN, person="person-a"))
    await desk.batch(apply("b", OPEN, person="person-a"))
    [part] = (await one(kept.store, "b")).parts
    assert part.reason is Reason.ALREADY_REGISTERED


async def test_who_is_declined_is_looked_up_for_no_index_finds_them(kept: Kept, desk: Desk) -> None:
    """Uninvited as they are, that is not why: they are registered already."""
    await desk.batch(apply("a", REMOTE))
    await desk.lose(apply("b", FORUM, person="person-a"))
    assert "b" not in (await kept.store.load({GATHERING: Wanted(registrations={"b"})}))[GATHERING].registrations
    await desk.batch(apply("b", FORUM, person="person-a"))
    [part] = (await one(kept.store, "b")).parts
    assert (part.status, part.reason) == (Status.DECLINED, Reason.ALREADY_REGISTERED)


async def test_after_a_doubt_everybody_is_looked_up_for_a_while(desk: Desk) -> None:
    await desk.lose(apply("uninvited", FORUM))
    for number in range(DOUBTS):
        await desk.batch(apply(f"n{number}", REMOTE))
        assert desk.looked_up
    await desk.batch(apply("z", REMOTE))
    assert not desk.looked_up


async def test_with_a_change_among_them_all_are_looked_up(desk: Desk) -> None:
    await desk.batch(apply("a", OPEN))
    await desk.batch(apply("b", OPEN), change("a", REMOTE))
    assert desk.looked_up
