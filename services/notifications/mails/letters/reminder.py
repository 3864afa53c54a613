"""The letter of the day before: what was booked, as its first mail said it; the entry is in their calendar already."""

from dataclasses import replace
from typing import get_args

from services.notifications.domain import Template
from services.notifications.mails.letter import Brief, Letter, content
from services.notifications.mails.letters import meeting, together
from services.notifications.mails.letters.frame import Stationery
from shared.messages.scheduling import MeetingScheduled, SlotBooked

Reminded = SlotBooked | MeetingScheduled


def letter(brief: Brief, paper: Stationery) -> Letter:
    fact: Reminded = content(brief, *get_args(Reminded))
    of_two = isinstance(fact, MeetingScheduled)
    first = Template.MEETING_SCHEDULED if of_two else Template.SLOT_BOOKED
    as_booked = replace(brief, notification=replace(brief.notification, template=first))
    written = together.meeting(as_booked, paper) if of_two else meeting.for_attendee(as_booked, paper)
    voice, words = brief.voice, brief.moments
    return replace(
        written,
        subject=voice.say(Template.REMINDER, "subject", day=words.day(fact.starts_at), time=words.time(fact.starts_at)),
        headline=voice.say(Template.REMINDER, "headline"),
        paragraphs=voice.paragraphs(Template.REMINDER, "intro"),
        calendars=(),
    )
