"""The rooms as a program: people who are alike are one kind, so that 5,000 people make some ten thousand columns.

Person → (country, room) → room is a flow, whose relaxation is whole. Who ends outside all wishes goes through a common
pool of their country and delegation. A limit per delegation, keep-aparts and keep-togethers are rows beside it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from services.scheduling.solver.groups.checking import cliques, shortfalls
from services.scheduling.solver.groups.model import Person, Room, Rules, Shortage
from services.scheduling.solver.groups.standing import blocks_of
from services.scheduling.solver.linear import INFINITY, Program, Solution
from services.scheduling.solver.watching import Watch

NEARLY = 1e-3  # how exact the relaxation is known without its last, dear steps
Pool = tuple[str | None, str | None, bool]  # country, delegation (each only if limited), has wishes


@dataclass(slots=True)
class Kind:
    """Interchangeable people of one pool, or one block with a mind of its own (pinned, kept apart or together)."""

    blocks: list[tuple[str, ...]]
    pool: Pool | None
    options: dict[str, int] = field(default_factory=dict)  # room → column
    unplaced: int = -1  # column, of a block with a mind of its own


@dataclass(slots=True)
class Pooled:
    """Those of one pool who are outside their wishes (or have none)."""

    kinds: list[Kind] = field(default_factory=list)
    options: dict[str, int] = field(default_factory=dict)
    unplaced: int = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    room_of: dict[str, str]
    is_proven: bool


class Question:
    """One instance as a program."""

    def __init__(self, people: Sequence[Person], rooms: Sequence[Room], rules: Rules) -> None:
        self.people = {person.id: person for person in people}
        self.rooms, self.rules = rooms, rules
        self.outside = 1 + max(rules.costs, default=0) * len(people)
        self.program = Program()
        self.costs: list[float] = []
        self.heads: list[float] = []  # how many people a column leaves without a room
        self.rows: dict[tuple[str, ...], list[tuple[int, float]]] = {}
        self.kinds: list[Kind] = []
        self.pools: dict[Pool, Pooled] = {}
        self._build()

    def answer(self, watch: Watch) -> Outcome:
        """Everyone placed if possible, then the fewest outside, then the least cost."""
        counted = self._counted()
        self.program.row(
            -INFINITY, counted, [(column, float(heads)) for column, heads in enumerate(self.heads) if heads]
        )
        best = self.program.whole(self.costs, watch, "wishes")
        if best is not None:
            return self._outcome(best, is_proven=_proves(best))
        self.program.highs[-1] = INFINITY
        least = self.program.whole(self.heads, watch, "places")
        if least is None:
            raise ArithmeticError("no solution though everybody but the pinned may stay outside")
        self.program.highs[-1] = round(least.cost)
        best = self.program.whole(self.costs, watch, "wishes")
        return self._outcome(best or least, is_proven=best is not None and _proves(best) and _proves(least))

    def unplaceable(self, watch: Watch) -> int:
        """How many must stay without a room, by the relaxation: rarely it is one more."""
        relaxed = self.program.relaxed(self.heads, watch, "offers", "ipm")
        return 0 if relaxed is None else ceil(relaxed.cost - NEARLY)

    def _counted(self) -> int:
        """How many must stay without a room by counting alone: mostly that is the truth, and spares finding it out."""
        short: Counter[Shortage] = Counter()
        for shortfall in shortfalls(list(self.people.values()), self.rooms, self.rules):
            short[shortfall.shortage] += shortfall.people - shortfall.possible
        return max(short.values(), default=0)

    def _build(self) -> None:
        apart = {person for pair in self.rules.apart for person in pair}
        pins = dict(self.rules.pins)
        alike: dict[tuple[Pool, tuple[str, ...]], Kind] = {}
        for block in blocks_of(list(self.people.values()), self.rules):
            pin = next((pins[person] for person in block if person in pins), None)
            who = self.people[block[0]]
            if pin is not None or len(block) > 1 or who.id in apart:
                self._own_mind(block, pin)
                continue
            key = (self._pool(who), who.wishes)
            alike.setdefault(key, Kind([], key[0])).blocks.append(block)
        for (pool, wishes), kind in alike.items():
            self._alike(kind, pool, wishes)
        for pool, pooled in self.pools.items():
            self._pooled(pool, pooled)
        for clique in cliques(self.rules.apart):
            self._apart(clique)
        for row, terms in self.rows.items():
            self.program.row(-INFINITY, self._limit(row), terms)

    def _pool(self, who: Person) -> Pool:
        country = who.country if self.rules.max_per_country is not None else None
        delegation = who.delegation if self.rules.max_per_delegation is not None else None
        return country, delegation, bool(who.wishes)

    def _own_mind(self, block: tuple[str, ...], pin: str | None) -> None:
        kind = Kind([block], None)
        members = [self.people[person] for person in block]
        for room in self.rooms:
            if pin in {None, room.id}:
                cost = sum(self._cost(who, room.id) for who in members)
                kind.options[room.id] = self._column(1, cost, room.id, members)
        if pin is None:
            kind.unplaced = self._nowhere(len(block), 1)
        choices = [*kind.options.values(), *([kind.unplaced] if pin is None else [])]
        self.program.row(1, 1, [(column, 1.0) for column in choices])
        self.kinds.append(kind)

    def _alike(self, kind: Kind, pool: Pool, wishes: tuple[str, ...]) -> None:
        who = self.people[kind.blocks[0][0]]
        for room in wishes:
            kind.options[room] = self._column(len(kind.blocks), self._cost(who, room), room, [who])
        if wishes:
            self.program.row(-INFINITY, len(kind.blocks), [(column, 1.0) for column in kind.options.values()])
        self.kinds.append(kind)
        self.pools.setdefault(pool, Pooled()).kinds.append(kind)

    def _pooled(self, pool: Pool, pooled: Pooled) -> None:
        """Everybody of the pool is at a wish, at another room, or nowhere."""
        count = sum(len(kind.blocks) for kind in pooled.kinds)
        who = self.people[pooled.kinds[0].blocks[0][0]]
        for room in self.rooms:
            pooled.options[room.id] = self._column(count, self.outside if pool[2] else 0, room.id, [who])
        pooled.unplaced = self._nowhere(1, count)
        choices = [column for kind in pooled.kinds for column in kind.options.values()]
        choices += [*pooled.options.values(), pooled.unplaced]
        self.program.row(count, count, [(column, 1.0) for column in choices])

    def _apart(self, clique: tuple[str, ...]) -> None:
        options = [kind.options for kind in self.kinds if kind.pool is None and set(kind.blocks[0]) & set(clique)]
        for room in self.rooms:
            together = [(option[room.id], 1.0) for option in options if room.id in option]
            if len(together) > 1:
                self.program.row(-INFINITY, 1, together)

    def _cost(self, who: Person, room: str) -> int:
        if room in who.wishes:
            return self.rules.costs[who.wishes.index(room)]
        return self.outside if who.wishes else 0

    def _column(self, upper: int, cost: int, room: str, members: Sequence[Person]) -> int:
        """A column that puts these people (or one of their kind, each time) into a room, where they count."""
        column = self.program.column(upper)
        self.costs.append(cost)
        self.heads.append(0)
        self.rows.setdefault(("room", room), []).append((column, len(members)))
        for name, limit, groups in (
            ("country", self.rules.max_per_country, Counter(who.country for who in members)),
            ("delegation", self.rules.max_per_delegation, Counter(who.delegation for who in members)),
        ):
            for group, count in groups.items():
                if limit is not None and group is not None:
                    self.rows.setdefault((name, room, group), []).append((column, count))
        return column

    def _nowhere(self, heads: int, upper: int) -> int:
        self.costs.append(0)
        self.heads.append(heads)
        return self.program.column(upper)

    def _limit(self, key: tuple[str, ...]) -> float:
        country, delegation = self.rules.max_per_country, self.rules.max_per_delegation
        if key[0] == "room":
            return next(room.capacity for room in self.rooms if room.id == key[1])
        limit = country if key[0] == "country" else delegation
        return INFINITY if limit is None else limit

    def _outcome(self, solution: Solution, *, is_proven: bool) -> Outcome:
        """People from counts: among those alike the first given come first."""
        counts = [round(float(value)) for value in solution.values]
        room_of: dict[str, str] = {}
        waiting: dict[int, list[tuple[str, ...]]] = {}
        for kind in self.kinds:
            waiting[id(kind)] = _seat(kind.blocks, kind.options, counts, room_of)
        for pooled in self.pools.values():
            rest = [block for kind in pooled.kinds for block in waiting[id(kind)]]
            _seat(rest, pooled.options, counts, room_of)
        return Outcome(room_of, is_proven)


def _seat(
    blocks: Sequence[tuple[str, ...]], options: Mapping[str, int], counts: Sequence[int], room_of: dict[str, str]
) -> list[tuple[str, ...]]:
    left = list(blocks)
    for room, column in options.items():
        taking, left = left[: counts[column]], left[counts[column] :]
        room_of |= {person: room for block in taking for person in block}
    return left


def _proves(solution: Solution) -> bool:
    return solution.cost <= solution.bound + 0.5
