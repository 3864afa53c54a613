"""What scheduling is asked to do: people's submissions as they come from the log, and what staff ask for."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self, TypeGuard

from shared.messages import Message
from shared.messages.envelope import Received, ReplyTo
from shared.messages.gathering import ReleaseLabel, Session
from shared.messages.scheduling import MoveRequested, PreferenceSubmitted, ReleaseRequested, SlotRequested

Request = SlotRequested | MoveRequested | ReleaseRequested | PreferenceSubmitted


@dataclass(frozen=True, slots=True)
class BlockDesk:
    """An expert takes back time; meetings in it are released."""

    block_id: str
    desk: str
    starts_at: datetime
    ends_at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DraftAgenda:
    """Staff replace the working copy; nobody else sees it."""

    sessions: tuple[Session, ...]


@dataclass(frozen=True, slots=True)
class PublishAgenda:
    """The working copy becomes the next public release."""

    label: ReleaseLabel


Order = Message | BlockDesk | DraftAgenda | PublishAgenda


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
