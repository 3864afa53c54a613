"""How scheduling's things look from outside: answers, agendas, desks, diaries, calendars."""

from services.scheduling.views.agenda import agenda, agenda_calendar, draft
from services.scheduling.views.bookings import booking, day, desks, exported, nowhere, preferences, reply
from services.scheduling.views.diary import Diary, diary, diary_calendar

__all__ = [
    "Diary",
    "agenda",
    "agenda_calendar",
    "booking",
    "day",
    "desks",
    "diary",
    "diary_calendar",
    "draft",
    "exported",
    "nowhere",
    "preferences",
    "reply",
]
