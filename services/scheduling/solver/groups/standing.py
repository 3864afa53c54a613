"""Who is in which room at the moment, and what bars a person from one: asked to propose, to explain and to move."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.scheduling.solver.groups.model import Bar, Figures, Missed, Person, Place, Room, Rules


def blocks_of(people: Sequence[Person], rules: Rules) -> list[tuple[str, ...]]:
    """The people by who must stay together, most of them alone; overlapping keep-togethers are one."""
    head = {person.id: person.id for person in people}

    def first(person: str) -> str:
        while head[person] != person:
            person = head[person]
        return person

    for group in rules.together:
        for other in group[1:]:
            head[first(other)] = first(group[0])
    blocks: dict[str, list[str]] = {}
    for person in people:
        blocks.setdefault(first(person.id), []).append(person.id)
    return [tuple(block) for block in blocks.values()]


@dataclass(slots=True)
class Standing:
    """Counts per room that follow people in and out."""

    people: Mapping[str, Person]
    rooms: Mapping[str, Room]
    rules: Rules
    room_of: dict[str, str] = field(default_factory=dict)
    heads: Counter[str] = field(default_factory=Counter)
    countries: Counter[tuple[str, str]] = field(default_factory=Counter)
    delegations: Counter[tuple[str, str]] = field(default_factory=Counter)
    pins: dict[str, str] = field(init=False)
    apart: dict[str, list[str]] = field(init=False)
    block: dict[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.block = {person: block for block in blocks_of(list(self.people.values()), self.rules) for person in block}
        self.pins = {mate: room for person, room in self.rules.pins for mate in self.block[person]}
        self.apart = {}
        for one, other in self.rules.apart:
            self.apart.setdefault(one, []).append(other)
            self.apart.setdefault(other, []).append(one)

    def enter(self, person: str, room: str) -> None:
        self.room_of[person] = room
        self._count(person, room, 1)

    def leave(self, person: str) -> str | None:
        room = self.room_of.pop(person, None)
        if room is not None:
            self._count(person, room, -1)
        return room

    def _count(self, person: str, room: str, by: int) -> None:
        who = self.people[person]
        self.heads[room] += by
        if who.country is not None:
            self.countries[room, who.country] += by
        if who.delegation is not None:
            self.delegations[room, who.delegation] += by

    def bars(self, person: str, room: str) -> tuple[Bar, ...]:
        """What the rules have against this person in that room, as everybody else stands."""
        return tuple(self._bars(self.people[person], room))

    def _bars(self, who: Person, room: str) -> Iterator[Bar]:
        inside = self.room_of.get(who.id) == room
        others = self.heads[room] - inside
        country, delegation = self.rules.max_per_country, self.rules.max_per_delegation
        if self.pins.get(who.id, room) != room:
            yield Bar.PINNED
        if others >= self.rooms[room].capacity:
            yield Bar.ROOM_FULL
        if country is not None and who.country and self.countries[room, who.country] - inside >= country:
            yield Bar.COUNTRY_LIMIT
        if delegation is not None and who.delegation and self.delegations[room, who.delegation] - inside >= delegation:
            yield Bar.DELEGATION_LIMIT
        if any(self.room_of.get(other) == room for other in self.apart.get(who.id, ())):
            yield Bar.KEPT_APART
        if any(self.room_of.get(mate) != room for mate in self.block[who.id] if mate != who.id):
            yield Bar.KEPT_TOGETHER

    def place(self, person: str) -> Place:
        """Where this person is and why not better."""
        who, room = self.people[person], self.room_of.get(person)
        wish = who.wishes.index(room) + 1 if room in who.wishes else None
        dearer = who.wishes if wish is None else who.wishes[: wish - 1]
        missed = tuple(Missed(one, self.bars(person, one) or (Bar.OUTWEIGHED,)) for one in dearer)
        everything: dict[Bar, None] = {}
        if room is None:
            for one in self.rooms:
                everything |= dict.fromkeys(self.bars(person, one) or (Bar.OUTWEIGHED,))
        return Place(person, room, wish, missed, tuple(sorted(everything)))

    def figures(self) -> Figures:
        """The sum of it all."""
        placed = [self.people[person] for person in self.room_of]
        wished = [who.wishes.index(room) for who in placed if (room := self.room_of[who.id]) in who.wishes]
        content = sum(not who.wishes for who in placed)
        return Figures(
            people=len(self.people),
            placed=len(placed),
            by_wish=tuple(wished.count(rank) for rank in range(self.rules.wishes)),
            content=content,
            outside=len(placed) - len(wished) - content,
            cost=sum(self.rules.costs[rank] for rank in wished),
        )
