"""Who is told what, and when it is no longer true: pure decisions over ids, states and versions."""

from services.notifications.domain.decisions import decide, evolve, hear
from services.notifications.domain.kinds import (
    FOR_EXPERTS,
    LIVE,
    SETTLING,
    Article,
    Content,
    DeskAccess,
    FormerTimes,
    News,
    Rescheduled,
    Suppression,
    Template,
)
from services.notifications.domain.reminders import too_late
from services.notifications.domain.sending import (
    AHEAD,
    GIVE_UP_AFTER,
    LATEST,
    UNKNOWN_AFTER,
    next_pass,
    next_try,
    suppression,
)
from services.notifications.domain.state import (
    Audience,
    Gathering,
    Mailing,
    Notification,
    Outcome,
    Progress,
    Registration,
    View,
    notification_id,
)
from services.notifications.domain.subjects import concerned, subject_of

__all__ = [
    "AHEAD",
    "FOR_EXPERTS",
    "GIVE_UP_AFTER",
    "LATEST",
    "LIVE",
    "SETTLING",
    "UNKNOWN_AFTER",
    "Article",
    "Audience",
    "Content",
    "DeskAccess",
    "FormerTimes",
    "Gathering",
    "Mailing",
    "News",
    "Notification",
    "Outcome",
    "Progress",
    "Registration",
    "Rescheduled",
    "Suppression",
    "Template",
    "View",
    "concerned",
    "decide",
    "evolve",
    "hear",
    "next_pass",
    "next_try",
    "notification_id",
    "subject_of",
    "suppression",
    "too_late",
]
