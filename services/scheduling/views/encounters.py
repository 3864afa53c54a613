"""Rooms and meetings as resources, in a diary and in a calendar."""

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain import Assignment, Gathering, Meeting, Registration
from services.scheduling.rooms import Ways
from services.scheduling.views.agenda import local
from services.scheduling.views.calendars import Entry
from shared.clock import timestamp
from shared.messages.gathering import Mode
from shared.people import Person


def assignment(one: Assignment) -> dict[str, Any]:
    return {
        "id": one.id,
        "registration_id": one.registration_id,
        "session": one.session,
        "room": one.room,
        "starts_at": timestamp(one.starts_at),
        "ends_at": timestamp(one.ends_at),
        "status": one.status.value,
        "version": one.version,
    }


def meeting(one: Meeting) -> dict[str, Any]:
    return {
        "id": one.id,
        "registration_ids": list(one.people),
        "part": one.part,
        "slot_id": one.slot.id,
        "starts_at": timestamp(one.slot.starts_at),
        "ends_at": timestamp(one.slot.ends_at),
        "table": one.table,
        "status": one.status.value,
        "held": one.held,
        "version": one.version,
    }


def seat(gathering: Gathering, one: Assignment, registration: Registration, ways: Ways) -> dict[str, Any]:
    """For whoever has it: the room's name, and the link of those who are remote."""
    zone = ZoneInfo(gathering.definition.timezone)
    mode = mode_in(gathering, one, registration)
    join = ways.room(registration, one.room) if mode == Mode.REMOTE and one.live else None
    shown = {
        **assignment(one),
        "title": title(gathering, one.room),
        "starts_local": local(one.starts_at, zone),
        "ends_local": local(one.ends_at, zone),
        "mode": mode,
    }
    return shown if join is None else {**shown, "join": join}


def mode_in(gathering: Gathering, one: Assignment, registration: Registration) -> str | None:
    sessions = {session.session: session for session in gathering.definition.agenda.sessions}
    session = sessions.get(one.session)
    return None if session is None else registration.mode_in(session.part)


def appointment(
    gathering: Gathering, one: Meeting, registration: Registration, people: Mapping[str, Person], ways: Ways
) -> dict[str, Any]:
    """For one of the two: who the other is, and where: at a table, or at a link of their own if one is remote."""
    zone = ZoneInfo(gathering.definition.timezone)
    other = one.other(registration.id)
    join = ways.meeting(registration, one.id) if one.online and one.live else None
    shown = {
        **meeting(one),
        "starts_local": local(one.slot.starts_at, zone),
        "ends_local": local(one.slot.ends_at, zone),
        "mode": registration.mode_in(one.part),
        "online": one.online,
        "with": guest(other, people.get(other)),
    }
    return shown if join is None else {**shown, "join": join}


def guest(registration_id: str, person: Person | None) -> dict[str, Any]:
    """Who somebody is, as far as a stranger may know: no address."""
    known = {"name": None, "organisation": None, "country": None, "delegation": None}
    if person is not None:
        known = person.model_dump(include=set(known))
    return {"registration_id": registration_id, **known}


def title(gathering: Gathering, room: str) -> dict[str, str]:
    found = gathering.group_rooms.get(room)
    return {"en": room} if found is None else found.title.root


def room_entry(gathering: Gathering, one: Assignment, registration: Registration, ways: Ways, domain: str) -> Entry:
    name = title(gathering, one.room)
    of = gathering.definition.title.in_language(gathering.definition.languages[0])
    remote = mode_in(gathering, one, registration) == Mode.REMOTE
    named = name.get(gathering.definition.languages[0]) or next(iter(name.values()))
    return Entry(
        uid=f"{one.id}@{domain}",
        sequence=one.version,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        summary=f"{of}: {named}",
        location="Online" if remote else named,
        url=ways.room(registration, one.room) if remote and one.live else None,
        cancelled=not one.live,
    )


def meeting_entry(
    gathering: Gathering,
    one: Meeting,
    registration: Registration,
    people: Mapping[str, Person],
    ways: Ways,
    domain: str,
) -> Entry:
    of = gathering.definition.title.in_language(gathering.definition.languages[0])
    other = people.get(one.other(registration.id))
    named = ", ".join(filter(None, (other.name, other.organisation))) if other is not None else ""
    return Entry(
        uid=f"{one.id}@{domain}",
        sequence=one.version,
        starts_at=one.slot.starts_at,
        ends_at=one.slot.ends_at,
        summary=f"{of}: {named}" if named else of,
        location="Online" if one.online else f"Table {one.table}",
        url=ways.meeting(registration, one.id) if one.online and one.live else None,
        cancelled=not one.live,
    )


def in_order(meetings: Iterator[Meeting] | list[Meeting]) -> list[Meeting]:
    return sorted(meetings, key=lambda one: (one.slot.starts_at, one.id))
