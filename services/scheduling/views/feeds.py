"""The calendars of experts and rooms: every thing once, as it stands; what was there and is not is cancelled."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Booking, Gathering, Kind, Release
from services.scheduling.views.agenda import session_entry
from services.scheduling.views.calendars import Entry, calendar
from shared.messages.gathering import Session
from shared.people import Person


@dataclass(frozen=True, slots=True)
class Desk:
    """All meetings that were ever at it; names and topics as far as they can be had now."""

    gathering: Gathering
    desk: str
    bookings: Sequence[Booking]
    people: Mapping[str, Person]
    topics: Mapping[str, str | None]


def expert_calendar(of: Desk, domain: str, now: datetime) -> bytes:
    title = of.gathering.definition.title.in_language(of.gathering.definition.languages[0])
    desk = of.gathering.desks.get(of.desk)
    named = desk.expert if desk is not None else of.desk
    return calendar(f"{title}: {named}", [_meeting(of, one, domain, title) for one in of.bookings], now)


def _meeting(of: Desk, one: Booking, domain: str, title: str) -> Entry:
    """The UID and SEQUENCE are those of the invitations that were mailed to both sides."""
    person = of.people.get(one.registration_id)
    guest = ", ".join(filter(None, (person.name, person.organisation))) if person is not None else ""
    return Entry(
        uid=f"{one.id}@{domain}",
        sequence=one.version,
        starts_at=one.slot.starts_at,
        ends_at=one.slot.ends_at,
        summary=f"{title}: {guest}" if guest else title,
        location=one.table,
        description=of.topics.get(one.id),
        cancelled=not one.live or one.slot.desk != of.desk,
    )


def room_calendar(gathering: Gathering, room: str, releases: Sequence[Release], domain: str) -> bytes:
    title = gathering.definition.title.in_language(gathering.definition.languages[0])
    published_at = releases[-1].published_at if releases else gathering.definition.starts_at
    return calendar(f"{title}: {room}", _held_in(gathering, room, releases, domain), published_at)


def _held_in(gathering: Gathering, room: str, releases: Sequence[Release], domain: str) -> Iterator[Entry]:
    """The sessions of the newest release that are in the room, and those that were and are not any more."""
    was_here: dict[str, Session] = {}
    gone_since: dict[str, int] = {}
    for release in releases:
        for placed in release.sessions:
            if placed.session.room == room:
                was_here[placed.session.session] = placed.session
        for change in release.changes:
            if change.kind is Kind.REMOVED:
                gone_since[change.session] = release.number
    now = releases[-1].by_session if releases else {}
    for name, session in was_here.items():
        placed_now = now.get(name)
        stays = placed_now is not None and placed_now.session.room == room
        sequence = placed_now.revision if placed_now is not None else gone_since.get(name, 0)
        yield session_entry(gathering.id, session, sequence, domain, cancelled=not stays)
