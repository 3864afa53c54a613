"""Whom and what a fact is about."""

from shared.messages.base import Message
from shared.messages.checkin import TicketIssued, TicketRevoked
from shared.messages.envelope import Received
from shared.messages.registration import InvitationIssued
from shared.messages.scheduling import (
    AgendaPublished,
    MeetingCancelled,
    MeetingScheduled,
    RoomAssigned,
    RoomReleased,
    SlotBooked,
    SlotMoved,
    SlotOffered,
    SlotOfferEnded,
    SlotReleased,
)


def concerned(fact: Message) -> tuple[str, ...]:
    """Whom a fact is about: one registration, two who meet, or nobody in particular."""
    if isinstance(fact, MeetingScheduled | MeetingCancelled):
        return fact.registration_ids
    one: str | None = getattr(fact, "registration_id", None)
    return () if one is None else (one,)


def subject_of(heard: Received[Message]) -> tuple[str | None, int]:
    """The thing whose versions make mails void, and the version this fact brings; tickets count by their sequence."""
    found: tuple[str | None, int] = None, 0
    match heard.message:
        case SlotBooked() | SlotMoved() | SlotReleased() as fact:
            found = f"bookings/{fact.booking_id}", fact.version
        case RoomAssigned() | RoomReleased() as fact:
            found = f"assignments/{fact.assignment_id}", fact.version
        case MeetingScheduled() | MeetingCancelled() as fact:
            found = f"meetings/{fact.meeting_id}", fact.version
        case SlotOffered() | SlotOfferEnded() as fact:
            found = f"offers/{fact.offer_id}", 1 + isinstance(fact, SlotOfferEnded)
        case TicketIssued() | TicketRevoked() as fact:
            found = f"tickets/{fact.registration_id}", heard.sequence or 0
        case InvitationIssued() as fact:
            found = f"invitations/{fact.invitation_id}", fact.version
        case AgendaPublished(changes=()) as fact:  # one with changes is told to few, and makes no mail to all void
            found = f"agendas/{fact.gathering_id}", fact.release
    return found
