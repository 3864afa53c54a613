"""Small instances for the solvers, drawn by hypothesis or by seed, and what any answer must satisfy."""

from collections import Counter
from collections.abc import Sequence
from itertools import product
from random import Random

from hypothesis import strategies as st

from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering

COUNTRIES = ("FR", "PL", "IT")
DELEGATIONS = ("one", "two", None)


@st.composite
def group_questions(
    draw: st.DrawFn, most_people: int = 9
) -> tuple[list[groups.Person], list[groups.Room], groups.Rules]:
    """People, rooms and rules that contradict each other now and then."""
    rooms = [groups.Room(f"r{index}", draw(st.integers(0, 4))) for index in range(draw(st.integers(1, 4)))]
    ids = [f"p{index}" for index in range(draw(st.integers(0, most_people)))]
    wishes = st.lists(st.sampled_from([room.id for room in rooms]), max_size=3, unique=True).map(tuple)
    people = [
        groups.Person(id_, draw(wishes), draw(st.sampled_from(COUNTRIES)), draw(st.sampled_from(DELEGATIONS)))
        for id_ in ids
    ]
    couples = st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=2) if ids else st.just([])
    differing = couples.map(lambda found: tuple(pair for pair in found if pair[0] != pair[1]))
    pins = st.tuples(st.sampled_from(ids), st.sampled_from(rooms).map(lambda room: room.id)) if ids else st.nothing()
    rules = groups.Rules(
        max_per_country=draw(st.one_of(st.none(), st.integers(1, 3))),
        max_per_delegation=draw(st.one_of(st.none(), st.integers(1, 2))),
        pins=tuple(draw(st.lists(pins, max_size=1))) if ids else (),
        apart=draw(differing),
        together=draw(st.one_of(st.just(()), differing)),
    )
    return people, rooms, rules


def breaks(
    room_of: dict[str, str | None], question: tuple[Sequence[groups.Person], Sequence[groups.Room], groups.Rules]
) -> list[str]:
    """Every rule that these places break, told independently of the solver."""
    people, rooms, rules = question
    inside = {room.id: [person for person in people if room_of[person.id] == room.id] for room in rooms}
    found = [f"{room.id} is too full" for room in rooms if len(inside[room.id]) > room.capacity]
    for room, members in inside.items():
        for limit, counts in (
            (rules.max_per_country, Counter(one.country for one in members)),
            (rules.max_per_delegation, Counter(one.delegation for one in members if one.delegation)),
        ):
            found += [f"{of} in {room}" for of, count in counts.items() if limit is not None and count > limit]
    found += [f"pin of {person}" for person, room in rules.pins if room_of[person] != room]
    found += [f"{one} beside {other}" for one, other in rules.apart if room_of[one] and room_of[one] == room_of[other]]
    found += [f"{group} split" for group in rules.together if len({room_of[person] for person in group}) > 1]
    return found


def worth(room_of: dict[str, str | None], people: Sequence[groups.Person], rules: groups.Rules) -> tuple[int, int, int]:
    """Less is better: without a room, outside all wishes, cost of ranks."""
    placed = [(person, room) for person in people if (room := room_of[person.id]) is not None]
    wished = [person.wishes.index(room) for person, room in placed if room in person.wishes]
    outside = sum(bool(person.wishes) and room not in person.wishes for person, room in placed)
    return len(people) - len(placed), outside, sum(rules.costs[rank] for rank in wished)


def best_by_trying(
    question: tuple[Sequence[groups.Person], Sequence[groups.Room], groups.Rules],
) -> tuple[int, int, int] | None:
    """The best worth over all assignments there are; None if even the pinned do not fit."""
    people, rooms, rules = question
    options: list[str | None] = [None, *(room.id for room in rooms)]
    worths = []
    for choice in product(options, repeat=len(people)):
        room_of = {person.id: room for person, room in zip(people, choice, strict=True)}
        if not breaks(room_of, question):
            worths.append(worth(room_of, people, rules))
    return min(worths, default=None)


@st.composite
def partnering_questions(
    draw: st.DrawFn, most_people: int = 8
) -> tuple[list[partnering.Person], list[partnering.Slot], partnering.Rules]:
    """People who want to meet, with everything that may stand in the way."""
    chance = Random(draw(st.integers(0, 10**6)))  # noqa: S311  -- repeatable, not secret
    slots = [partnering.Slot(f"s{index}", draw(st.integers(0, 3))) for index in range(draw(st.integers(1, 3)))]
    ids = [f"p{index}" for index in range(draw(st.integers(0, most_people)))]
    people = [
        partnering.Person(
            id_,
            wishes=tuple(chance.sample(ids, chance.randint(0, len(ids)))),
            no_thanks=tuple(other for other in ids if chance.random() < 0.1),
            delegation=chance.choice([None, "one", "two", "three"]),
            is_remote=chance.random() < 0.3,
            busy=frozenset(slot.id for slot in slots if chance.random() < 0.3),
        )
        for id_ in ids
    ]
    rules = partnering.Rules(
        min_per_person=draw(st.integers(0, 1)),
        max_per_person=draw(st.one_of(st.none(), st.integers(0, 2))),
        max_per_delegation=draw(st.one_of(st.none(), st.integers(0, 3))),
        is_mutual=draw(st.booleans()),
        seed=draw(st.integers(0, 3)),
        effort=200,
    )
    return people, slots, rules


def crowd(
    people: int, rooms: int, seed: int, *, countries: int = 27, delegations: int = 150
) -> tuple[list[groups.Person], list[groups.Room]]:
    """A large instance: some rooms are dearer to all than others, some countries larger, one place in ten is spare."""
    chance = Random(seed)  # noqa: S311  -- repeatable, not secret
    names = [f"room-{index}" for index in range(rooms)]
    appeal = [1 / (index + 1) for index in range(rooms)]
    sizes = [1 / (index + 1) ** 0.25 for index in range(countries)]
    found = []
    for index in range(people):
        wishes: dict[str, None] = {}
        while len(wishes) < min(3, rooms):
            wishes[chance.choices(names, appeal)[0]] = None
        country = f"country-{chance.choices(range(countries), sizes)[0]}"
        found.append(groups.Person(f"p{index}", tuple(wishes), country, f"d{chance.randrange(delegations)}"))
    return found, [groups.Room(name, int(people * 1.1 / rooms) + 1) for name in names]


def fair(
    people: int,
    requests: int,
    slots: int,
    seed: int,
    *,
    tables: int,
    remote: float = 0.3,
    busy: float = 1 / 3,
    skew: float = 0.5,
) -> tuple[list[partnering.Person], list[partnering.Slot], list[tuple[int, int]]]:
    """A partnering fair: mutual requests in the order they came, some people wanted more than others."""
    chance = Random(seed)  # noqa: S311  -- repeatable, not secret
    times = [f"slot-{index}" for index in range(slots)]
    is_remote = [chance.random() < remote for _ in range(people)]
    away = [frozenset(chance.sample(times, round(slots * busy))) for _ in range(people)]
    appeal = [1 / (index + 1) ** skew for index in range(people)]
    pairs: dict[tuple[int, int], None] = {}
    while len(pairs) < requests:
        one, other = chance.choices(range(people), appeal, k=2)
        if one != other:
            pairs[min(one, other), max(one, other)] = None
    asked = list(pairs)
    wishes: list[list[str]] = [[] for _ in range(people)]
    for one, other in asked:
        wishes[one].append(f"p{other}")
        wishes[other].append(f"p{one}")
    everybody = [
        partnering.Person(f"p{index}", tuple(wishes[index]), is_remote=is_remote[index], busy=away[index])
        for index in range(people)
    ]
    return everybody, [partnering.Slot(time, tables) for time in times], asked


def first_come(
    people: Sequence[partnering.Person], slots: Sequence[partnering.Slot], asked: Sequence[tuple[int, int]]
) -> list[int]:
    """What a desk without a solver does: each request, as it comes, takes the first slot that is free for all.

    Returns how many meetings each person has.
    """
    taken: set[tuple[int, str]] = set()
    tables = {slot.id: slot.tables for slot in slots}
    met = [0] * len(people)
    for pair in asked:
        needs_table = not any(people[one].is_remote for one in pair)
        for slot in slots:
            is_free = all((one, slot.id) not in taken and slot.id not in people[one].busy for one in pair)
            if is_free and (tables[slot.id] or not needs_table):
                taken |= {(one, slot.id) for one in pair}
                tables[slot.id] -= needs_table
                for one in pair:
                    met[one] += 1
                break
    return met
