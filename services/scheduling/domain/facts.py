"""What a decision leads to. Some facts are said on a topic; the others are only remembered."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from services.scheduling.domain.programme import Agenda, Release
from services.scheduling.domain.requests import Command
from services.scheduling.domain.slots import Slot
from services.scheduling.domain.state import (
    Answer,
    Block,
    Booking,
    Diary,
    Gathering,
    Hold,
    Preferences,
    Question,
    Reason,
    Registration,
    Waiter,
)
from shared.messages import Message
from shared.messages.scheduling import (
    AgendaPublished,
    SlotBooked,
    SlotMissed,
    SlotMoved,
    SlotOffered,
    SlotOfferEnded,
    SlotRefused,
    SlotReleased,
)


@dataclass(frozen=True, slots=True)
class BookingChanged:
    booking: Booking
    said: SlotBooked | SlotMoved | SlotReleased | SlotMissed


@dataclass(frozen=True, slots=True)
class Refused:
    said: SlotRefused


@dataclass(frozen=True, slots=True)
class AgendaReleased:
    release: Release
    said: AgendaPublished


@dataclass(frozen=True, slots=True)
class Held:
    hold: Hold
    said: SlotOffered | None = None  # a form that is being filled in is nobody else's business


@dataclass(frozen=True, slots=True)
class HoldEnded:
    hold: Hold
    said: SlotOfferEnded | None = None


@dataclass(frozen=True, slots=True)
class Waited:
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class WaitEnded:
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class QuestionChanged:
    question: Question


@dataclass(frozen=True, slots=True)
class Backed:
    voice: str
    gathering_id: str
    registration_id: str


@dataclass(frozen=True, slots=True)
class Declined:
    """An act of staff that cannot be: nothing is written, they are told at once."""

    reason: Reason
    alternatives: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    answer: Answer


@dataclass(frozen=True, slots=True)
class Parked:
    submission_id: str
    command: Command


@dataclass(frozen=True, slots=True)
class Learned:
    registration: Registration


@dataclass(frozen=True, slots=True)
class Forgotten:
    registration_id: str


@dataclass(frozen=True, slots=True)
class Defined:
    gathering: Gathering


@dataclass(frozen=True, slots=True)
class Preferred:
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class Blocked:
    block: Block


@dataclass(frozen=True, slots=True)
class AgendaDrafted:
    agenda: Agenda


Fact = (
    BookingChanged
    | Refused
    | Declined
    | Held
    | HoldEnded
    | Waited
    | WaitEnded
    | QuestionChanged
    | Backed
    | AgendaReleased
    | Answered
    | Parked
    | Learned
    | Forgotten
    | Defined
    | Preferred
    | Blocked
    | AgendaDrafted
)


Spoken = BookingChanged | Refused | AgendaReleased | Held | HoldEnded


@dataclass(frozen=True, slots=True)
class Decided:
    """A fact and what it was decided on."""

    command: Command
    fact: Fact

    @property
    def said(self) -> Message | None:
        return self.fact.said if isinstance(self.fact, Spoken) else None


@dataclass(frozen=True)
class Outcome:
    """One gathering before and after some commands: what is to be written is the difference."""

    before: Diary
    after: Diary
    decided: tuple[Decided, ...]

    @property
    def gathering_id(self) -> str:
        return self.before.ledger.gathering_id

    @cached_property
    def said(self) -> tuple[tuple[Message, Command], ...]:
        """What goes out, in order, each with its cause."""
        return tuple((said, one.command) for one in self.decided if (said := one.said) is not None)

    @property
    def revived(self) -> Iterable[Command]:
        """Requests that had been waiting and have now been decided."""
        return [command for who, command in self.before.waiting.items() if who not in self.after.waiting]

    @cached_property
    def bookings(self) -> tuple[Booking, ...]:
        known = self.before.bookings
        return tuple(one for one in self.after.bookings.values() if known.get(one.id) != one)

    @cached_property
    def freed(self) -> Mapping[str, frozenset[str]]:
        """By booking, the claims it no longer holds: freed only where that booking still holds them."""
        found = dict[str, frozenset[str]]()
        for one in self.bookings:
            known = self.before.bookings.get(one.id)
            if known is not None and (gone := known.claims - one.claims):
                found[one.id] = gone
        return found | {one.id: one.claims for one in self.before.holds.values() if one.id not in self.after.holds}

    @cached_property
    def taken(self) -> Mapping[str, str]:
        found = dict[str, str]()
        for one in self.bookings:
            known = self.before.bookings.get(one.id)
            found |= dict.fromkeys(one.claims - (known.claims if known is not None else frozenset()), one.id)
        for hold in self.after.holds.values():
            if hold.id not in self.before.holds:
                found |= dict.fromkeys(hold.claims, hold.id)
        for block in self.after.blocks.values():
            if block.id not in self.before.blocks:
                found |= dict.fromkeys(block.claims, block.id)
        return found
