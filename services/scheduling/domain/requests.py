"""What scheduling is asked to do: people's submissions as they come from the log, and what staff ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self, TypeGuard

from services.scheduling.domain.encounters import Topic
from services.scheduling.domain.proposals import Proposal
from services.scheduling.domain.questions import QuestionStatus
from services.scheduling.domain.state import Side
from shared.messages import Message
from shared.messages.envelope import Received, ReplyTo
from shared.messages.gathering import ReleaseLabel, Session
from shared.messages.scheduling import (
    HoldRequested,
    MeetingNoted,
    MeetingReleaseRequested,
    MeetingRequested,
    MoveRequested,
    NoShowReported,
    PreferenceSubmitted,
    ProfileSubmitted,
    QuestionAsked,
    QuestionBacked,
    ReleaseRequested,
    SessionStarred,
    SlotRequested,
    WaitRequested,
)

Request = (
    SlotRequested
    | MoveRequested
    | ReleaseRequested
    | NoShowReported
    | PreferenceSubmitted
    | HoldRequested
    | WaitRequested
    | SessionStarred
    | QuestionAsked
    | QuestionBacked
    | ProfileSubmitted
    | MeetingRequested
    | MeetingReleaseRequested
    | MeetingNoted
)


@dataclass(frozen=True, slots=True)
class BlockDesk:
    """An expert takes back time; meetings in it are released, and with `elsewhere` other slots offered for them."""

    block_id: str
    desk: str
    starts_at: datetime
    ends_at: datetime
    reason: str | None = None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class UnblockDesk:
    """The time that a block took is given back."""

    block_id: str


@dataclass(frozen=True, slots=True)
class ReleaseBooking:
    """Staff give up somebody's meeting, whatever its window says."""

    booking_id: str
    registration_id: str


@dataclass(frozen=True, slots=True)
class MoveBooking:
    """Staff move somebody's meeting, whatever its window says."""

    booking_id: str
    registration_id: str
    slot_id: str


@dataclass(frozen=True, slots=True)
class WalkIn:
    """The expert takes who stands there: now, or in the slot that is named."""

    booking_id: str
    registration_id: str
    desk: str
    slot_id: str | None = None
    topic: str | None = None  # sealed


@dataclass(frozen=True, slots=True)
class ReportMissed:
    """One side of a meeting that has begun did not come."""

    booking_id: str
    registration_id: str
    who: Side


@dataclass(frozen=True, slots=True)
class ModerateQuestion:
    """Staff say what becomes of a question."""

    question_id: str
    status: QuestionStatus


@dataclass(frozen=True, slots=True)
class LapseHolds:
    """The clock says that some holds have run out."""


@dataclass(frozen=True, slots=True)
class DraftAgenda:
    """Staff replace the working copy; nobody else sees it."""

    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class PublishAgenda:
    """The working copy becomes the next public release."""

    label: ReleaseLabel


@dataclass(frozen=True, slots=True)
class KeepProposal:
    """A solver has answered: the whole of it, or nothing, is kept. `holders`: whose key was good when it was asked."""

    proposal: Proposal
    holders: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeProposal:
    """The organiser puts somebody into another room of a draft."""

    proposal_id: str
    registration_id: str
    room: str


@dataclass(frozen=True, slots=True)
class DiscardProposal:
    proposal_id: str


@dataclass(frozen=True, slots=True)
class PublishProposal:
    """The draft becomes everybody's rooms or meetings; with `leave_out`, without those it no longer fits."""

    proposal_id: str
    topic: Topic
    leave_out: bool = False


@dataclass(frozen=True, slots=True)
class PlaceLatecomers:
    """Those who came after publication, and the country of everybody as registration tells it now."""

    countries: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class SeatPerson:
    """Staff put somebody into a room after publication."""

    registration_id: str
    room: str


OnProposal = KeepProposal | ChangeProposal | DiscardProposal | PublishProposal
OnBooking = ReleaseBooking | MoveBooking | WalkIn | ReportMissed
Order = (
    Message
    | BlockDesk
    | UnblockDesk
    | OnBooking
    | OnProposal
    | PlaceLatecomers
    | SeatPerson
    | ModerateQuestion
    | LapseHolds
    | DraftAgenda
    | PublishAgenda
)


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to decide, and what caused it. Who is not `patient` any more is refused rather than parked."""

    message: Order
    cause: str
    at: datetime
    correlation_id: str | None = None
    reply_to: ReplyTo | None = None
    patient: bool = True

    @classmethod
    def from_log(cls, received: Received[Message]) -> Self:
        return cls(
            received.message,
            cause=received.id,
            at=received.time,
            correlation_id=received.correlation_id,
            reply_to=received.reply_to,
        )

    def for_the_last_time(self) -> Self:
        return replace(self, patient=False)


def is_request(message: Order) -> TypeGuard[Request]:
    return isinstance(message, Request)
