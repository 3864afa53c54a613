"""Refuses questions without sense, leaves out odd wishes, and counts beforehand what cannot be met."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from services.scheduling.solver.groups.model import Person, Room, Rules, Shortage, Shortfall
from services.scheduling.solver.groups.standing import blocks_of
from services.scheduling.solver.refusing import Fault, Ignored, Oddity, Problem


def problems(people: Sequence[Person], rooms: Sequence[Room], rules: Rules) -> tuple[Problem, ...]:
    """Everything to mend, the plain slips first: with those, looking deeper makes no sense."""
    return tuple(_slips(people, rooms, rules)) or tuple(_contradictions(people, rooms, rules))


def _slips(people: Sequence[Person], rooms: Sequence[Room], rules: Rules) -> Iterator[Problem]:
    for ids in ([person.id for person in people], [room.id for room in rooms]):
        for id_, count in Counter(ids).items():
            if count > 1:
                yield Problem(Fault.DUPLICATE, (id_,), f"{id_} is there {count} times")
    if not rooms:
        yield Problem(Fault.NO_ROOMS, (), "there is no room")
    for room in rooms:
        if room.capacity < 0:
            yield Problem(Fault.BAD_NUMBER, (room.id,), f"room {room.id} has a capacity below 0")
    limits = {"max_per_country": rules.max_per_country, "max_per_delegation": rules.max_per_delegation}
    for name, limit in limits.items():
        if limit is not None and limit < 1:
            yield Problem(Fault.BAD_NUMBER, (name,), f"{name} must be at least 1")
    if rules.wishes < 0 or len(rules.costs) < rules.wishes or min(rules.costs, default=0) < 0:
        yield Problem(Fault.BAD_NUMBER, ("costs",), "each wish needs a cost of at least 0")
    yield from _unknown(people, rooms, rules)


def _unknown(people: Sequence[Person], rooms: Sequence[Room], rules: Rules) -> Iterator[Problem]:
    known, known_rooms = {person.id for person in people}, {room.id for room in rooms}
    named = [person for person, _ in rules.pins]
    named += [person for group in (*rules.apart, *rules.together) for person in group]
    for person in dict.fromkeys(named):
        if person not in known:
            yield Problem(Fault.UNKNOWN_PERSON, (person,), f"a rule names {person}, who is not among the people")
    for room in dict.fromkeys(room for _, room in rules.pins):
        if room not in known_rooms:
            yield Problem(Fault.UNKNOWN_ROOM, (room,), f"a pin names {room}, which is not among the rooms")


def _contradictions(people: Sequence[Person], rooms: Sequence[Room], rules: Rules) -> Iterator[Problem]:
    by_id = {person.id: person for person in people}
    pinned: dict[str, str] = {}
    members: dict[str, tuple[str, ...]] = {}
    for block in blocks_of(people, rules):
        members |= dict.fromkeys(block, block)
        wanted = list(dict.fromkeys(room for person, room in rules.pins if person in block))
        if len(wanted) > 1:
            yield Problem(Fault.PINNED_TWICE, block, f"{', '.join(block)}: pinned to {' and '.join(wanted)}")
        if wanted:
            pinned |= dict.fromkeys(block, wanted[0])
        elif len(block) > 1 and not any(_fits(block, by_id, room, rules) for room in rooms):
            yield Problem(Fault.TOGETHER_TOO_LARGE, block, f"no room can take {', '.join(block)} together")
    for one, other in rules.apart:
        if one in members[other]:
            yield Problem(Fault.TOGETHER_AND_APART, (one, other), f"{one} and {other}: kept together and kept apart")
        elif one in pinned and pinned[one] == pinned.get(other):
            yield Problem(Fault.PINS_KEPT_APART, (one, other), f"{one} and {other}: kept apart, pinned to one room")
    yield from _pins(by_id, rooms, rules, pinned)


def _pins(by_id: dict[str, Person], rooms: Sequence[Room], rules: Rules, pinned: dict[str, str]) -> Iterator[Problem]:
    for room in rooms:
        inside = [by_id[person] for person, at in pinned.items() if at == room.id]
        if len(inside) > room.capacity:
            detail = f"room {room.id} has {room.capacity} places for {len(inside)} pinned people"
            yield Problem(Fault.ROOM_SMALLER_THAN_PINS, (room.id,), detail)
        for fault, limit, groups in (
            (Fault.PINS_BREAK_COUNTRY_LIMIT, rules.max_per_country, Counter(person.country for person in inside)),
            (
                Fault.PINS_BREAK_DELEGATION_LIMIT,
                rules.max_per_delegation,
                Counter(person.delegation for person in inside),
            ),
        ):
            for group, count in groups.items():
                if limit is not None and group is not None and count > limit:
                    detail = f"{count} of {group} are pinned to room {room.id}, at most {limit} may be there"
                    yield Problem(fault, (room.id, group), detail)


def _fits(block: Sequence[str], by_id: dict[str, Person], room: Room, rules: Rules) -> bool:
    people = [by_id[person] for person in block]
    of_country = max(Counter(one.country for one in people if one.country).values(), default=0)
    of_delegation = max(Counter(one.delegation for one in people if one.delegation).values(), default=0)
    return (
        len(people) <= room.capacity
        and (rules.max_per_country is None or of_country <= rules.max_per_country)
        and (rules.max_per_delegation is None or of_delegation <= rules.max_per_delegation)
    )


def heard(
    people: Sequence[Person], rooms: Sequence[Room], rules: Rules
) -> tuple[tuple[Person, ...], tuple[Ignored, ...]]:
    """The people with the wishes that count, and the wishes that do not."""
    known = {room.id for room in rooms}
    hearing, ignored = [], []
    for person in people:
        wishes: list[str] = []
        for position, wish in enumerate(person.wishes):
            if len(wishes) == rules.wishes:
                ignored.append(Ignored(person.id, wish, Oddity.TOO_MANY, len(person.wishes) - position))
                break
            if wish not in known or wish in wishes:
                ignored.append(Ignored(person.id, wish, Oddity.TWICE if wish in known else Oddity.UNKNOWN))
            else:
                wishes.append(wish)
        hearing.append(replace(person, wishes=tuple(wishes)))
    return tuple(hearing), tuple(ignored)


def shortfalls(people: Sequence[Person], rooms: Sequence[Room], rules: Rules) -> tuple[Shortfall, ...]:
    """What counting alone shows: 90 of one country, 20 rooms, 3 each: 60 can be placed, 30 cannot."""
    found = []
    places = sum(room.capacity for room in rooms)
    if len(people) > places:
        found.append(Shortfall(Shortage.ROOMS, None, len(people), places))
    for shortage, limit, groups in (
        (Shortage.COUNTRY, rules.max_per_country, Counter(one.country for one in people if one.country)),
        (Shortage.DELEGATION, rules.max_per_delegation, Counter(one.delegation for one in people if one.delegation)),
    ):
        if limit is not None:
            possible = room_for(rooms, limit)
            found += [Shortfall(shortage, of, n, possible) for of, n in sorted(groups.items()) if n > possible]
    return tuple(found)


def room_for(rooms: Sequence[Room], limit: int) -> int:
    """How many people of one country or delegation all rooms can take."""
    return sum(min(limit, room.capacity) for room in rooms)


def cliques(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, ...]]:
    """The keep-aparts as few sets of people of whom no two may meet: a tighter question than pair by pair."""
    near: dict[str, set[str]] = {}
    for one, other in pairs:
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    found, covered = [], set()
    for one, other in sorted({(min(pair), max(pair)) for pair in pairs}):
        if (one, other) in covered:
            continue
        clique = [one, other]
        for person in sorted(near[one] & near[other]):
            if all(person in near[member] for member in clique):
                clique.append(person)
        covered |= set(combinations(sorted(clique), 2))
        found.append(tuple(sorted(clique)))
    return found
