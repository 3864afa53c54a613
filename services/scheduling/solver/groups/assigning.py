"""Proposes who goes to which working group: the best for the wishes, why not better, and what could be relaxed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from services.scheduling.solver.groups.checking import heard, problems, room_for, shortfalls
from services.scheduling.solver.groups.model import Assignment, Person, Relaxable, Relaxation, Room, Rules
from services.scheduling.solver.groups.program import Question
from services.scheduling.solver.groups.standing import Standing
from services.scheduling.solver.refusing import Refusal
from services.scheduling.solver.watching import UNWATCHED, Watch


def assign(
    people: Sequence[Person], rooms: Sequence[Room], rules: Rules, watch: Watch = UNWATCHED
) -> Assignment | Refusal:
    """Everyone placed if possible, then the fewest outside their wishes, then the least sum of `Rules.costs`."""
    found = problems(people, rooms, rules)
    if found:
        return Refusal(found)
    hearing, ignored = heard(people, rooms, rules)
    outcome = Question(hearing, rooms, rules).answer(watch)
    standing = Standing({person.id: person for person in hearing}, {room.id: room for room in rooms}, rules)
    for person, room in outcome.room_of.items():
        standing.enter(person, room)
    return Assignment(
        people=hearing,
        rooms=tuple(rooms),
        rules=rules,
        places=tuple(standing.place(person.id) for person in hearing),
        figures=standing.figures(),
        is_proven=outcome.is_proven,
        shortfalls=shortfalls(hearing, rooms, rules),
        offers=_offers(hearing, rooms, rules, watch, len(hearing) - len(outcome.room_of)),
        ignored=ignored,
    )


def _offers(
    people: Sequence[Person], rooms: Sequence[Room], rules: Rules, watch: Watch, now: int
) -> tuple[Relaxation, ...]:
    """What would place more people, the most helpful first; each one was tried."""
    if not now:
        return ()
    offers = []
    for rule, before, after, changed, roomier in _candidates(people, rooms, rules, now):
        left = Question(people, roomier, changed).unplaceable(watch)
        if left < now:
            offers.append(Relaxation(rule, before, after, left))
    return tuple(sorted(offers, key=lambda offer: offer.unplaced))


Candidate = tuple[Relaxable, int, int, Rules, Sequence[Room]]


def _candidates(people: Sequence[Person], rooms: Sequence[Room], rules: Rules, unplaced: int) -> Iterator[Candidate]:
    country, delegation = rules.max_per_country, rules.max_per_delegation
    if country is not None:
        then = _enough(rooms, country, Counter(one.country for one in people if one.country))
        yield Relaxable.MAX_PER_COUNTRY, country, then, replace(rules, max_per_country=then), rooms
    if delegation is not None:
        then = _enough(rooms, delegation, Counter(one.delegation for one in people if one.delegation))
        yield Relaxable.MAX_PER_DELEGATION, delegation, then, replace(rules, max_per_delegation=then), rooms
    each = -(-unplaced // len(rooms))
    roomier = [replace(room, capacity=room.capacity + each) for room in rooms]
    places = sum(room.capacity for room in rooms)
    yield Relaxable.CAPACITY, places, places + each * len(rooms), rules, roomier
    if rules.apart:
        yield Relaxable.APART, len(rules.apart), 0, replace(rules, apart=()), rooms
    if rules.together:
        yield Relaxable.TOGETHER, len(rules.together), 0, replace(rules, together=()), rooms


def _enough(rooms: Sequence[Room], limit: int, groups: Counter[str]) -> int:
    """The least limit above the present one under which the largest group finds room (or fills all rooms)."""
    largest = max(groups.values(), default=0)
    most = max(room.capacity for room in rooms)
    then = limit + 1
    while then < most and room_for(rooms, then) < largest:
        then += 1
    return then
