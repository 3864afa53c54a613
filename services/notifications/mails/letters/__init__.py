"""One builder per kind of mail: it chooses the words and leaves the layout alone."""

from collections.abc import Callable, Mapping
from typing import Final

from services.notifications.domain import Template
from services.notifications.mails.letter import Brief, Letter
from services.notifications.mails.letters import arrival, broadcast, decision, meeting, reminder, substitution, together
from services.notifications.mails.letters.frame import Stationery

Builder = Callable[[Brief, Stationery], Letter]

BUILDERS: Final[Mapping[Template, Builder]] = {
    Template.CANCELLED: decision.letter,
    Template.CHANGED: decision.letter,
    Template.SUBSTITUTED: substitution.taken_over,
    Template.HANDED_ON: substitution.handed_on,
    Template.CHANGE_REFUSED: decision.refused,
    Template.CONFIRMED: decision.letter,
    Template.AWAITING_SELECTION: decision.letter,
    Template.WAITLISTED: decision.letter,
    Template.DECLINED: decision.letter,
    Template.RESCHEDULED: decision.rescheduled,
    Template.INVITATION: arrival.invitation,
    Template.TICKET: arrival.ticket,
    Template.ACCESS_LINK: arrival.access_link,
    Template.DESK_ACCESS: arrival.desk_access,
    Template.SLOT_BOOKED: meeting.for_attendee,
    Template.SLOT_MOVED: meeting.for_attendee,
    Template.SLOT_RELEASED: meeting.for_attendee,
    Template.SLOT_OFFERED: meeting.offered,
    Template.SLOT_BOOKED_EXPERT: meeting.for_expert,
    Template.SLOT_MOVED_EXPERT: meeting.for_expert,
    Template.SLOT_RELEASED_EXPERT: meeting.for_expert,
    Template.ROOM_ASSIGNED: together.room,
    Template.ROOM_RELEASED: together.room,
    Template.MEETING_SCHEDULED: together.meeting,
    Template.MEETING_CANCELLED: together.meeting,
    Template.REMINDER: reminder.letter,
    Template.AGENDA_PUBLISHED: broadcast.agenda,
    Template.AGENDA_CHANGED: broadcast.agenda_changed,
    Template.ANNOUNCEMENT: broadcast.announcement,
    Template.FOLLOW_UP: broadcast.follow_up,
}


def write(brief: Brief, paper: Stationery) -> Letter:
    return BUILDERS[brief.notification.template](brief, paper)
