"""Letters that open a door: an invitation, a ticket, a lost link, an expert's way to their day."""

import io

import segno

from services.notifications.domain import DeskAccess, Template
from services.notifications.mails.letter import Brief, Button, Card, Letter, Row, content
from services.notifications.mails.letters.frame import Stationery, button, day, framed, manage
from shared.messages.checkin import TicketIssued
from shared.messages.registration import InvitationIssued


def invitation(brief: Brief, paper: Stationery) -> Letter:
    fact = content(brief, InvitationIssued)
    voice, definition, words = brief.voice, brief.definition, brief.moments
    paragraphs = voice.paragraphs(Template.INVITATION, "intro", title=brief.title)
    if fact.delegation is not None:
        group = definition.delegation(fact.delegation)
        name = fact.delegation if group is None else group.name
        paragraphs += (voice.say(Template.INVITATION, "intro-delegation", delegation=name, places=fact.places),)
    rows = [
        Row(
            voice.say("common", "when"),
            words.span(definition.starts_at, definition.ends_at),
            words.beside(definition.starts_at, definition.ends_at),
        )
    ]
    if definition.venue is not None and (definition.venue.name or definition.venue.place):
        where = ", ".join(filter(None, (definition.venue.name, definition.venue.place)))
        rows.append(Row(voice.say("common", "where"), where))
    return framed(
        brief,
        paragraphs=paragraphs,
        cards=(Card(brief.title, rows=tuple(rows)),),
        steps=(voice.say(Template.INVITATION, "step-accept"), voice.say(Template.INVITATION, "step-deadline")),
        button=button(brief, paper.links.invitation(definition.gathering, brief.invitation or fact.invitation_id)),
        warning=None,
    )


def ticket(brief: Brief, paper: Stationery) -> Letter:
    fact = content(brief, TicketIssued)
    voice, words = brief.voice, brief.moments
    doors = [door for door in brief.definition.doors if door.door in fact.doors]
    cards = []
    for door in doors:
        part = brief.definition.part(door.part)
        title = door.door if part is None else part.title.in_language(brief.to.language)
        opening = Row(
            voice.say("common", "door-open"), words.span(door.opens, door.closes), words.beside(door.opens, door.closes)
        )
        cards.append(Card(title, rows=(opening,)))
    steps = ("step-early", "step-offline", "step-replaced")
    return framed(
        brief,
        cards=tuple(cards),
        steps=tuple(voice.say(Template.TICKET, step) for step in steps),
        button=button(brief, manage(brief, paper)),
        picture=qr_png(brief.ticket or ""),
        picture_says=voice.say(Template.TICKET, "picture"),
    )


def access_link(brief: Brief, paper: Stationery) -> Letter:
    steps = (brief.voice.say(Template.ACCESS_LINK, "step-ignore"),)
    href = manage(brief, paper)
    return framed(brief, steps=steps, button=Button(brief.voice.say(Template.ACCESS_LINK, "button"), href))


def desk_access(brief: Brief, paper: Stationery) -> Letter:
    told = content(brief, DeskAccess)
    voice, words = brief.voice, brief.moments
    place = brief.definition.desk(told.desk)
    hours = () if place is None else ((place.opens, place.closes), *((one.opens, one.closes) for one in place.also))
    rows = tuple(Row(voice.say("common", "when"), words.span(*one), words.beside(*one)) for one in hours)
    return framed(
        brief,
        cards=(Card(brief.to.name or told.desk, rows=rows),),
        steps=voice.paragraphs(Template.DESK_ACCESS, "steps"),
        button=button(brief, day(brief, paper, told.desk)),
    )


def qr_png(text: str) -> bytes:
    """Upper-case text stays in the alphanumeric mode, which makes larger modules; many mail programs show no SVG."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=6, border=4)
    return picture.getvalue()
