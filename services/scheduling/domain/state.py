"""What a decision needs to know: the gathering's grid, and of people and bookings only those that a batch names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from services.scheduling.domain.encounters import (
    Assignment,
    Latecomer,
    Meeting,
    MeetingSlot,
    Plan,
    Preferences,
    Profile,
    Topic,
    meeting_slots,
)
from services.scheduling.domain.programme import Agenda
from services.scheduling.domain.proposals import Proposal
from services.scheduling.domain.questions import Question
from services.scheduling.domain.slots import Slot, claims_of
from shared.messages.gathering import Definition, Desk, Room
from shared.messages.registration import PartState

if TYPE_CHECKING:
    from services.scheduling.domain.requests import Command

CONFIRMED = "confirmed"


class Status(StrEnum):
    BOOKED = "booked"
    RELEASED = "released"


class Reason(StrEnum):
    """Why a request could not be met."""

    SLOT_TAKEN = "slot-taken"
    NOT_REGISTERED = "not-registered"
    NO_SUCH_BOOKING = "no-such-booking"  # or it is somebody else's, which nobody is told; in the log: not-registered
    OUTSIDE_WINDOW = "outside-window"
    TOO_LATE = "too-late"
    LIMIT_REACHED = "limit-reached"
    CONFLICT = "conflict"
    IDEMPOTENCY_MISMATCH = "idempotency-mismatch"
    NOT_BEGUN = "not-begun"
    NOT_MUTUAL = "not-mutual"
    NO_COMMON_SLOT = "no-common-slot"
    ROOM_FULL = "room-full"
    UNKNOWN_ROOM = "unknown-room"
    NOT_A_DRAFT = "not-a-draft"
    UNKNOWN_SESSION = "unknown-session"


class ReleaseReason(StrEnum):
    RELEASED = "released"
    REGISTRATION_CANCELLED = "registration-cancelled"
    MODE_CHANGED = "mode-changed"
    EXPERT_BLOCKED = "expert-blocked"
    OUTSIDE_WINDOW = "outside-window"
    ERASED = "erased"
    OVERRIDDEN = "overridden"


class Purpose(StrEnum):
    """What a slot is held for."""

    FORM = "form"
    OFFER = "offer"


class OfferReason(StrEnum):
    WAITING_LIST = "waiting-list"
    EXPERT_AWAY = "expert-away"


class OfferOutcome(StrEnum):
    ACCEPTED = "accepted"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"


class Side(StrEnum):
    ATTENDEE = "attendee"
    EXPERT = "expert"


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


@dataclass(frozen=True)
class Gathering:
    """A published definition, and its grid."""

    id: str
    version: int
    definition: Definition

    @cached_property
    def desks(self) -> Mapping[str, Desk]:
        return {desk.desk: desk for desk in self.definition.helpdesk.desks}

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        every = (Slot(desk.desk, *times) for desk in self.desks.values() for times in desk.slots())
        return {slot.id: slot for slot in every}

    @cached_property
    def meeting_slots(self) -> Mapping[str, MeetingSlot]:
        partnering = self.definition.partnering
        part = self.definition.part(partnering.part) if partnering is not None else None
        return {} if partnering is None or part is None else {one.id: one for one in meeting_slots(partnering, part)}

    @cached_property
    def group_rooms(self) -> Mapping[str, Room]:
        groups = self.definition.working_groups
        return {} if groups is None else {room.room: room for room in groups.rooms}

    def experts(self, desk: str) -> tuple[str, ...]:
        """All that keeps the expert of this desk busy: every desk of theirs, for nobody sits at two; every seat."""
        return tuple(dict.fromkeys(one for seat in self.seats(desk) for one in seat))

    def seats(self, desk: str) -> tuple[tuple[str, ...], ...]:
        """Of each person who can be received at once, what they would take: `anna`, `anna.2`, `anna.3`."""
        expert, seats = self.desks[desk].expert, self.desks[desk].per_slot
        if seats > 1:
            return ((desk,), *((f"{desk}.{number}",) for number in range(2, seats + 1)))
        return (tuple(other.desk for other in self.desks.values() if other.expert == expert),)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The fence of one gathering: every write raises `version`; `sequence` counts the facts it has said."""

    gathering_id: str
    version: int = 0
    sequence: int = 0


@dataclass(frozen=True)
class Diary:
    """One gathering as far as a batch names it. `waiting` are requests that came before what they rest on."""

    ledger: Ledger
    gathering: Gathering | None = None
    agenda: Agenda = field(default_factory=Agenda)
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    bookings: Mapping[str, Booking] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)  # claim → who holds it, a booking or a block
    answers: Mapping[str, Answer] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)  # idempotency key → submission
    waiting: Mapping[str, "Command"] = field(default_factory=dict)
    preferences: Mapping[str, Preferences] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)  # all there are, where experts are asked for
    holds: Mapping[str, Hold] = field(default_factory=dict)  # all there are: each is a slot's
    waiters: Mapping[str, Waiter] = field(default_factory=dict)  # those who have waited longest
    questions: Mapping[str, Question] = field(default_factory=dict)
    voices: frozenset[str] = frozenset()  # question and who backed it
    stars: frozenset[Star] = frozenset()
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    meetings: Mapping[str, Meeting] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    plans: Mapping[Topic, Plan] = field(default_factory=dict)
    latecomers: Mapping[str, Latecomer] = field(default_factory=dict)  # by registration
    acts: Mapping[str, Act] = field(default_factory=dict)

    def live_bookings(self, registration_id: str) -> Iterator[Booking]:
        return (one for one in self.bookings.values() if one.live and one.registration_id == registration_id)
