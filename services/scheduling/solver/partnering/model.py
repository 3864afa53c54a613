"""What the partnering solver is asked and what it answers."""

from dataclasses import dataclass
from enum import StrEnum

from services.scheduling.solver.refusing import Ignored


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who wants to meet others.

    `wishes` are people's ids, the dearest first; `no_thanks` those never to be met; `busy` the slots taken by anything
    else. `minimum` and `maximum` stand for the rules' own where given.
    """

    id: str
    wishes: tuple[str, ...] = ()
    no_thanks: tuple[str, ...] = ()
    delegation: str | None = None
    is_remote: bool = False
    busy: frozenset[str] = frozenset()
    minimum: int | None = None
    maximum: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A time in which everybody can meet one other; `tables` are numbered from 1."""

    id: str
    tables: int


@dataclass(frozen=True, slots=True)
class Rules:
    """Maxima hold; minima are reached before anything else is shared out, if they can be, and reported if not.

    A meeting needs a table only if both are there in person: with one of them remote there is a screen between them,
    and any quiet corner will do. `effort` is how many moves are tried for each pair that could meet.
    """

    min_per_person: int = 0
    max_per_person: int | None = None
    min_per_delegation: int = 0
    max_per_delegation: int | None = None
    is_mutual: bool = True  # both must have asked; otherwise one is enough
    wishes: int = 100  # of one person, that count
    seed: int = 0
    effort: int = 1_000


@dataclass(frozen=True, slots=True)
class Locked:
    """A meeting that stands, whatever anybody wishes; a second run plans around it."""

    pair: tuple[str, str]
    slot: str
    table: int | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    pair: tuple[str, str]
    slot: str
    table: int | None
    is_locked: bool = False


class Why(StrEnum):
    """Why a wish is not met. `DECLINED` is for the organiser's eyes: tell the person `NOT_MUTUAL`."""

    NO_THANKS = "no-thanks"
    DECLINED = "declined"
    SAME_DELEGATION = "same-delegation"
    NOT_MUTUAL = "not-mutual"
    NO_COMMON_SLOT = "no-common-slot"
    MAXIMUM_REACHED = "maximum-reached"
    THEIR_MAXIMUM_REACHED = "their-maximum-reached"
    DELEGATION_MAXIMUM_REACHED = "delegation-maximum-reached"
    SLOTS_TAKEN = "slots-taken"
    TABLES_FULL = "tables-full"


@dataclass(frozen=True, slots=True)
class Unmet:
    wish: str
    why: Why


@dataclass(frozen=True, slots=True)
class Share:
    """What one person gets: how many meetings, how many more the minimum asked for, and why which wish is not met."""

    person: str
    meetings: int
    missing: int
    unmet: tuple[Unmet, ...]


@dataclass(frozen=True, slots=True)
class DelegationShare:
    delegation: str
    meetings: int
    missing: int


@dataclass(frozen=True, slots=True)
class Figures:
    """`bound`: no schedule at all has more meetings. `jain`: 1 if all have equally many, 1/n if one has them all."""

    meetings: int
    bound: int
    possible_pairs: int
    people: int
    with_none: int
    under_three: int
    jain: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """Meetings by slot and table; shares in the order the people were given."""

    meetings: tuple[Meeting, ...]
    figures: Figures
    shares: tuple[Share, ...]
    delegations: tuple[DelegationShare, ...]
    ignored: tuple[Ignored, ...]
