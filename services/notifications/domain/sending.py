"""When a mail is no longer true, and when one that was put off is tried again."""

from datetime import datetime, timedelta
from typing import Final

from services.notifications.domain.kinds import FOR_EXPERTS, HOLDS_A_MEETING, Suppression, Template
from services.notifications.domain.state import Mailing, Notification, Registration

GIVE_UP_AFTER: Final = timedelta(hours=48)  # of "not now"; an absent mail server is waited for without end
UNKNOWN_AFTER: Final = timedelta(seconds=60)  # of waiting for a gathering that is not here
SOONEST: Final = timedelta(seconds=2)
LATEST: Final = timedelta(minutes=15)
AHEAD: Final = timedelta(minutes=1)  # later than a new mail waits, or one that was put off: a clock that was wrong
LATE_NEWS: Final = timedelta(seconds=60)  # within which all that has happened is heard of
NEXT_PASS: Final = timedelta(seconds=1)


def suppression(told: Notification, registration: Registration | None, latest: int) -> Suppression | None:
    """Whether a mail has become untrue since it was caused; `latest` is the newest version of what it is about."""
    known = registration or Registration(told.registration_id or "", told.gathering_id)
    if known.erased and told.template not in FOR_EXPERTS:
        return Suppression.ERASED
    if told.version < latest:
        return Suppression.SUPERSEDED
    if told.audience is not None and not told.audience.includes(known):
        return Suppression.NOT_ADDRESSED
    heard_of = known.version > 0 or known.erased
    if heard_of and told.template is Template.TICKET and not known.holds("in-person"):
        return Suppression.SUPERSEDED
    if heard_of and told.template in HOLDS_A_MEETING and not known.live:
        return Suppression.SUPERSEDED
    return None


def next_try(queued_at: datetime, now: datetime) -> datetime | None:
    """After an answer that means "not now": when a tenth of its age has passed again; `None` gives up."""
    age = now - queued_at
    if age >= GIVE_UP_AFTER:
        return None
    return now + min(max(age / 10, SOONEST), LATEST)


def next_pass(mailing: Mailing, recorded_at: datetime, now: datetime) -> datetime | None:
    """When a mailing to those who attended is carried out again: that somebody was there is heard a moment later.

    Ever less often, for a minute; who was queued before is not queued again. `None`: it was the last time.
    """
    age = now - recorded_at
    if not mailing.audience.attended or age >= LATE_NEWS:
        return None
    return now + max(age, NEXT_PASS)
