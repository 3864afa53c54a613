"""A person's diary: the parts they attend, the meetings they have, the sessions they can go to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain import (
    Assignment,
    Booking,
    Gathering,
    Hold,
    Kind,
    Meeting,
    Registration,
    Release,
    Waiter,
)
from services.scheduling.domain.state import CONFIRMED
from services.scheduling.rooms import NO_WAYS, Links, Ways
from services.scheduling.views.agenda import local, session, session_entry
from services.scheduling.views.bookings import booking, hold, nowhere, turn
from services.scheduling.views.calendars import Entry, calendar
from services.scheduling.views.encounters import appointment, meeting_entry, room_entry, seat
from shared.clock import timestamp
from shared.messages.registration import PartState
from shared.people import Person


@dataclass(frozen=True, slots=True)
class Diary:
    """All that goes in. `links` (to join) and `topics` are there for the holder alone."""

    registration: Registration
    gathering: Gathering
    bookings: Sequence[Booking] = ()
    release: Release | None = None
    links: Links = nowhere
    topics: Mapping[str, str | None] = field(default_factory=dict)
    holds: Sequence[Hold] = ()
    turns: Sequence[tuple[Waiter, int]] = ()
    assignments: Sequence[Assignment] = ()
    meetings: Sequence[Meeting] = ()
    starred: frozenset[str] = frozenset()  # sessions
    releases: Sequence[Release] = ()  # where something starred is held no more: those that may have taken it out
    people: Mapping[str, Person] = field(default_factory=dict)  # whom they meet
    ways: Ways = NO_WAYS


def diary(of: Diary) -> dict[str, Any]:
    definition = of.gathering.definition
    zone = ZoneInfo(definition.timezone)
    confirmed = of.registration.confirmed
    sessions = of.release.sessions if of.release is not None else ()
    return {
        "registration_id": of.registration.id,
        "gathering": of.gathering.id,
        "title": definition.title.root,
        "timezone": definition.timezone,
        "parts": [_part(of.gathering, state, zone) for state in of.registration.parts],
        "bookings": [_booking(of, one, zone) for one in of.bookings],
        "held": [hold(one) for one in of.holds],
        "waiting": [turn(*one) for one in of.turns],
        "room": next((seat(of.gathering, one, of.registration, of.ways) for one in of.assignments if one.live), None),
        "meetings": [
            appointment(of.gathering, one, of.registration, of.people, of.ways) for one in of.meetings if one.live
        ],
        "sessions": [
            {**session(one.session, zone), "starred": one.session.session in of.starred}
            for one in sessions
            if one.session.part in confirmed
        ],
    }


def diary_calendar(of: Diary, domain: str, now: datetime) -> bytes:
    definition = of.gathering.definition
    title = definition.title.in_language(definition.languages[0])
    rooms = (room_entry(of.gathering, one, of.registration, of.ways, domain) for one in of.assignments)
    meetings = (meeting_entry(of.gathering, one, of.registration, of.people, of.ways, domain) for one in of.meetings)
    own = (*_part_entries(of, domain, title), *_booking_entries(of, domain, title), *_star_entries(of, domain))
    return calendar(title, [*own, *rooms, *meetings], now)


def _part_entries(of: Diary, domain: str, title: str) -> Iterator[Entry]:
    venue = of.gathering.definition.venue
    place = ", ".join(filter(None, (venue.name, venue.place))) if venue is not None else None
    for state in of.registration.parts:
        part = of.gathering.definition.part(state.part)
        if part is None or state.status not in {CONFIRMED, "cancelled"}:
            continue
        named = part.title.in_language("en")
        yield Entry(
            uid=f"{of.registration.id}-{part.part}@{domain}",
            sequence=of.registration.version + of.gathering.version - 1,  # as in the mails
            starts_at=part.starts,
            ends_at=part.ends,
            summary=f"{title}: {named}",
            location=place if state.mode == "in-person" else "Online",
            cancelled=state.status != CONFIRMED,
        )


def _booking_entries(of: Diary, domain: str, title: str) -> Iterator[Entry]:
    """The UID and SEQUENCE are those of the invitation that was mailed."""
    for one in of.bookings:
        yield Entry(
            uid=f"{one.id}@{domain}",
            sequence=one.version,
            starts_at=one.slot.starts_at,
            ends_at=one.slot.ends_at,
            summary=f"{title}: {_expert(of.gathering, one)}",
            location=None if one.table is None else f"Table {one.table}",
            description=of.topics.get(one.id),
            url=of.links(one),
            cancelled=not one.live,
        )


def _star_entries(of: Diary, domain: str) -> Iterator[Entry]:
    """A session has the same entry here as in the agenda's own calendar."""
    held = of.release.by_session if of.release is not None else {}
    found = {name: (one.session, one.revision) for name, one in held.items()}
    removed = ((one, release.number) for release in of.releases for one in release.changes if one.kind is Kind.REMOVED)
    gone = {one.session: (one.was, since) for one, since in removed if one.was is not None and one.session not in held}
    for name, (one, sequence) in (found | gone).items():
        if name in of.starred and one.part in of.registration.confirmed:
            yield session_entry(of.gathering.id, one, sequence, domain, cancelled=name in gone)


def _part(gathering: Gathering, state: PartState, zone: ZoneInfo) -> dict[str, Any]:
    shown = {"part": state.part, "mode": state.mode, "status": state.status, "reason": state.reason}
    part = gathering.definition.part(state.part)
    if part is None:
        return shown
    return {
        **shown,
        "title": part.title.root,
        "starts_at": timestamp(part.starts),
        "ends_at": timestamp(part.ends),
        "starts_local": local(part.starts, zone),
        "ends_local": local(part.ends, zone),
    }


def _booking(of: Diary, one: Booking, zone: ZoneInfo) -> dict[str, Any]:
    shown = {
        **booking(one, of.links),
        "expert": _expert(of.gathering, one),
        "starts_local": local(one.slot.starts_at, zone),
        "ends_local": local(one.slot.ends_at, zone),
    }
    return {**shown, "topic": of.topics[one.id]} if one.id in of.topics else shown


def _expert(gathering: Gathering, one: Booking) -> str:
    desk = gathering.desks.get(one.slot.desk)
    return one.slot.desk if desk is None else desk.expert
