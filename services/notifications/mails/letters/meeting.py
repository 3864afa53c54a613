"""Letters about a meeting at a desk, to whoever booked it and to the expert: both sides always know the same."""

from typing import get_args

from services.notifications.domain import Template
from services.notifications.domain.kinds import BookingFact
from services.notifications.mails import calendar
from services.notifications.mails.letter import Brief, Button, Calendar, Card, Letter, Row, content
from services.notifications.mails.letters.frame import Stationery, day, framed, join, manage
from shared.messages.gathering import Desk
from shared.messages.scheduling import SlotMoved, SlotOffered, SlotReleased


def for_attendee(brief: Brief, paper: Stationery) -> Letter:
    fact: BookingFact = content(brief, *get_args(BookingFact))
    voice, template = brief.voice, brief.notification.template
    expert = _expert(brief, fact)
    minutes = int((fact.ends_at - fact.starts_at).total_seconds() // 60)
    released = template is Template.SLOT_RELEASED
    steps = (
        (voice.say(template, "step-again"),)
        if released
        else (
            voice.say(Template.SLOT_BOOKED, "step-prepare", minutes=minutes),
            voice.say(Template.SLOT_BOOKED, "step-change"),
        )
    )
    rows = [*_times(brief, fact), Row(voice.say("common", "with"), expert), *_where(brief, fact)]
    if not released and (link := _join(brief, paper, fact)) is not None:
        rows.append(Row(voice.say("common", "join"), voice.say("common", "join-link"), href=link))
    return framed(
        brief,
        subject=voice.say(template, "subject", expert=expert, day=brief.moments.day(fact.starts_at)),
        cards=(_card(brief, fact, rows),),
        steps=steps,
        button=Button(voice.say(template, "button"), manage(brief, paper)),
        calendars=(_calendar(brief, paper, fact, with_whom=expert, link=_join(brief, paper, fact)),),
    )


def offered(brief: Brief, paper: Stationery) -> Letter:
    """A slot became free for who waited longest; it is theirs if they take it in time, so no calendar entry yet."""
    fact = content(brief, SlotOffered)
    voice, template, words = brief.voice, brief.notification.template, brief.moments
    expert = _expert(brief, fact)
    until = f"{words.day(fact.expires_at)}, {words.time(fact.expires_at)}"
    kept = Row(voice.say(template, "until"), until, words.beside(fact.expires_at, fact.expires_at))
    rows = (*_times(brief, fact), Row(voice.say("common", "with"), expert), kept)
    away = fact.reason == "expert-away"
    return framed(
        brief,
        subject=voice.say(template, "subject", expert=expert, day=words.day(fact.starts_at)),
        paragraphs=voice.paragraphs(template, "intro-away" if away else "intro", expert=expert),
        cards=(Card(voice.say("common", "meeting"), "waiting", voice.say(template, "badge"), rows=rows),),
        steps=(voice.say(template, "step-take"), voice.say(template, "step-leave")),
        button=Button(voice.say(template, "button"), manage(brief, paper)),
    )


def for_expert(brief: Brief, paper: Stationery) -> Letter:
    fact: BookingFact = content(brief, *get_args(BookingFact))
    voice, template = brief.voice, brief.notification.template
    guest = brief.attendee.name if brief.attendee is not None and brief.attendee.name else None
    organisation = brief.attendee.organisation if brief.attendee is not None else None
    shown = ", ".join(filter(None, (guest, organisation))) or voice.say("common", "attendee")
    date, time = brief.moments.day(fact.starts_at), brief.moments.time(fact.starts_at)
    rows = [*_times(brief, fact), Row(voice.say("common", "guest"), shown), *_where(brief, fact)]
    return framed(
        brief,
        subject=voice.say(template, "subject", day=date, time=time),
        cards=(_card(brief, fact, rows),),
        button=Button(voice.say(template, "button"), day(brief, paper, fact.desk)),
        calendars=(_calendar(brief, paper, fact, with_whom=shown, link=None),),
    )


def _times(brief: Brief, fact: BookingFact | SlotOffered) -> list[Row]:
    voice, words = brief.voice, brief.moments
    when = Row(
        voice.say("common", "when"),
        words.span(fact.starts_at, fact.ends_at),
        words.beside(fact.starts_at, fact.ends_at),
    )
    if not isinstance(fact, SlotMoved):
        return [when]
    length = fact.ends_at - fact.starts_at
    was = words.span(fact.previous_starts_at, fact.previous_starts_at + length)
    return [when, Row(voice.say("common", "was"), was)]


def _table(brief: Brief, fact: BookingFact) -> str | None:
    place = _desk(brief, fact)
    return None if place is None or place.table is None else brief.voice.say("common", "table", table=place.table)


def _where(brief: Brief, fact: BookingFact) -> list[Row]:
    table = None if isinstance(fact, SlotReleased) else _table(brief, fact)
    return [] if table is None else [Row(brief.voice.say("common", "where"), table)]


def _card(brief: Brief, fact: BookingFact, rows: list[Row]) -> Card:
    voice = brief.voice
    if isinstance(fact, SlotReleased):
        title, badge = voice.say("common", "meeting"), voice.say("status", "cancelled")
        return Card(title, "over", badge, voice.one_of("released-because", fact.reason), tuple(rows))
    return Card(voice.say("common", "meeting"), "good", voice.say("status", "confirmed"), rows=tuple(rows))


def _calendar(brief: Brief, paper: Stationery, fact: BookingFact, *, with_whom: str, link: str | None) -> Calendar:
    """The booking has one UID for ever, in both people's calendars."""
    entry = calendar.Entry(
        uid=f"{fact.booking_id}@{paper.domain}",
        sequence=fact.version,
        starts_at=fact.starts_at,
        ends_at=fact.ends_at,
        summary=f"{brief.title}: {with_whom}",
        location=_table(brief, fact) or (brief.voice.say("common", "online") if link is not None else None),
        url=link,
        attendee=(brief.to.name or brief.to.email, brief.to.email),
    )
    if isinstance(fact, SlotReleased):
        return Calendar("CANCEL", calendar.cancelled(entry, paper.now, paper.organiser(brief)), "cancelled.ics")
    return Calendar("REQUEST", calendar.requested(entry, paper.now, paper.organiser(brief)), "meeting.ics")


def _join(brief: Brief, paper: Stationery, fact: BookingFact) -> str | None:
    """A desk's meeting room is joined through the same page as a livestream; the part stands for the booking."""
    place = _desk(brief, fact)
    if place is None or place.join is None:
        return None
    return join(brief, paper, f"desk:{fact.desk}")


def _expert(brief: Brief, fact: BookingFact | SlotOffered) -> str:
    place = _desk(brief, fact)
    return fact.desk if place is None else place.expert


def _desk(brief: Brief, fact: BookingFact | SlotOffered) -> Desk | None:
    return brief.definition.desk(fact.desk)
