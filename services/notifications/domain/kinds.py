"""What can be told: the kinds of mail, what a mail is about, and why one may be withheld."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from shared.messages.base import Message, Value
from shared.messages.registration import (
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationPending,
    RegistrationWaitlisted,
)
from shared.messages.scheduling import (
    AgendaChangeNoticed,
    MeetingCancelled,
    MeetingScheduled,
    RoomAssigned,
    RoomReleased,
    SlotBooked,
    SlotMoved,
    SlotReleased,
)

LIVE: Final = frozenset({"confirmed", "waitlisted", "awaiting-selection"})

RegistrationFact = (
    RegistrationConfirmed
    | RegistrationWaitlisted
    | RegistrationPending
    | RegistrationDeclined
    | RegistrationChanged
    | RegistrationCancelled
)
BookingFact = SlotBooked | SlotMoved | SlotReleased
RoomFact = RoomAssigned | RoomReleased
MeetingFact = MeetingScheduled | MeetingCancelled


class Template(StrEnum):
    """One per kind of mail; of the facts of one decision, the first in this list names the mail."""

    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"
    CHANGE_REFUSED = "change-refused"
    RESCHEDULED = "rescheduled"
    CHANGED = "changed"
    CONFIRMED = "confirmed"
    AWAITING_SELECTION = "awaiting-selection"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    HANDED_ON = "handed-on"
    INVITATION = "invitation"
    TICKET = "ticket"
    SLOT_BOOKED = "slot-booked"
    SLOT_MOVED = "slot-moved"
    SLOT_RELEASED = "slot-released"
    SLOT_OFFERED = "slot-offered"
    SLOT_BOOKED_EXPERT = "slot-booked-expert"
    SLOT_MOVED_EXPERT = "slot-moved-expert"
    SLOT_RELEASED_EXPERT = "slot-released-expert"
    ROOM_ASSIGNED = "room-assigned"
    ROOM_RELEASED = "room-released"
    MEETING_SCHEDULED = "meeting-scheduled"
    MEETING_CANCELLED = "meeting-cancelled"
    REMINDER = "reminder"
    AGENDA_PUBLISHED = "agenda-published"
    AGENDA_CHANGED = "agenda-changed"
    ANNOUNCEMENT = "announcement"
    FOLLOW_UP = "follow-up"
    ACCESS_LINK = "access-link"
    DESK_ACCESS = "desk-access"


RANK: Final = {template: rank for rank, template in enumerate(Template)}
BY_STATUS: Final = {  # the best news first
    "confirmed": Template.CONFIRMED,
    "awaiting-selection": Template.AWAITING_SELECTION,
    "waitlisted": Template.WAITLISTED,
}
# Organisers who move a part also change each registration in it: told apart, people would hear of it twice.
SETTLING: Final = {Template.RESCHEDULED: timedelta(seconds=20)}
BY_FACT: Final[dict[type[Message], Template]] = {
    RegistrationConfirmed: Template.CONFIRMED,
    RegistrationWaitlisted: Template.WAITLISTED,
    RegistrationPending: Template.AWAITING_SELECTION,
    RegistrationDeclined: Template.DECLINED,
}
SLOT_TEMPLATES: Final[dict[type[Message], tuple[Template, Template]]] = {
    SlotBooked: (Template.SLOT_BOOKED, Template.SLOT_BOOKED_EXPERT),
    SlotMoved: (Template.SLOT_MOVED, Template.SLOT_MOVED_EXPERT),
    SlotReleased: (Template.SLOT_RELEASED, Template.SLOT_RELEASED_EXPERT),
}
TOGETHER_TEMPLATES: Final[dict[type[Message], Template]] = {
    RoomAssigned: Template.ROOM_ASSIGNED,
    RoomReleased: Template.ROOM_RELEASED,
    MeetingScheduled: Template.MEETING_SCHEDULED,
    MeetingCancelled: Template.MEETING_CANCELLED,
    AgendaChangeNoticed: Template.AGENDA_CHANGED,
}
FOR_EXPERTS: Final = frozenset({Template.DESK_ACCESS, *(expert for _, expert in SLOT_TEMPLATES.values())})
HOLDS_A_MEETING: Final = frozenset(
    {
        Template.SLOT_BOOKED,
        Template.SLOT_MOVED,
        Template.SLOT_OFFERED,
        Template.SLOT_BOOKED_EXPERT,
        Template.SLOT_MOVED_EXPERT,
        Template.ROOM_ASSIGNED,
        Template.MEETING_SCHEDULED,
        Template.REMINDER,
    }
)


class Suppression(StrEnum):
    """Why a mail was not sent although nothing failed."""

    ERASED = "erased"
    SUPERSEDED = "superseded"
    NOT_ADDRESSED = "not-addressed"
    NO_ADDRESS = "no-address"
    UNKNOWN = "unknown"
    TOO_LATE = "too-late"


class FormerTimes(Value):
    """When a part was to take place before the organisers moved it."""

    part: str
    starts: datetime
    ends: datetime


class Rescheduled(Value):
    parts: tuple[FormerTimes, ...]


class Article(Value):
    title: str
    url: str
    text: str


class News(Value):
    subject: str
    text: str


class DeskAccess(Value):
    """The expert of a desk is sent the way to their day."""

    desk: str


Content = Message | Rescheduled | Article | News | DeskAccess
