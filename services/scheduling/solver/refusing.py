"""What a solver answers to a question that makes no sense, and what it says about wishes that it left out."""

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """Why the whole question is refused: nobody could mean this, and the asker can mend it."""

    DUPLICATE = "duplicate"
    UNKNOWN_PERSON = "unknown-person"
    UNKNOWN_ROOM = "unknown-room"
    UNKNOWN_SLOT = "unknown-slot"
    BAD_NUMBER = "bad-number"
    NO_ROOMS = "no-rooms"
    PINNED_TWICE = "pinned-twice"
    ROOM_SMALLER_THAN_PINS = "room-smaller-than-pins"
    PINS_BREAK_COUNTRY_LIMIT = "pins-break-country-limit"
    PINS_BREAK_DELEGATION_LIMIT = "pins-break-delegation-limit"
    PINS_KEPT_APART = "pins-kept-apart"
    TOGETHER_AND_APART = "together-and-apart"
    TOGETHER_TOO_LARGE = "together-too-large"
    LOCKED_TWICE_AT_ONCE = "locked-twice-at-once"
    LOCKED_TABLE_TAKEN = "locked-table-taken"
    LOCKED_PAIR_TWICE = "locked-pair-twice"
    LOCKED_WITH_ONESELF = "locked-with-oneself"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: what it is about (ids), and a sentence for the organiser."""

    fault: Fault
    about: tuple[str, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """The answer to a question that cannot be asked; it lists everything to mend, not just the first."""

    problems: tuple[Problem, ...]


class Oddity(StrEnum):
    """Why one wish is left out while all others count: one person's slip must not stop everybody."""

    ONESELF = "oneself"
    TOO_MANY = "too-many"
    TWICE = "twice"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Wishes of one person that were left out; of too many, `wish` is the first that did not count."""

    person: str
    wish: str
    oddity: Oddity
    count: int = 1
