"""What a decision leads to. Some facts are said on a topic; the others are only remembered."""

from dataclasses import dataclass

from services.scheduling.domain.encounters import Assignment, Latecomer, Meeting, Plan, Preferences, Profile
from services.scheduling.domain.programme import Agenda, Release
from services.scheduling.domain.proposals import LeftOut, Proposal
from services.scheduling.domain.questions import Question
from services.scheduling.domain.requests import Command
from services.scheduling.domain.slots import Slot
from services.scheduling.domain.state import (
    Answer,
    Block,
    Booking,
    Gathering,
    Hold,
    Reason,
    Registration,
    Star,
    Waiter,
)
from shared.messages.scheduling import (
    AgendaChangeNoticed,
    AgendaPublished,
    MeetingCancelled,
    MeetingHeld,
    MeetingScheduled,
    RoomAssigned,
    RoomReleased,
    SlotBooked,
    SlotMissed,
    SlotMoved,
    SlotOffered,
    SlotOfferEnded,
    SlotRefused,
    SlotReleased,
)

Claimant = Booking | Assignment | Meeting


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
class ChangeNoticed:
    """A release concerns somebody; it changes nothing here."""

    said: AgendaChangeNoticed


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
class Starred:
    star: Star


@dataclass(frozen=True, slots=True)
class Unstarred:
    star: Star


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
    """What somebody said of themselves and of others: they were erased, or a colleague has their place."""

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
class Unblocked:
    block: Block


@dataclass(frozen=True, slots=True)
class AgendaDrafted:
    agenda: Agenda


@dataclass(frozen=True, slots=True)
class AssignmentChanged:
    assignment: Assignment
    said: RoomAssigned | RoomReleased


@dataclass(frozen=True, slots=True)
class MeetingChanged:
    meeting: Meeting
    said: MeetingScheduled | MeetingCancelled | MeetingHeld


@dataclass(frozen=True, slots=True)
class Profiled:
    profile: Profile


@dataclass(frozen=True, slots=True)
class Proposed:
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Discarded:
    proposal_id: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A publication, and whom it left out."""

    plan: Plan
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class Stale:
    """A publication that cannot be: nothing is written, staff are told for whom it does not fit any more."""

    conflicts: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class CameLate:
    latecomer: Latecomer


@dataclass(frozen=True, slots=True)
class LateNoMore:
    registration_id: str


Fact = (
    BookingChanged
    | AssignmentChanged
    | MeetingChanged
    | Profiled
    | Proposed
    | Discarded
    | Planned
    | Stale
    | CameLate
    | LateNoMore
    | Refused
    | Declined
    | Held
    | HoldEnded
    | Waited
    | WaitEnded
    | Starred
    | Unstarred
    | QuestionChanged
    | Backed
    | AgendaReleased
    | ChangeNoticed
    | Answered
    | Parked
    | Learned
    | Forgotten
    | Defined
    | Preferred
    | Blocked
    | Unblocked
    | AgendaDrafted
)


Spoken = (
    BookingChanged | AssignmentChanged | MeetingChanged | Refused | AgendaReleased | ChangeNoticed | Held | HoldEnded
)
