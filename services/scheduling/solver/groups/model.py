"""What the room solver is asked and what it answers."""

from dataclasses import dataclass, field
from enum import StrEnum

from services.scheduling.solver.refusing import Ignored


@dataclass(frozen=True, slots=True)
class Person:
    """Who must be placed.

    `wishes` are room ids, the dearest first; who has none is content anywhere. Without a country or a delegation its
    limit does not apply.
    """

    id: str
    wishes: tuple[str, ...] = ()
    country: str | None = None
    delegation: str | None = None


@dataclass(frozen=True, slots=True)
class Room:
    id: str
    capacity: int


@dataclass(frozen=True, slots=True)
class Rules:
    """What must hold, and how good a wish is.

    `costs` says how bad the first, second, third wish is, in whole numbers; one person outside all wishes is worse than
    anything these sum up to, and one without a room worse than that.
    """

    max_per_country: int | None = None
    max_per_delegation: int | None = None
    wishes: int = 3
    costs: tuple[int, ...] = (0, 1, 2)
    pins: tuple[tuple[str, str], ...] = ()  # person, room
    apart: tuple[tuple[str, str], ...] = ()  # never in one room
    together: tuple[tuple[str, ...], ...] = ()  # always in one room


class Bar(StrEnum):
    """What stands between a person and a room."""

    PINNED = "pinned"
    ROOM_FULL = "room-full"
    COUNTRY_LIMIT = "country-limit"
    DELEGATION_LIMIT = "delegation-limit"
    KEPT_APART = "kept-apart"
    KEPT_TOGETHER = "kept-together"
    OUTWEIGHED = "outweighed"  # nothing bars the person alone: others would lose more


@dataclass(frozen=True, slots=True)
class Missed:
    """A wish that was not met, with everything that bars it."""

    room: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person is and why not better.

    `wish` is 1 for the dearest, None outside all wishes; `missed` are the dearer ones; `bars` is for a person without a
    room: all that bars any room.
    """

    person: str
    room: str | None
    wish: int | None
    missed: tuple[Missed, ...] = ()
    bars: tuple[Bar, ...] = ()


class Shortage(StrEnum):
    ROOMS = "rooms"
    COUNTRY = "country"
    DELEGATION = "delegation"


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What cannot be met whatever anyone does: of `people` (of one country or delegation) only `possible` find room."""

    shortage: Shortage
    of: str | None
    people: int
    possible: int


class Relaxable(StrEnum):
    CAPACITY = "capacity"
    MAX_PER_COUNTRY = "max-per-country"
    MAX_PER_DELEGATION = "max-per-delegation"
    APART = "apart"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Relaxation:
    """An offer: with this rule changed from `now` to `then`, (at least) `unplaced` people would still have no room.

    For capacity these are places in all, for keep-aparts and keep-togethers how many of them there are.
    """

    rule: Relaxable
    now: int
    then: int
    unplaced: int


@dataclass(frozen=True, slots=True)
class Figures:
    people: int
    placed: int
    by_wish: tuple[int, ...]  # how many have their first, second, third wish
    content: int  # how many had no wish and have a room
    outside: int
    cost: int  # sum of `Rules.costs` over those inside their wishes


@dataclass(frozen=True, slots=True)
class Assignment:
    """Everybody's place, in the order the people were given, and all that is needed to change it by hand later."""

    people: tuple[Person, ...]
    rooms: tuple[Room, ...]
    rules: Rules
    places: tuple[Place, ...]
    figures: Figures
    is_proven: bool  # that no assignment is better
    shortfalls: tuple[Shortfall, ...] = ()
    offers: tuple[Relaxation, ...] = ()
    ignored: tuple[Ignored, ...] = field(default=())
