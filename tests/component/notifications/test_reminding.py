"""From a booking to the mail of the day before, by a clock that may be moved past all of it."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from services.notifications.outbound import Answer, Later
from shared.messages.registration import RegistrationChanged
from shared.messages.scheduling import SlotBooked, SlotMoved, SlotReleased
from tests.component.notifications.test_sending import BOOKING, Desk, build, desk, published
from tests.support.notifications import confirmed, fact, part
from tests.unit.notifications.samples import SLOT

__all__ = ["build", "desk"]  # the fixtures

A_DAY = timedelta(hours=24)
BOOKED = SlotBooked(**BOOKING, version=1)


def reminded(desk: Desk) -> list[str]:
    mails = (one for one in desk.server.taken if one["Subject"].startswith("Reminder"))
    return [one["To"].addresses[0].addr_spec for one in mails]


async def told(desk: Desk, *messages: Any) -> None:
    """A day's mails are out before the next thing happens."""
    await desk.hear(published(), confirmed("a"), *messages)
    await desk.work()


async def test_the_reminder_goes_out_a_day_before_and_once_also_after_a_restart(
    desk: Desk, build: Callable[..., Desk]
) -> None:
    await told(desk, BOOKED)
    desk.clock.at = SLOT - A_DAY - timedelta(seconds=1)
    await desk.work()
    assert (reminded(desk), desk.store.statuses()["reminder"]) == ([], "scheduled")
    desk.clock.forward(seconds=1)
    await desk.reminding.step()
    again = build(desk.store)
    again.clock.at = desk.clock.at
    for _ in range(3):
        await again.hear(published(), confirmed("a"), BOOKED)
        await again.work()
        again.clock.forward(hours=1)
    assert reminded(again) == ["a@example.org"]
    [said] = [one for one in desk.store.said if getattr(one, "template", "") == "reminder"]
    assert said.model_dump()["sent_at"] == SLOT - A_DAY


async def test_what_has_moved_is_reminded_of_at_its_new_time_alone(desk: Desk) -> None:
    later = {"starts_at": SLOT + timedelta(hours=2), "ends_at": SLOT + timedelta(hours=3)}
    moved = SlotMoved(**BOOKING | later, version=2, previous_starts_at=SLOT)
    await told(desk, BOOKED)
    await told(desk, moved)
    desk.clock.at = SLOT - A_DAY
    await desk.work()
    assert reminded(desk) == []
    desk.clock.forward(hours=2)
    await desk.work()
    assert reminded(desk) == ["a@example.org"]
    assert ("suppressed", "superseded") in desk.statuses()


async def test_what_was_given_up_is_not_reminded_of(desk: Desk) -> None:
    await told(desk, BOOKED)
    await told(desk, SlotReleased(**BOOKING, version=2, reason="released"))
    desk.clock.at = SLOT - A_DAY
    await desk.work()
    assert reminded(desk) == []
    assert desk.store.statuses()["reminder"] == "suppressed"


async def test_whoever_holds_it_now_is_reminded(desk: Desk) -> None:
    await told(desk, BOOKED)
    desk.people.people["a"] = desk.people.people["b"].model_copy(update={"generation": 1, "version": 2})
    await told(desk, fact(RegistrationChanged, "a", 2, part(), substituted=True))
    desk.clock.at = SLOT - A_DAY
    await desk.work()
    assert reminded(desk) == ["b@example.org"]


async def test_a_clock_moved_past_several_sends_each_once_and_none_of_what_has_begun(desk: Desk) -> None:
    next_day = {"starts_at": SLOT + A_DAY, "ends_at": SLOT + A_DAY + timedelta(minutes=10)}
    others = [
        SlotBooked(**BOOKING | {"booking_id": f"b-{who}", "registration_id": who} | next_day, version=1) for who in "bc"
    ]
    await told(desk, BOOKED, confirmed("b"), confirmed("c"), *others)
    desk.clock.at = SLOT
    for _ in range(2):
        await desk.work()
    assert sorted(reminded(desk)) == ["b@example.org", "c@example.org"]
    assert desk.statuses().count(("suppressed", "too-late")) == 1


async def test_a_reminder_that_is_put_off_past_the_start_ends(desk: Desk) -> None:
    async def answer(_: EmailMessage) -> Answer:
        return Later("SMTPDataError 451")

    await told(desk, BOOKED)
    desk.server.answer = answer
    desk.clock.at = SLOT - A_DAY
    await desk.work()
    assert desk.store.statuses()["reminder"] == "queued"
    desk.clock.at = SLOT
    await desk.work()
    assert desk.store.statuses()["reminder"] == "suppressed"
