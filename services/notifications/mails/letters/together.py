"""Letters about working groups and meetings of two: where one is to be, with whom, and when that ends."""

from typing import get_args

from services.notifications.domain import Template
from services.notifications.domain.kinds import MeetingFact, RoomFact
from services.notifications.mails import calendar
from services.notifications.mails.letter import Brief, Button, Calendar, Card, Letter, Row, content
from services.notifications.mails.letters.frame import Stationery, framed, join, manage
from shared.messages.scheduling import MeetingCancelled, MeetingScheduled, RoomAssigned, RoomReleased


def room(brief: Brief, paper: Stationery) -> Letter:
    fact: RoomFact = content(brief, *get_args(RoomFact))
    voice = brief.voice
    title, released = _room_title(brief, fact.room), isinstance(fact, RoomReleased)
    link = None if released or not brief.is_remote else join(brief, paper, f"room:{fact.room}")
    rows = [_when(brief, fact), Row(voice.say("common", "room"), title)]
    if isinstance(fact, RoomAssigned) and fact.previous_room not in {None, fact.room}:
        rows.append(Row(voice.say("common", "was"), _room_title(brief, fact.previous_room or "")))
    rows += _way_in(brief, link)
    note = voice.one_of("released-because", fact.reason) if isinstance(fact, RoomReleased) else None
    return _letter(brief, paper, fact, title, (rows, note, link, None if link else title), _entry_id(fact))


def meeting(brief: Brief, paper: Stationery) -> Letter:
    fact: MeetingFact = content(brief, *get_args(MeetingFact))
    voice = brief.voice
    other = brief.other
    known = ", ".join(filter(None, (other.name, other.organisation))) if other is not None else ""
    with_whom = known or voice.say("common", "attendee")
    cancelled = isinstance(fact, MeetingCancelled)
    is_online = fact.table is None
    has_place = brief.definition.meetings_join is not None
    link = join(brief, paper, f"meeting:{fact.meeting_id}") if is_online and has_place and not cancelled else None
    place = voice.say("common", "online") if is_online else voice.say("common", "table", table=fact.table)
    rows = [_when(brief, fact), Row(voice.say("common", "with"), with_whom)]
    if not cancelled or not is_online:
        rows.append(Row(voice.say("common", "where"), place, _how(brief, with_whom) if is_online else None))
    rows += _way_in(brief, link)
    note = _why(brief, fact) if isinstance(fact, MeetingCancelled) else None
    return _letter(brief, paper, fact, with_whom, (rows, note, link, place), _entry_id(fact))


def _how(brief: Brief, with_whom: str) -> str:
    """To whoever is there in person it is news that the other is not; where no address is set up, both are told so."""
    voice, template = brief.voice, Template.MEETING_SCHEDULED
    if brief.definition.meetings_join is None:
        return voice.say(template, "online-nowhere")
    return voice.say(template, "online-both" if brief.is_remote else "online-other", named=with_whom)


def _why(brief: Brief, fact: MeetingCancelled) -> str:
    """Who gave it up need not be told that the other side did."""
    if fact.by is not None and fact.by != brief.notification.registration_id:
        return brief.voice.say("released-because", "other-side")
    return brief.voice.one_of("released-because", fact.reason)


def _letter(
    brief: Brief,
    paper: Stationery,
    fact: RoomFact | MeetingFact,
    named: str,
    said: tuple[list[Row], str | None, str | None, str | None],
    uid: str,
) -> Letter:
    voice, template = brief.voice, brief.notification.template
    rows, note, link, location = said
    over = isinstance(fact, RoomReleased | MeetingCancelled)
    tone, badge = ("over", "cancelled") if over else ("good", "confirmed")
    return framed(
        brief,
        subject=voice.say(template, "subject", named=named, day=brief.moments.day(fact.starts_at)),
        cards=(Card(voice.say(template, "card"), tone, voice.say("status", badge), note, tuple(rows)),),
        steps=tuple(voice.paragraphs(template, "steps")),
        button=Button(voice.say(template, "button"), manage(brief, paper)),
        calendars=(_calendar(brief, paper, fact, named, uid, link, location),),
    )


def _calendar(
    brief: Brief,
    paper: Stationery,
    fact: RoomFact | MeetingFact,
    named: str,
    uid: str,
    link: str | None,
    location: str | None,
) -> Calendar:
    """One UID for ever, SEQUENCE its version: what is scheduled again after it was cancelled is the same entry."""
    entry = calendar.Entry(
        uid=f"{uid}@{paper.domain}",
        sequence=fact.version,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        summary=f"{brief.title}: {named}",
        location=brief.voice.say("common", "online") if link is not None else location,
        url=link,
        attendee=(brief.to.name or brief.to.email, brief.to.email),
    )
    if isinstance(fact, RoomReleased | MeetingCancelled):
        return Calendar("CANCEL", calendar.cancelled(entry, paper.now, paper.organiser(brief)), "cancelled.ics")
    return Calendar("REQUEST", calendar.requested(entry, paper.now, paper.organiser(brief)), "meeting.ics")


def _entry_id(fact: RoomFact | MeetingFact) -> str:
    return fact.meeting_id if isinstance(fact, MeetingScheduled | MeetingCancelled) else fact.assignment_id


def _when(brief: Brief, fact: RoomFact | MeetingFact) -> Row:
    words = brief.moments
    span, beside = words.span(fact.starts_at, fact.ends_at), words.beside(fact.starts_at, fact.ends_at)
    return Row(brief.voice.say("common", "when"), span, beside)


def _way_in(brief: Brief, link: str | None) -> list[Row]:
    voice = brief.voice
    return [] if link is None else [Row(voice.say("common", "join"), voice.say("common", "join-link"), href=link)]


def _room_title(brief: Brief, room: str) -> str:
    """As the organiser calls it; else its id."""
    groups = brief.definition.working_groups
    found = next((one for one in groups.rooms if one.room == room), None) if groups is not None else None
    return room if found is None or found.title is None else found.title.in_language(brief.to.language)
