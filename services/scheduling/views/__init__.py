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
from services.scheduling.views.feeds import Desk, expert_calendar, room_calendar
from services.scheduling.views.sheet import sheet

__all__ = [
    "Desk",
    "Diary",
    "agenda",
    "agenda_calendar",
    "booking",
    "day",
    "declined",
    "desks",
    "diary",
    "diary_calendar",
    "draft",
    "expert_calendar",
    "exported",
    "hold",
    "nowhere",
    "preferences",
    "reply",
    "room_calendar",
    "sheet",
    "turn",
]
