"""The search: pairs without a meeting push others aside, and nothing is ever lost by it.

A pushed pair moves to another slot if it can. First every exchange of one meeting for another is welcome, for it opens
ways to more meetings; then only those are that make the schedule fairer, or as fair.
"""

from random import Random

from services.scheduling.solver.partnering.board import LOCKED, NOBODY, Board
from services.scheduling.solver.watching import Watch

MOST_MOVES = 3_000_000
BREATH = 10_000  # moves between two looks at whether anybody still waits for the answer


class Search:
    """A board, the pairs that wait, and chance."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.chance = Random(board.field.rules.seed)  # noqa: S311  -- repeatable, not secret
        self.waiting = list(range(len(board.pairs)))
        self.position = {pair: index for index, pair in enumerate(self.waiting)}
        self.colleagues: list[list[int]] = [[] for _ in board.field.delegations]
        for person, delegation in enumerate(board.delegation_of):
            self.colleagues[delegation].append(person)
        self.choices = {slots: _indexes(slots) for slots in {pair[2] for pair in board.pairs}}

    def fill(self) -> None:
        """A first schedule: who has least choice comes first."""
        order = list(self.waiting)
        self.chance.shuffle(order)
        order.sort(key=lambda pair: self.board.pairs[pair][2].bit_count())
        for pair in order:
            self._sit(pair, self.board.room(pair))

    def improve(self, watch: Watch, phase: str, moves: int, *, fairer: bool, enough: int) -> None:
        """Try that many moves, or until there are `enough` meetings (none of which fairness would change)."""
        for done in range(moves):
            if done % BREATH == 0:
                watch.at(phase, done, moves)
            if not self.waiting or (self.board.meetings >= enough and not fairer):
                break
            self._try(self.waiting[int(self.chance.random() * len(self.waiting))], fairer=fairer)
        watch.at(phase, moves, moves)

    def settle(self) -> None:
        """Whoever can meet without anybody giving way does, so that every reason given for not meeting is true."""
        for pair in sorted(self.waiting):
            self._sit(pair, self.board.room(pair))

    def _sit(self, pair: int, room: int) -> bool:
        if room:
            self.board.put(pair, (room & -room).bit_length() - 1)
            self._served(pair)
        return bool(room)

    def _try(self, pair: int, *, fairer: bool) -> None:
        board = self.board
        if self._sit(pair, board.room(pair)):
            return
        choices = self.choices[board.pairs[pair][2]]
        slot = choices[int(self.chance.random() * len(choices))]
        pushed = self._in_the_way(pair, slot)
        if not pushed or sum(not self._elsewhere(one) for one in pushed) > 1:
            return
        meetings, unfairness = board.meetings, board.unfairness
        before = [(one, board.take(one)) for one in pushed]
        if not board.room(pair) >> slot & 1:
            self._undo(before)
            return
        board.put(pair, slot)
        for one in pushed:
            room = board.room(one)
            if room:
                board.put(one, (room & -room).bit_length() - 1)
        worse = fairer and board.meetings == meetings and board.unfairness > unfairness
        if board.meetings < meetings or worse:
            board.take(pair)
            self._undo(before)
            return
        self._served(pair)
        for one in pushed:
            if board.slot_of[one] == NOBODY:
                self._waits(one)

    def _in_the_way(self, pair: int, slot: int) -> list[int]:
        """The meetings that must give way for this one to be at that slot; none if a locked one stands there."""
        board = self.board
        one, other, _, needs_table = board.pairs[pair]
        pushed: list[int] = []
        for person in (one, other):
            there = board.at[person][slot]
            if there == LOCKED:
                return []
            if there != NOBODY:
                pushed += [] if there in pushed else [there]
            elif board.is_sated(person):
                instead = self._any_of(board.at[self._who_gives_way(person)])
                if instead != NOBODY and instead not in pushed:
                    pushed.append(instead)
        if needs_table and not board.open >> slot & 1:
            leaves = any(board.slot_of[there] == slot and board.pairs[there][3] for there in pushed)
            at_table = NOBODY if leaves else self._any_at_table(slot)
            if at_table != NOBODY:
                pushed.append(at_table)
        return pushed

    def _who_gives_way(self, person: int) -> int:
        """Whoever has all the meetings they may gives one up; of a delegation that has, anybody may be the one."""
        board = self.board
        if board.met[person] >= board.field.maxima[person]:
            return person
        colleagues = self.colleagues[board.delegation_of[person]]
        return colleagues[int(self.chance.random() * len(colleagues))]

    def _any_of(self, meetings: list[int]) -> int:
        """One movable meeting out of a person's slots."""
        movable = [meeting for meeting in meetings if meeting >= 0]
        return movable[int(self.chance.random() * len(movable))] if movable else NOBODY

    def _any_at_table(self, slot: int) -> int:
        """One movable meeting at a table of this slot: somebody is asked at random until one sits at one."""
        board = self.board
        for _ in range(8):
            there = board.at[int(self.chance.random() * len(board.at))][slot]
            if there >= 0 and board.pairs[there][3]:
                return there
        return NOBODY

    def _elsewhere(self, pair: int) -> int:
        """Where a meeting could move to; its people's numbers stay the same, so limits do not matter."""
        board = self.board
        one, other, _, needs_table = board.pairs[pair]
        slots = board.free[one] & board.free[other]
        return slots & board.open if needs_table else slots

    def _undo(self, before: list[tuple[int, int]]) -> None:
        for pair, _ in before:
            if self.board.slot_of[pair] != NOBODY:
                self.board.take(pair)
        for pair, slot in before:
            self.board.put(pair, slot)

    def _served(self, pair: int) -> None:
        index, last = self.position.pop(pair), self.waiting.pop()
        if last != pair:
            self.waiting[index] = last
            self.position[last] = index

    def _waits(self, pair: int) -> None:
        self.position[pair] = len(self.waiting)
        self.waiting.append(pair)


def _indexes(slots: int) -> list[int]:
    return [index for index in range(slots.bit_length()) if slots >> index & 1]
