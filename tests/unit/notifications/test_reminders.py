"""A day before: who is reminded of what, when, when not any more, and in which words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import (
    Notification,
    Registration,
    Suppression,
    Template,
    View,
    evolve,
    hear,
    suppression,
    too_late,
)
from services.notifications.mails.letter import Letter, Person
from services.notifications.mails.letters import write
from services.notifications.mails.page import text
from shared.messages import Message
from shared.messages.scheduling import MeetingCancelled, MeetingScheduled, SlotBooked, SlotMoved, SlotReleased
from tests.support.notifications import G, heard, part
from tests.unit.notifications.samples import BOOKED, SLOT, R, brief, stationery

PARIS = ZoneInfo("Europe/Paris")
A_DAY = timedelta(hours=24)
LATER = SLOT + timedelta(hours=2)
BOB = Person("Bob Builder", "bob@example.org", "en", organisation="Works")
TWO: dict[str, Any] = {"gathering_id": G, "meeting_id": "m", "registration_ids": (R, "bob"), "part": "policy-event"}
TWO |= {"slot_id": "s", "starts_at": SLOT, "ends_at": SLOT + timedelta(minutes=15), "table": 4}


def booked(starts_at: datetime = SLOT, **over: Any) -> SlotBooked:
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=10)}
    return SlotBooked(**BOOKED | times | {"version": 1} | over)


def moved(starts_at: datetime = LATER, version: int = 2) -> SlotMoved:
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=10)}
    return SlotMoved(**BOOKED | times, version=version, previous_starts_at=SLOT)


def reminders(message: Message, said_at: datetime = SLOT - timedelta(days=9)) -> list[Notification]:
    mails = hear(View(), [replace(heard(message), time=said_at)]).notifications
    return [one for one in mails if one.template is Template.REMINDER]


def latest(about: str | None, *messages: Message) -> int:
    view = View()
    for message in messages:
        view = evolve(view, heard(message))
    return view.versions[about or ""]


def test_who_booked_is_reminded_once_and_the_expert_is_not() -> None:
    [mail] = reminders(booked())
    assert (mail.registration_id, mail.cause_id, mail.due_at) == (R, "cause", SLOT - A_DAY)
    twice = hear(View(), [heard(booked()), heard(booked())]).notifications
    assert len({one.id for one in twice}) == len(twice) == 3


@given(st.integers(0, 10**6))
def test_only_what_was_booked_earlier_than_a_day_before_is_reminded_of(seconds: int) -> None:
    said_at = SLOT - timedelta(seconds=seconds)
    assert len(reminders(booked(), said_at)) == (seconds > 24 * 3600)


@pytest.mark.parametrize(("seconds", "count"), [(-1, 1), (0, 0), (1, 0), (24 * 3600, 0), (90_000, 0)])
def test_the_edge_of_the_last_day(seconds: int, count: int) -> None:
    said_at = SLOT - A_DAY + timedelta(seconds=seconds)
    assert len(reminders(booked(), said_at)) == count
    assert len(reminders(MeetingScheduled(**TWO, version=1), said_at)) == 2 * count


def test_a_move_takes_the_reminder_to_the_new_time() -> None:
    [old], [new] = reminders(booked()), reminders(moved())
    now = latest(old.about, booked(), moved())
    assert new.due_at == LATER - A_DAY
    assert suppression(old, None, now) is Suppression.SUPERSEDED
    assert suppression(new, None, now) is None
    assert reminders(moved(), LATER - timedelta(hours=23)) == []


def test_both_who_meet_are_reminded_until_it_is_cancelled() -> None:
    mails = reminders(MeetingScheduled(**TWO, version=1))
    assert sorted(one.registration_id or "" for one in mails) == sorted([R, "bob"])
    assert len({one.id for one in mails}) == 2
    cancelled = MeetingCancelled(**TWO, version=2, reason="released")
    assert reminders(cancelled) == []
    for mail in mails:
        assert suppression(mail, None, latest(mail.about, cancelled)) is Suppression.SUPERSEDED


def test_what_was_released_is_not_reminded_of() -> None:
    [mail] = reminders(booked())
    released = SlotReleased(**BOOKED, version=2, reason="released")
    assert reminders(released) == []
    assert suppression(mail, None, latest(mail.about, booked(), released)) is Suppression.SUPERSEDED


def test_nobody_who_left_or_was_erased_is_reminded() -> None:
    [mail] = reminders(booked())
    assert suppression(mail, Registration(R, G, 1, (part(),)), 1) is None
    assert suppression(mail, Registration(R, G, 2, (part(status="cancelled"),)), 1) is Suppression.SUPERSEDED
    assert suppression(mail, Registration(R, G, 2, erased=True), 1) is Suppression.ERASED


def test_what_has_begun_is_not_reminded_of_and_other_mails_do_not_mind() -> None:
    [mail] = reminders(booked())
    assert too_late(mail, SLOT - timedelta(seconds=1)) is None
    assert too_late(mail, SLOT) is Suppression.TOO_LATE
    first = hear(View(), [heard(booked())]).notifications[0]
    assert too_late(first, SLOT) is None


@pytest.mark.parametrize(
    ("starts", "due"),
    [
        (datetime(2021, 10, 31, 10, 0, tzinfo=PARIS), "2021-10-30T11:00+02:00"),
        (datetime(2021, 10, 31, 2, 30, tzinfo=PARIS), "2021-10-30T02:30+02:00"),
        (datetime(2021, 10, 31, 2, 30, fold=1, tzinfo=PARIS), "2021-10-30T03:30+02:00"),
        (datetime(2021, 11, 1, 1, 30, tzinfo=PARIS), "2021-10-31T01:30+01:00"),
        (datetime(2021, 10, 31, 23, 30, tzinfo=PARIS), "2021-10-31T00:30+02:00"),
        (datetime(2022, 3, 27, 10, 0, tzinfo=PARIS), "2022-03-26T09:00+01:00"),
        (datetime(2022, 3, 27, 3, 30, tzinfo=PARIS), "2022-03-26T02:30+01:00"),
        (datetime(2022, 3, 28, 2, 30, tzinfo=PARIS), "2022-03-27T01:30+01:00"),
    ],
)
def test_a_day_is_24_hours_also_in_the_nights_when_clocks_change(starts: datetime, due: str) -> None:
    expected = datetime.fromisoformat(due)
    for fact in (booked(starts), booked(starts.astimezone(UTC))):
        [mail] = reminders(fact, expected - timedelta(seconds=1))
        assert mail.due_at == expected
        assert reminders(fact, expected) == []


@pytest.fixture
def letter(tmp_path: Path) -> Any:
    paper = stationery(tmp_path)

    def written(fact: SlotBooked | SlotMoved | MeetingScheduled, zone: str = "Europe/Paris", **over: Any) -> Letter:
        told = brief(
            Template.REMINDER, over.pop("language", "en"), reminders(fact, datetime(2021, 1, 1, tzinfo=UTC))[0].content
        )
        definition = told.definition.model_copy(update={"timezone": zone})
        return write(replace(told, definition=definition, **over), paper)

    return written


@pytest.mark.parametrize(
    ("starts", "zone", "when", "beside"),
    [
        ("2021-10-31T00:30Z", "Europe/Paris", "Sunday 31 October 2021, 02:30-02:40", "(CEST) · 00:30-00:40 UTC"),
        ("2021-10-31T01:30Z", "Europe/Paris", "Sunday 31 October 2021, 02:30-02:40", "(CET) · 01:30-01:40 UTC"),
        ("2022-03-27T00:55Z", "Europe/Paris", "Sunday 27 March 2022, 01:55-03:05", "(CET) · 00:55-01:05 UTC"),
        ("2022-03-27T01:00Z", "Europe/Paris", "Sunday 27 March 2022, 03:00-03:10", "(CEST) · 01:00-01:10 UTC"),
        (
            "2022-03-27T01:00Z",
            "America/New_York",
            "Saturday 26 March 2022, 21:00-21:10",
            "(EDT) · 27 Mar 01:00 - 27 Mar 01:10 UTC",
        ),
    ],
)
def test_times_are_the_gatherings_own_with_utc_for_who_is_elsewhere(
    letter: Any, starts: str, zone: str, when: str, beside: str
) -> None:
    written = letter(booked(datetime.fromisoformat(starts)), zone)
    words = text(written).replace("\N{EN DASH}", "-")
    assert f"When: {when}" in words
    assert beside in words
    assert written.subject == f"Reminder: your meeting on {when.partition('-')[0]}"


def test_the_mail_says_where_and_leads_to_the_page_and_changes_no_calendar(letter: Any) -> None:
    written = letter(moved())
    assert written.calendars == ()
    assert "Before" not in text(written)
    assert "With: Arnault Morisson" in text(written)
    assert "/v1/join/" in text(written)
    assert written.button is not None
    assert "/r/" in written.button.href
    assert "Rappel" in letter(booked(), language="fr").subject


def test_who_meets_somebody_is_reminded_of_whom_and_at_which_table(letter: Any) -> None:
    written = letter(MeetingScheduled(**TWO, version=1), other=BOB)
    assert "With: Bob Builder, Works" in text(written)
    assert "Where: Table 4" in text(written)
    assert written.calendars == ()
