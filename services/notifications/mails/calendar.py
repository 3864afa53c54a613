"""Calendar entries (RFC 5545, 5546): one UID per thing for ever, SEQUENCE its version, times in UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar as Entries
from icalendar import Event, vCalAddress, vText

PRODUCT = "-//Foyer//Mail//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a calendar. `attendee` is set where the calendar should know whose it is."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    summary: str
    location: str | None = None
    description: str | None = None
    url: str | None = None
    attendee: tuple[str, str] | None = None  # name, address


def published(entries: Sequence[Entry], stamp: datetime) -> bytes:
    """To keep, not to answer: several entries may stand in one."""
    return _written("PUBLISH", entries, stamp, None)


def requested(entry: Entry, stamp: datetime, organiser: tuple[str, str]) -> bytes:
    return _written("REQUEST", [entry], stamp, organiser)


def cancelled(entry: Entry, stamp: datetime, organiser: tuple[str, str]) -> bytes:
    return _written("CANCEL", [entry], stamp, organiser)


def _written(method: str, entries: Sequence[Entry], stamp: datetime, organiser: tuple[str, str] | None) -> bytes:
    calendar = Entries()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for entry in entries:
        calendar.add_component(_component(method, entry, stamp, organiser))
    content: bytes = calendar.to_ical()
    return content


def _component(method: str, entry: Entry, stamp: datetime, organiser: tuple[str, str] | None) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.summary)
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    for name, value in (("location", entry.location), ("description", entry.description), ("url", entry.url)):
        if value is not None:
            event.add(name, value)
    if organiser is not None:
        event.add("organizer", _address(*organiser))
        if entry.attendee is not None:
            attendee = _address(*entry.attendee)
            attendee.params["PARTSTAT"] = vText("ACCEPTED")
            attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
            attendee.params["RSVP"] = vText("FALSE")
            event.add("attendee", attendee)
    return event


def _address(name: str, email: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    address.params["CN"] = vText(name)
    return address
