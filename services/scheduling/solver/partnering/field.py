"""The question in numbers: people, slots, pairs that could meet, by index; a set of slots is the bits of an integer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.scheduling.solver.partnering.model import Locked, Person, Rules, Slot, Why

NO_LIMIT = 1 << 30
UNRANKED = 1_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people who could meet, and in which slots; `regret` adds up how dear each is to the other."""

    one: int
    other: int
    slots: int
    needs_table: bool
    regret: int


@dataclass(frozen=True, slots=True)
class Field:
    """Everything the search may know; `locked` are the meetings that stand, with their slot."""

    people: tuple[Person, ...]
    slots: tuple[Slot, ...]
    rules: Rules
    available: tuple[int, ...]  # per person, locked meetings not taken off
    minima: tuple[int, ...]
    maxima: tuple[int, ...]
    delegation_of: tuple[int, ...]  # per person; who has none has one of their own, without limits
    delegations: tuple[str | None, ...]
    pairs: tuple[Pair, ...]
    locked: tuple[tuple[Locked, Pair, int], ...]

    @property
    def delegation_maximum(self) -> int:
        return NO_LIMIT if self.rules.max_per_delegation is None else self.rules.max_per_delegation

    def limit_of(self, delegation: int) -> int:
        return NO_LIMIT if self.delegations[delegation] is None else self.delegation_maximum


def survey(people: Sequence[Person], slots: Sequence[Slot], rules: Rules, locked: Sequence[Locked]) -> Field:
    """Number everything and find the pairs that could meet."""
    place = {person.id: index for index, person in enumerate(people)}
    available = tuple(_available(person, slots) for person in people)
    delegations: list[str | None] = list(dict.fromkeys(one.delegation for one in people if one.delegation is not None))
    number = {delegation: index for index, delegation in enumerate(delegations)}
    delegation_of = []
    for person in people:
        if person.delegation is None:
            delegations.append(None)
        delegation_of.append(len(delegations) - 1 if person.delegation is None else number[person.delegation])
    standing = [(meeting, _standing(meeting, people, place), _slot(meeting, slots)) for meeting in locked]
    met = {(pair.one, pair.other) for _, pair, _ in standing}
    found = (_pair(one, other, people, available) for one, other in _asking(people, place, rules))
    most = NO_LIMIT if rules.max_per_person is None else rules.max_per_person
    return Field(
        people=tuple(people),
        slots=tuple(slots),
        rules=rules,
        available=available,
        minima=tuple(rules.min_per_person if one.minimum is None else one.minimum for one in people),
        maxima=tuple(most if one.maximum is None else one.maximum for one in people),
        delegation_of=tuple(delegation_of),
        delegations=tuple(delegations),
        pairs=tuple(pair for pair in found if pair.slots and (pair.one, pair.other) not in met),
        locked=tuple(standing),
    )


def why_never(one: Person, other: Person, rules: Rules) -> Why | None:
    """What forbids these two to meet, seen by the one who wishes."""
    if other.id in one.no_thanks:
        return Why.NO_THANKS
    if one.id in other.no_thanks:
        return Why.DECLINED
    if one.delegation is not None and one.delegation == other.delegation:
        return Why.SAME_DELEGATION
    if rules.is_mutual and one.id not in other.wishes:
        return Why.NOT_MUTUAL
    return None


def _asking(people: Sequence[Person], place: dict[str, int], rules: Rules) -> Iterator[tuple[int, int]]:
    """Pairs, the smaller index first, each once, of whom nobody forbids that they meet."""
    seen: set[tuple[int, int]] = set()
    for index, person in enumerate(people):
        for wish in person.wishes:
            pair = (min(index, place[wish]), max(index, place[wish]))
            if pair not in seen and why_never(person, people[place[wish]], rules) is None:
                seen.add(pair)
    yield from sorted(seen)


def _pair(one: int, other: int, people: Sequence[Person], available: Sequence[int]) -> Pair:
    first, second = people[one], people[other]
    return Pair(
        one,
        other,
        available[one] & available[other],
        needs_table=not (first.is_remote or second.is_remote),
        regret=_rank(first, second.id) + _rank(second, first.id),
    )


def _rank(person: Person, wish: str) -> int:
    return person.wishes.index(wish) if wish in person.wishes else UNRANKED


def _available(person: Person, slots: Sequence[Slot]) -> int:
    return sum(1 << index for index, slot in enumerate(slots) if slot.id not in person.busy)


def _standing(meeting: Locked, people: Sequence[Person], place: dict[str, int]) -> Pair:
    one, other = sorted(place[person] for person in meeting.pair)
    in_person = not (people[one].is_remote or people[other].is_remote)
    return Pair(one, other, 0, needs_table=in_person or meeting.table is not None, regret=0)


def _slot(meeting: Locked, slots: Sequence[Slot]) -> int:
    return next(index for index, slot in enumerate(slots) if slot.id == meeting.slot)
