"""Reminders: of what is booked, a day before it begins; what has begun is nobody reminded of."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from services.notifications.domain.kinds import Suppression, Template
from services.notifications.domain.state import Notification, notification_id
from shared.messages.scheduling import MeetingScheduled, SlotBooked, SlotMoved

AHEAD: Final = timedelta(hours=24)  # of time that passes: in the nights when clocks change, another hour on the wall
OF_WHAT_IS_BOOKED: Final = frozenset({Template.SLOT_BOOKED, Template.SLOT_MOVED, Template.MEETING_SCHEDULED})


def reminders(mails: Iterable[Notification], said_at: datetime) -> Iterator[Notification]:
    """One beside each mail that told an attendee of a time, unless that mail itself came in the last day."""
    for told in mails:
        fact = told.content
        if told.template not in OF_WHAT_IS_BOOKED or not isinstance(fact, SlotBooked | SlotMoved | MeetingScheduled):
            continue
        due_at = fact.starts_at.astimezone(UTC) - AHEAD
        if said_at < due_at:
            name = notification_id(told.id, Template.REMINDER)
            yield replace(told, id=name, template=Template.REMINDER, content=_as_it_stands(fact), due_at=due_at)


def too_late(told: Notification, now: datetime) -> Suppression | None:
    """A reminder whose meeting has begun, because nobody could send it before, or the clock was moved past both."""
    if told.template is not Template.REMINDER or not isinstance(told.content, SlotBooked | MeetingScheduled):
        return None
    return Suppression.TOO_LATE if now >= told.content.starts_at else None


def _as_it_stands(fact: SlotBooked | SlotMoved | MeetingScheduled) -> SlotBooked | MeetingScheduled:
    """A day before, where it was moved from is no news any more."""
    if not isinstance(fact, SlotMoved):
        return fact
    return SlotBooked.model_validate(fact.model_dump(include=set(SlotBooked.model_fields)))
