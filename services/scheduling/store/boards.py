"""What everybody at a gathering's desks meets. It is read once; then it follows from what this process commits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from services.scheduling.domain import Block, Hold, Outcome, Release, Waiter
from services.scheduling.domain.slots import EXPERT, TABLE

REMEMBERED: Final = 50_000  # claims, blocks, holds and waiters: of one busy gathering some thousands
SMALLEST: Final = 25  # counted for a board itself, however little is on it
WAITERS_AT_ONCE: Final = 200  # a slot goes to one of the first; more need not be known


@dataclass(frozen=True, slots=True)
class Board:
    """As of one `version` of the ledger. Whoever writes any of it raises that version, so it is good as long as it is.

    `claims` are those of experts and tables, which keep a slot from everybody; `blocks` and `holds` are all there are.
    """

    version: int
    claims: Mapping[str, str]
    blocks: Mapping[str, Block]
    holds: Mapping[str, Hold]
    waiters: Mapping[str, Waiter]
    latest: Release | None
    nothing_waits: bool  # no request is parked for what it rests on, so none need be looked for

    @property
    def is_whole(self) -> bool:
        return len(self.waiters) < WAITERS_AT_ONCE

    @property
    def size(self) -> int:
        return SMALLEST + len(self.claims) + len(self.blocks) + len(self.holds) + len(self.waiters)

    def after(self, outcome: Outcome) -> "Board":
        """Once `outcome`, decided on this board, is committed."""
        mine = (f"{outcome.gathering_id}:{EXPERT}:", f"{outcome.gathering_id}:{TABLE}:")
        freed = frozenset[str]().union(*outcome.freed.values())
        kept = {claim: who for claim, who in self.claims.items() if claim not in freed} if freed else self.claims
        taken = {claim: who for claim, who in outcome.taken.items() if claim.startswith(mine)}
        now, claims = outcome.after, {**kept, **taken}
        nothing_waits = self.nothing_waits and not now.waiting
        return Board(self.version + 1, claims, now.blocks, now.holds, now.waiters, now.agenda.latest, nothing_waits)


class Boards:
    """Those of the gatherings that were busy last."""

    def __init__(self) -> None:
        self._known: dict[str, Board] = {}
        self._size = 0

    def at(self, gathering_id: str, version: int) -> Board | None:
        known = self._known.get(gathering_id)
        return known if known is not None and known.version == version else None

    def keep(self, gathering_id: str, board: Board) -> None:
        self._forget(gathering_id)
        if board.is_whole:
            self._known[gathering_id] = board
            self._size += board.size
        while self._size > REMEMBERED and len(self._known) > 1:
            self._forget(next(iter(self._known)))

    def _forget(self, gathering_id: str) -> None:
        if (known := self._known.pop(gathering_id, None)) is not None:
            self._size -= known.size

    def committed(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            ledger = outcome.before.ledger
            board = self.at(ledger.gathering_id, ledger.version)
            if board is not None:
                self.keep(ledger.gathering_id, board.after(outcome))
