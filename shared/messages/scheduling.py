"""Scheduling's language: what people ask of it and what it decides."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from shared.messages.base import INTAKE_RETENTION_MS, Message, Value


class _Request(Message):
    topic: ClassVar[str] = "slot-requested"
    source: ClassVar[str] = "/services/gateway"
    retention_ms: ClassVar[int] = INTAKE_RETENTION_MS
    awaited: ClassVar[bool] = True

    registration_id: str
    generation: int = 0  # of the key it was asked with: a substitution voids older ones
    accepted_at: datetime
    key: str

    def submission_id(self) -> str:
        raise NotImplementedError

    def subject(self) -> str:
        return f"submissions/{self.submission_id()}"


class _Identified(_Request):
    """Known by an id of its own; a booking's request is known by the booking."""

    id: str

    def submission_id(self) -> str:
        return self.id


class SlotRequested(_Request):
    """`sealed` holds `{topic}`: what the meeting is about, bound to `booking_id`."""

    booking_id: str
    slot_id: str
    sealed: str | None = None

    def submission_id(self) -> str:
        return self.booking_id


class MoveRequested(_Identified):
    """Another slot for a booking."""

    booking_id: str
    slot_id: str


class ReleaseRequested(_Identified):
    """A booking is given up."""

    booking_id: str


class NoShowReported(_Identified):
    """The holder says that the expert did not come."""

    booking_id: str


class PreferenceSubmitted(_Identified):
    """Ranked wishes, the dearest first: working-group rooms, and registrations to meet; `no_thanks` are never met."""

    working_groups: tuple[str, ...] = ()
    meet: tuple[str, ...] = ()
    no_thanks: tuple[str, ...] = ()


class HoldRequested(_Identified):
    """A slot, kept for some minutes while the form is filled in; whoever books one lets go of it."""

    slot_id: str


class WaitRequested(_Identified):
    """A place on a desk's waiting list, or, with `leave`, no longer one."""

    desk: str
    leave: bool = False


class SessionStarred(_Identified):
    """A session of the agenda that somebody would not miss, or, with `starred` false, no longer."""

    session: str
    starred: bool = True


class QuestionAsked(_Identified):
    """`sealed` holds `{text}`: what the speakers are asked, bound to `id`."""

    session: str
    sealed: str


class QuestionBacked(_Identified):
    """One person's voice for a question; a second one changes nothing."""

    question_id: str


class ProfileSubmitted(_Identified):
    """What somebody shows to those they may meet; `sealed` holds `{offers, seeks, topics}`, bound to `id`."""

    sealed: str | None = None
    visible: bool = True


class MeetingRequested(_Identified):
    """A yes to somebody who wishes for it: they meet in the first slot that both have free."""

    other_id: str


class MeetingReleaseRequested(_Identified):
    """One side gives a meeting up."""

    meeting_id: str


class MeetingNoted(_Identified):
    """One side says that a meeting took place."""

    meeting_id: str


class _Fact(Message):
    source: ClassVar[str] = "/services/scheduling"


class AgendaChange(Value):
    """One line of the public change log: what happened to which session. `room` is where it is now, if elsewhere."""

    session: str
    change: str  # added | removed | moved | changed
    room: str | None = None


class AgendaPublished(_Fact):
    """A numbered public release. What it says is read at the gateway."""

    release: int
    label: str
    changes: tuple[AgendaChange, ...] = ()

    def subject(self) -> str:
        return f"agendas/{self.gathering_id}@{self.release}"


class AgendaChangeNoticed(_Fact):
    """What a release moved, removed or put into another room that concerns one registration.

    They starred it, must attend it, or have something around it.
    """

    registration_id: str
    release: int
    changes: tuple[AgendaChange, ...]

    def subject(self) -> str:
        return f"agendas/{self.gathering_id}@{self.release}/{self.registration_id}"


class _BookingFact(_Fact):
    """The whole booking after one decision. Readers replace what they have only by a higher `version`."""

    booking_id: str
    registration_id: str
    desk: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    version: int

    def subject(self) -> str:
        return f"bookings/{self.booking_id}@{self.version}"


class SlotBooked(_BookingFact):
    pass


class SlotMoved(_BookingFact):
    previous_starts_at: datetime
    previous_desk: str | None = None


class SlotReleased(_BookingFact):
    """Reasons: released, registration-cancelled, mode-changed, expert-blocked, outside-window, erased, overridden."""

    reason: str


class SlotMissed(_BookingFact):
    """One side did not come, as the other says."""

    who: str  # attendee | expert
    by: str = "staff"  # attendee | staff


class _OfferFact(_Fact):
    offer_id: str
    registration_id: str
    desk: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime

    def subject(self) -> str:
        return f"offers/{self.offer_id}"


class SlotOffered(_OfferFact):
    """A slot became free and is kept for whoever has waited longest; it is theirs if they book it in time."""

    expires_at: datetime
    reason: str = "waiting-list"  # waiting-list | expert-away


class SlotOfferEnded(_OfferFact):
    outcome: str  # accepted | lapsed | withdrawn


class SlotRefused(_Fact):
    """The answer to one request or move that could not be met; a refused move leaves its booking as it was."""

    submission_id: str
    booking_id: str
    registration_id: str
    slot_id: str
    reason: str  # slot-taken | not-registered | outside-window | too-late | limit-reached | conflict

    def subject(self) -> str:
        return f"submissions/{self.submission_id}"


class _AssignmentFact(_Fact):
    """Somebody's room in the working groups. Readers replace what they have only by a higher `version`."""

    assignment_id: str
    registration_id: str
    session: str
    room: str
    starts_at: datetime
    ends_at: datetime
    version: int

    def subject(self) -> str:
        return f"assignments/{self.assignment_id}@{self.version}"


class RoomAssigned(_AssignmentFact):
    previous_room: str | None = None


class RoomReleased(_AssignmentFact):
    """Reasons: registration-cancelled, mode-changed, erased, reassigned, session-moved."""

    reason: str


class _MeetingFact(_Fact):
    """A meeting of two. Two people have one `meeting_id` for ever; a `table` of `None` is wherever both can talk."""

    meeting_id: str
    registration_ids: Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]
    part: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime
    table: int | None = None
    version: int

    def subject(self) -> str:
        return f"meetings/{self.meeting_id}@{self.version}"


class MeetingScheduled(_MeetingFact):
    pass


class MeetingCancelled(_MeetingFact):
    """Reasons: released, registration-cancelled, mode-changed, erased, outside-window. `by` gave it up, if one did."""

    reason: str
    by: str | None = None


class MeetingHeld(_MeetingFact):
    """It took place, as `by` says."""

    by: str
