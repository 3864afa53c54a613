"""What somebody has: a registration, a meeting, a slot that is kept, a turn, a block, an answer."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain.encounters import Meeting
from services.scheduling.domain.slots import Slot, claims_of
from services.scheduling.domain.state.words import Purpose, Reason, Side, Status
from shared.messages.registration import PartState

CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Registration:
    """The newest that registration has said of somebody: no name, no address."""

    id: str
    gathering_id: str
    version: int
    delegation: str | None = None
    parts: tuple[PartState, ...] = ()
    erased: bool = False
    generation: int = 0

    def opens_to(self, generation: int) -> bool:
        """Whoever held it before a substitution holds it no more. A key is signed: a newer one is ahead of its fact."""
        return generation >= self.generation

    @property
    def may_book(self) -> bool:
        return not self.erased and bool(self.confirmed)

    def mode_in(self, part: str) -> str | None:
        """How they attend a part; nothing if they do not."""
        here = (one.mode for one in self.parts if one.part == part and one.status == CONFIRMED)
        return None if self.erased else next(here, None)

    @property
    def confirmed(self) -> frozenset[str]:
        return frozenset(part.part for part in self.parts if part.status == CONFIRMED)


@dataclass(frozen=True, slots=True)
class Booking:
    """A meeting. `experts` are the desks or seats whose expert it keeps busy; `topic` is sealed as it came."""

    id: str
    gathering_id: str
    registration_id: str
    slot: Slot
    experts: tuple[str, ...]
    version: int = 1
    status: Status = Status.BOOKED
    topic: str | None = None
    table: str | None = None
    missed: frozenset[Side] = frozenset()  # who did not come
    left: frozenset[str] = frozenset()  # desks it was moved away from: their experts' calendars know it too

    @property
    def live(self) -> bool:
        return self.status is Status.BOOKED

    @property
    def claims(self) -> frozenset[str]:
        if not self.live:
            return frozenset()
        return claims_of(
            self.gathering_id,
            self.slot.starts_at,
            self.slot.ends_at,
            experts=self.experts,
            attendee=self.registration_id,
            table=self.table,
        )


@dataclass(frozen=True, slots=True)
class Hold:
    """A slot kept for one person until it expires. It takes nothing of the person, who is still free to book."""

    id: str
    gathering_id: str
    registration_id: str
    slot: Slot
    experts: tuple[str, ...]
    purpose: Purpose
    expires_at: datetime
    table: str | None = None

    @property
    def claims(self) -> frozenset[str]:
        slot = self.slot
        return claims_of(self.gathering_id, slot.starts_at, slot.ends_at, experts=self.experts, table=self.table)


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody on a desk's waiting list."""

    gathering_id: str
    registration_id: str
    desk: str
    since: datetime

    @property
    def id(self) -> str:
        return f"{self.desk}:{self.registration_id}"


@dataclass(frozen=True, slots=True)
class Star:
    """A session that somebody would not miss."""

    gathering_id: str
    session: str
    registration_id: str


@dataclass(frozen=True, slots=True)
class Block:
    """Time that an expert has taken back."""

    id: str
    gathering_id: str
    desk: str
    starts_at: datetime
    ends_at: datetime
    reason: str | None
    claims: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one submission was answered, kept so that a repeat is answered the same."""

    submission_id: str
    gathering_id: str
    registration_id: str
    asked: str  # the message's type
    key: str | None  # none where another submission holds it
    reason: Reason | None = None
    booking: Booking | None = None  # as it stood then
    alternatives: tuple[Slot, ...] = ()
    hold: Hold | None = None
    meeting: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """What staff did under one key: a digest of what they asked, and what they were answered, as JSON."""

    id: str
    digest: str
    answer: str
