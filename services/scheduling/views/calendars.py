"""Calendars to subscribe to or to keep (RFC 5545): one UID per thing for ever, SEQUENCE raised by every change, UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT = "-//Foyer//Scheduling//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a calendar."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str | None = None
    description: str | None = None
    url: str | None = None
    cancelled: bool = False


def calendar(name: str, entries: Iterable[Entry], stamp: datetime) -> bytes:
    from icalendar import Calendar  # noqa: PLC0415  heavy, and not needed before somebody asks for a calendar

    written = Calendar()
    written.add("prodid", PRODUCT)
    written.add("version", "2.0")
    written.add("method", "PUBLISH")
    written.add("x-wr-calname", name)
    for entry in entries:
        written.add_component(_event(entry, stamp))
    content: bytes = written.to_ical()
    return content


def _event(entry: Entry, stamp: datetime) -> "Event":
    from icalendar import Event  # noqa: PLC0415  as above

    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    for field, value in (("location", entry.location), ("description", entry.description), ("url", entry.url)):
        if value is not None:
            event.add(field, value)
    return event
