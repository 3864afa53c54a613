"""Whom a release of the agenda concerns: who starred a session that moved, must attend it, or has something around."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.scheduling.domain.facts import ChangeNoticed
from services.scheduling.domain.programme import Change, Release
from services.scheduling.domain.state import Diary
from shared.messages.gathering import Session
from shared.messages.scheduling import AgendaChange, AgendaChangeNoticed

AROUND: Final = timedelta(hours=1)

Appointment = tuple[str, datetime, datetime]


def notices(diary: Diary, fresh: Release) -> Iterator[ChangeNoticed]:
    """One for each registration, with the sessions that concern it; nobody else is told."""
    found = defaultdict[str, list[AgendaChange]](list)
    appointments = tuple(_appointments(diary))
    for change in fresh.changes:
        if change.sends_elsewhere:
            for who in _concerned(diary, appointments, change):
                found[who].append(change.told())
    for who in sorted(found):
        yield ChangeNoticed(
            AgendaChangeNoticed(
                gathering_id=diary.ledger.gathering_id,
                registration_id=who,
                release=fresh.number,
                changes=tuple(found[who]),
            )
        )


def _concerned(diary: Diary, appointments: tuple[Appointment, ...], change: Change) -> set[str]:
    times = [one for one in (change.was, change.now) if one is not None]
    parts, mandatory = {one.part for one in times}, {one.part for one in times if one.mandatory}
    stars = {one.registration_id for one in diary.stars if one.session == change.session}
    comes = ((one.id, one.confirmed) for one in diary.registrations.values())
    bound = {who for who, confirmed in comes if confirmed & (parts if who in stars else mandatory)}
    return bound | {who for who, starts, ends in appointments if any(_is_around(one, starts, ends) for one in times)}


def _appointments(diary: Diary) -> Iterator[Appointment]:
    """Meetings at desks, rooms of working groups, meetings of two."""
    for booking in diary.bookings.values():
        if booking.live:
            yield booking.registration_id, booking.slot.starts_at, booking.slot.ends_at
    for room in diary.assignments.values():
        if room.live:
            yield room.registration_id, room.starts_at, room.ends_at
    for meeting in diary.meetings.values():
        if meeting.live:
            yield from ((who, meeting.slot.starts_at, meeting.slot.ends_at) for who in meeting.people)


def _is_around(session: Session, starts: datetime, ends: datetime) -> bool:
    return session.starts - AROUND <= ends and starts <= session.ends + AROUND
