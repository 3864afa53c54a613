"""The acts of the rehearsal, in the order of their days."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cli.rehearsal.acts import (
    agenda,
    changes,
    deadline,
    door,
    expert,
    follow_up,
    groups,
    helpdesk,
    invitations,
    limits,
    nights,
    online,
    partnering,
    policy_rush,
    selection,
    turns,
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
    Act("Two nights are announced", _at(10, 1, 9, 10), nights.announced),
    Act("Invitations go out to Partnerships and guests", _at(10, 1, 9, 30), invitations.play),
    Act("Registration opens: the rush", _at(10, 11, 8, 50), policy_rush.play),
    Act("The workshop opens: the second rush", _at(10, 18, 8, 50), workshop_rush.play),
    Act("Cancellations, changes, colleagues", _at(10, 25, 10, 0), changes.play),
    Act("People for the two nights, and their rooms", _at(10, 29, 10, 0), nights.gathers),
    Act("An expert takes two, and an hour is given back", _at(10, 29, 11, 0), limits.play),
    Act("Meetings in the small hours", _at(10, 30, 18, 0), nights.meets),
    Act("02:50, and the clocks go back", datetime(2021, 10, 31, 0, 50, tzinfo=UTC), nights.clocks_go_back),
    Act("The helpdesk scramble", _at(11, 8, 12, 0), helpdesk.play),
    Act("Holds, any expert, the waiting list", _at(11, 9, 12, 0), turns.play),
    Act("Midnight: the deadline", _at(11, 11, 23, 50), deadline.play),
    Act("The organisers select", _at(11, 12, 10, 0), selection.play),
    Act("The official agenda", _at(11, 15, 9, 0), agenda.play),
    Act("Profiles, and whom to meet", _at(11, 16, 9, 0), partnering.profiles),
    Act("Meetings are proposed, twice", _at(11, 19, 10, 0), partnering.two_runs),
    Act("The door, first day", _at(11, 22, 8, 5), door.first_day),
    Act("The livestream", _at(11, 22, 9, 30), online.policy_event),
    Act("Site visits", _at(11, 22, 15, 5), door.site_visits),
    Act("The door, second day", _at(11, 23, 8, 10), door.second_day),
    Act("The partnering event's door", _at(11, 23, 13, 30), door.partnering),
    Act("The partnering event", _at(11, 23, 15, 5), partnering.afternoon),
    Act("What follows the policy event", _at(11, 24, 10, 0), follow_up.policy_event),
    Act("Working groups", _at(12, 2, 10, 0), groups.play),
    Act("An expert falls ill", _at(12, 10, 8, 0), expert.falls_ill),
    Act("The workshop", _at(12, 10, 9, 10), online.workshop),
    Act("The expert receives", _at(12, 10, 11, 42), expert.receives),
    Act("The follow-up article", _at(12, 10, 15, 0), follow_up.workshop),
    Act("01:40, and the clocks go forward", datetime(2022, 3, 27, 0, 40, tzinfo=UTC), nights.clocks_go_forward),
)
