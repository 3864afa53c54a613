"""Refuses questions without sense and leaves out odd wishes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.scheduling.solver.partnering.model import Locked, Person, Rules, Slot
from services.scheduling.solver.refusing import Fault, Ignored, Oddity, Problem


def problems(
    people: Sequence[Person], slots: Sequence[Slot], rules: Rules, locked: Sequence[Locked]
) -> tuple[Problem, ...]:
    """Everything to mend."""
    return (
        *_doubles(people, slots),
        *_numbers(people, slots, rules),
        *_unknown(people, slots, locked),
        *_locked(slots, locked),
    )


def _doubles(people: Sequence[Person], slots: Sequence[Slot]) -> Iterator[Problem]:
    for ids in ([person.id for person in people], [slot.id for slot in slots]):
        for id_, count in Counter(ids).items():
            if count > 1:
                yield Problem(Fault.DUPLICATE, (id_,), f"{id_} is there {count} times")


def _numbers(people: Sequence[Person], slots: Sequence[Slot], rules: Rules) -> Iterator[Problem]:
    numbers: dict[str, int | None] = {slot.id: slot.tables for slot in slots}
    for name in ("min_per_person", "max_per_person", "min_per_delegation", "max_per_delegation", "wishes", "effort"):
        numbers[name] = getattr(rules, name)
    numbers |= {person.id: min(person.minimum or 0, person.maximum or 0) for person in people}
    for name, number in numbers.items():
        if number is not None and number < 0:
            yield Problem(Fault.BAD_NUMBER, (name,), f"{name}: {number} is below 0")


def _unknown(people: Sequence[Person], slots: Sequence[Slot], locked: Sequence[Locked]) -> Iterator[Problem]:
    known, times = {person.id for person in people}, {slot.id for slot in slots}
    for meeting in locked:
        for person in meeting.pair:
            if person not in known:
                yield Problem(
                    Fault.UNKNOWN_PERSON, (person,), f"a locked meeting names {person}, who does not take part"
                )
        if meeting.slot not in times:
            yield Problem(
                Fault.UNKNOWN_SLOT, (meeting.slot,), f"a locked meeting is at {meeting.slot}, which is no slot"
            )


def _locked(slots: Sequence[Slot], locked: Sequence[Locked]) -> Iterator[Problem]:
    for meeting in locked:
        if meeting.pair[0] == meeting.pair[1]:
            yield Problem(Fault.LOCKED_WITH_ONESELF, meeting.pair[:1], f"{meeting.pair[0]} is locked with themselves")
    for (person, slot), count in Counter((person, one.slot) for one in locked for person in set(one.pair)).items():
        if count > 1:
            yield Problem(Fault.LOCKED_TWICE_AT_ONCE, (person, slot), f"{person} is locked {count} times at {slot}")
    for pair, count in Counter(tuple(sorted(one.pair)) for one in locked).items():
        if count > 1:
            yield Problem(Fault.LOCKED_PAIR_TWICE, pair, f"{' and '.join(pair)} are locked {count} times")
    tables = {slot.id: slot.tables for slot in slots}
    for (slot, table), count in Counter((one.slot, one.table) for one in locked if one.table is not None).items():
        if count > 1 or not 1 <= table <= tables.get(slot, table):
            detail = f"table {table} at {slot} is locked {count} times, of {tables.get(slot)} tables"
            yield Problem(Fault.LOCKED_TABLE_TAKEN, (slot, str(table)), detail)


def heard(people: Sequence[Person], rules: Rules) -> tuple[tuple[Person, ...], tuple[Ignored, ...]]:
    """The people with the wishes that count, and the wishes that do not."""
    known = {person.id for person in people}
    hearing: list[Person] = []
    ignored: list[Ignored] = []
    for person in people:
        wishes: dict[str, None] = {}
        for position, wish in enumerate(person.wishes):
            if len(wishes) == rules.wishes:
                ignored.append(Ignored(person.id, wish, Oddity.TOO_MANY, len(person.wishes) - position))
                break
            oddity = _oddity(person.id, wish, known, wishes)
            if oddity is None:
                wishes[wish] = None
            else:
                ignored.append(Ignored(person.id, wish, oddity))
        hearing.append(replace(person, wishes=tuple(wishes)))
    return tuple(hearing), tuple(ignored)


def _oddity(person: str, wish: str, known: set[str], wishes: dict[str, None]) -> Oddity | None:
    if wish == person:
        return Oddity.ONESELF
    if wish not in known:
        return Oddity.UNKNOWN
    return Oddity.TWICE if wish in wishes else None
