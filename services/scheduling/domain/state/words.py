"""How things stand, and why: the words of decisions, which the topics say as they are written here."""

from enum import StrEnum


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
    UNKNOWN_QUESTION = "unknown-question"
    UNKNOWN_DESK = "unknown-desk"


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
