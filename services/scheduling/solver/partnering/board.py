"""The schedule while it is searched: who sits where, what is free, how many meetings, how unfair."""

from services.scheduling.solver.partnering.field import Field

NOBODY = -1
LOCKED = -2
FEW = 3  # whoever has fewer meetings came for little
# What one person's number of meetings weighs, from the gravest: a minimum missed, no meeting at all, fewer than three,
# then the squares (for a given total the least sum of squares is the highest Jain index), and last the ranks of wishes.
MISSED, NONE, UNDER, STEP, SQUARE = 10**12, 10**10, 10**8, 10**6, 10**4


class Board:
    """Puts pairs into slots and takes them out again, keeping all counts; it checks nothing that `room` would tell."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.pairs = [(pair.one, pair.other, pair.slots, pair.needs_table) for pair in field.pairs]
        self.regret = [pair.regret for pair in field.pairs]
        self.slot_of = [NOBODY] * len(self.pairs)
        self.at = [[NOBODY] * len(field.slots) for _ in field.people]
        self.free = list(field.available)
        self.met = [0] * len(field.people)
        self.delegation_of = list(field.delegation_of)
        self.delegation_met = [0] * len(field.delegations)
        self.delegation_most = [field.limit_of(index) for index in range(len(field.delegations))]
        self.tables = [slot.tables for slot in field.slots]
        self.open = sum(1 << index for index, tables in enumerate(self.tables) if tables > 0)
        self.meetings = 0
        self.unfairness = 0
        self.weight = [_weights(minimum, len(field.slots)) for minimum in field.minima]
        self.lacking = [0] * len(field.delegations)
        for index, delegation in enumerate(field.delegations):
            self.lacking[index] = 0 if delegation is None else field.rules.min_per_delegation
        self._lock()

    def _lock(self) -> None:
        for _, pair, slot in self.field.locked:
            for person in (pair.one, pair.other):
                self.at[person][slot] = LOCKED
                self.free[person] &= ~(1 << slot)
                self._count(person, 1)
            if pair.needs_table:
                self._use_table(slot, 1)

    def room(self, pair: int) -> int:
        """The slots in which this pair could meet right now."""
        one, other, _, needs_table = self.pairs[pair]
        slots = self.free[one] & self.free[other]
        if needs_table:
            slots &= self.open
        if slots and (self.is_sated(one) or self.is_sated(other)):
            return 0
        return slots

    def is_sated(self, person: int) -> bool:
        if self.met[person] >= self.field.maxima[person]:
            return True
        delegation = self.delegation_of[person]
        return self.delegation_met[delegation] >= self.delegation_most[delegation]

    def put(self, pair: int, slot: int) -> None:
        one, other, _, needs_table = self.pairs[pair]
        self.at[one][slot] = self.at[other][slot] = pair
        bit = 1 << slot
        self.free[one] ^= bit
        self.free[other] ^= bit
        self.slot_of[pair] = slot
        self.meetings += 1
        self.unfairness += self.regret[pair]
        self._count(one, 1)
        self._count(other, 1)
        if needs_table:
            self._use_table(slot, 1)

    def take(self, pair: int) -> int:
        """Take it out and say where it was."""
        slot = self.slot_of[pair]
        one, other, _, needs_table = self.pairs[pair]
        self.at[one][slot] = self.at[other][slot] = NOBODY
        bit = 1 << slot
        self.free[one] ^= bit
        self.free[other] ^= bit
        self.slot_of[pair] = NOBODY
        self.meetings -= 1
        self.unfairness -= self.regret[pair]
        self._count(one, -1)
        self._count(other, -1)
        if needs_table:
            self._use_table(slot, -1)
        return slot

    def _count(self, person: int, by: int) -> None:
        before = self.met[person]
        self.met[person] = before + by
        weight = self.weight[person]
        delegation = self.delegation_of[person]
        lacked = self.lacking[delegation] - self.delegation_met[delegation]
        self.delegation_met[delegation] += by
        self.unfairness += weight[before + by] - weight[before]
        if lacked > 0 or lacked - by > 0:
            self.unfairness += MISSED * (max(0, lacked - by) - max(0, lacked))

    def _use_table(self, slot: int, by: int) -> None:
        self.tables[slot] -= by
        if self.tables[slot] > 0:
            self.open |= 1 << slot
        else:
            self.open &= ~(1 << slot)


def _weights(minimum: int, slots: int) -> list[int]:
    """How grave it is to have 0, 1, 2 … meetings."""
    return [
        MISSED * max(0, minimum - meetings)
        + NONE * (meetings == 0)
        + UNDER * (meetings < FEW)
        + STEP * max(0, FEW - meetings)
        + SQUARE * meetings * meetings
        for meetings in range(slots + 2)
    ]
