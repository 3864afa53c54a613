"""How scheduling's things look from outside: answers, agendas, desks, diaries, calendars."""

from services.scheduling.views.agenda import agenda, agenda_calendar, draft
from services.scheduling.views.bookings import (
    booking,
    day,
    declined,
    desks,
    exported,
    hold,
    nowhere,
    preferences,
    reply,
    turn,
)
from services.scheduling.views.diary import Diary, diary, diary_calendar
from services.scheduling.views.encounters import assignment, guest, meeting
from services.scheduling.views.feeds import Desk, expert_calendar, room_calendar
from services.scheduling.views.partnering import by_person, by_table, profile, result, texts
from services.scheduling.views.proposals import effect, head, job, people_of, proposal, published, stale
from services.scheduling.views.sheet import sheet

__all__ = [
    "Desk",
    "Diary",
    "agenda",
    "agenda_calendar",
    "assignment",
    "booking",
    "by_person",
    "by_table",
    "day",
    "declined",
    "desks",
    "diary",
    "diary_calendar",
    "draft",
    "effect",
    "expert_calendar",
    "exported",
    "guest",
    "head",
    "hold",
    "job",
    "meeting",
    "nowhere",
    "people_of",
    "preferences",
    "profile",
    "proposal",
    "published",
    "reply",
    "result",
    "room_calendar",
    "sheet",
    "stale",
    "texts",
    "turn",
]
