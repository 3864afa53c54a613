"""The acts of the rehearsal, in the order of their days."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cli.rehearsal.acts import (
    agenda,
    changes,
    deadline,
    door,
    follow_up,
    helpdesk,
    invitations,
    online,
    policy_rush,
    selection,
    workshop_rush,
)
from cli.rehearsal.stage import Stage

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Act:
    """What is played, and the time on Foyer's clock when its curtain rises."""

    title: str
    begins: datetime
    play: Callable[[Stage], Awaitable[None]]


def _at(month: int, day: int, hour: int, minute: int) -> datetime:
    return datetime(2021, month, day, hour, minute, tzinfo=PARIS)


ACTS: Sequence[Act] = (
    Act("Invitations go out to Partnerships and guests", _at(10, 1, 9, 30), invitations.play),
    Act("Registration opens: the rush", _at(10, 11, 8, 50), policy_rush.play),
    Act("The workshop opens: the second rush", _at(10, 18, 8, 50), workshop_rush.play),
    Act("Cancellations, changes, colleagues", _at(10, 25, 10, 0), changes.play),
    Act("The helpdesk scramble", _at(11, 8, 12, 0), helpdesk.play),
    Act("Midnight: the deadline", _at(11, 11, 23, 50), deadline.play),
    Act("The organisers select", _at(11, 12, 10, 0), selection.play),
    Act("The official agenda", _at(11, 15, 9, 0), agenda.play),
    Act("The door, first day", _at(11, 22, 8, 5), door.first_day),
    Act("The livestream", _at(11, 22, 9, 30), online.policy_event),
    Act("Site visits", _at(11, 22, 15, 5), door.site_visits),
    Act("The door, second day", _at(11, 23, 8, 10), door.second_day),
    Act("The partnering event's door", _at(11, 23, 13, 30), door.partnering),
    Act("What follows the policy event", _at(11, 24, 10, 0), follow_up.policy_event),
    Act("The workshop", _at(12, 10, 9, 10), online.workshop),
    Act("The follow-up article", _at(12, 10, 15, 0), follow_up.workshop),
)
