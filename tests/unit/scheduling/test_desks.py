"""What a desk may ask for: hours, buffers, notice, windows, groups, tables, whichever expert is free, the stage."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from services.scheduling.domain import (
    Declined,
    Diary,
    Gathering,
    MoveBooking,
    Reason,
    ReleaseBooking,
    ReportMissed,
    Side,
    WalkIn,
)
from shared.messages.gathering.programme import Desk, Helpdesk
from shared.messages.scheduling import SlotMissed
from tests.unit.scheduling.building import (
    DESKS,
    EARLY,
    NOON,
    SESSIONS,
    G,
    after,
    asks,
    confirmed,
    definition,
    desk_with,
    empty,
    kinds,
    moves,
    opened,
    published,
    releases,
    reports,
    run,
    said,
    slot,
)

TEN = timedelta(minutes=10)


def starts(diary: Gathering, desk: str = "anna") -> list[str]:
    return [f"{one.starts_at:%H:%M}" for one in diary.slots.values() if one.desk == desk]


def grid(**changed: Any) -> list[str]:
    return starts(Gathering(G, 1, definition(desks=desk_with(**changed))))


def reason(diary: Diary, submission: str = "booking-ada") -> Reason | None:
    return diary.answers[submission].reason


def test_a_buffer_lies_between_slots_and_not_behind_the_last() -> None:
    assert grid(buffer_minutes=5) == ["12:00", "12:15", "12:30"]
    assert grid(buffer_minutes=10) == ["12:00", "12:20", "12:40"]


def test_more_hours_and_breaks_make_the_grid() -> None:
    also = [{"opens": "2021-12-10T14:00", "closes": "2021-12-10T14:20"}]
    breaks = [{"opens": "2021-12-10T13:15", "closes": "2021-12-10T13:30"}]
    assert grid(also=also, breaks=breaks) == ["12:00", "12:30", "12:40", "13:00", "13:10"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"buffer_minutes": 7},
        {"desk": "any"},
        {"also": [{"opens": "2021-12-10T14:00", "closes": "2021-12-10T13:00"}]},
        {"also": [{"opens": "2021-12-10T14:02", "closes": "2021-12-10T15:00"}]},
        {"per_slot": 0},
    ],
)
def test_what_is_no_desk_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Desk.model_validate(DESKS[0] | wrong)


def test_an_expert_of_groups_sits_at_one_desk() -> None:
    two = [DESKS[0] | {"per_slot": 2}, DESKS[1] | {"expert": DESKS[0]["expert"]}]
    with pytest.raises(ValidationError):
        Helpdesk.model_validate({"desks": two})


@pytest.mark.parametrize(
    ("zone", "opens", "closes", "expected"),
    [  # the clocks go back over an hour, and forward over one
        ("2021-10-31", "2021-10-31T01:30", "2021-10-31T04:00", 7),
        ("2022-03-27", "2022-03-27T01:30", "2022-03-27T04:00", 3),
    ],
)
def test_slots_are_real_hours_when_the_clocks_change(zone: str, opens: str, closes: str, expected: int) -> None:
    part = {"part": "day", "starts": f"{zone}T00:00", "ends": f"{zone}T23:00", "modes": {"remote": {}}}
    desks = [{"desk": "anna", "expert": "Anna", "opens": opens, "closes": closes, "slot_minutes": 30}]
    gathering = Gathering(G, 1, definition(sessions=[], desks=desks, parts=[part]))
    slots = list(gathering.slots.values())
    assert len(slots) == expected
    assert all(one.ends_at - one.starts_at == timedelta(minutes=30) for one in slots)
    assert all(one.ends_at == two.starts_at for one, two in pairwise(slots))
    assert len({one.id for one in slots}) == expected
    paris, lagos = ZoneInfo("Europe/Paris"), ZoneInfo("Africa/Lagos")  # Lagos knows no summer time
    shifts = {one.starts_at.astimezone(paris).utcoffset() for one in slots}
    assert len(shifts) == 2
    assert {one.starts_at.astimezone(lagos).utcoffset() for one in slots} == {timedelta(hours=1)}


def test_claims_of_the_repeated_hour_are_two_hours() -> None:
    part = {"part": "day", "starts": "2021-10-31T00:00", "ends": "2021-10-31T23:00", "modes": {"remote": {}}}
    desks = [DESKS[0] | {"opens": "2021-10-31T01:30", "closes": "2021-10-31T04:00", "per_person": None}]
    diary = opened(sessions=[], desks=desks, parts=[part])
    at = datetime(2021, 10, 30, tzinfo=UTC)
    first, second = "anna-20211031T0000Z", "anna-20211031T0100Z"  # both read 02:00 in Paris
    diary = after(diary, asks("ada", first, at=at), asks("bob", second, at=at), at=at)
    assert {one.live for one in diary.bookings.values()} == {True}


def test_notice_is_kept_to_the_second_and_does_not_bind_staff() -> None:
    diary = opened(desks=desk_with(notice_minutes=60))
    last = NOON - timedelta(minutes=60)
    assert reason(after(diary, asks(at=last - timedelta(seconds=1)))) is None
    assert reason(after(diary, asks(at=last))) is Reason.TOO_LATE
    walked_in = run(diary, WalkIn("walk-1", "ada", "anna"), at=last)
    assert walked_in.after.bookings["walk-1"].slot.id == slot(0)


def test_windows_to_cancel_and_to_move_are_apart() -> None:
    diary = after(opened(desks=desk_with(cancel_until_minutes=120, reschedule_until_minutes=60)), asks())
    late = NOON - timedelta(minutes=90)
    assert reason(after(diary, releases(at=late)), "release-ada-1") is Reason.TOO_LATE
    assert reason(after(diary, moves(at=late)), "move-ada-1") is None
    later = NOON - timedelta(minutes=60)
    assert reason(after(diary, moves(at=later)), "move-ada-1") is Reason.TOO_LATE


def test_staff_override_the_windows_but_never_a_claim() -> None:
    diary = after(
        opened(desks=desk_with(cancel_until_minutes=120, reschedule_until_minutes=120)), asks(), asks("bob", slot(10))
    )
    late = NOON - timedelta(minutes=5)
    outcome = run(diary, MoveBooking("booking-ada", "ada", slot(10)), at=late)
    assert [one.fact for one in outcome.decided] == [Declined(Reason.SLOT_TAKEN, outcome.decided[0].fact.alternatives)]  # type: ignore[union-attr]
    assert outcome.after.bookings == diary.bookings
    moved = run(diary, MoveBooking("booking-ada", "ada", slot(20)), at=late)
    assert kinds(said(moved)) == ["SlotMoved"]
    assert run(moved.after, MoveBooking("booking-ada", "ada", slot(20)), at=late).decided == ()
    gone = run(moved.after, ReleaseBooking("booking-ada", "ada"), at=late)
    assert kinds(said(gone)) == ["SlotReleased"]
    assert run(gone.after, ReleaseBooking("booking-ada", "ada"), at=late).decided == ()
    again = run(gone.after, MoveBooking("booking-ada", "ada", slot(0)), at=late)
    assert [one.fact for one in again.decided] == [Declined(Reason.TOO_LATE)]


def test_a_group_fills_its_seats_and_then_is_full() -> None:
    diary = after(
        opened("ada", "bob", "cyd", desks=[DESKS[0] | {"per_slot": 2}]), asks("ada"), asks("bob"), asks("cyd")
    )
    assert [reason(diary, f"booking-{who}") for who in ("ada", "bob", "cyd")] == [None, None, Reason.SLOT_TAKEN]
    assert [one.experts for one in diary.bookings.values()] == [("anna",), ("anna.2",)]
    diary = after(diary, releases("ada"), asks("cyd", booking="again"))
    assert diary.bookings["again"].experts == ("anna",)


def test_two_desks_share_no_table_at_one_time() -> None:
    desks = [desk | {"table": "table-1"} for desk in DESKS]
    diary = after(
        opened(desks=desks), asks("ada"), asks("bob", slot(0, "marc")), asks("bob", slot(10, "marc"), "other")
    )
    assert reason(diary, "booking-bob") is Reason.SLOT_TAKEN
    assert reason(diary, "other") is None


def test_any_expert_is_whoever_is_free_then_and_has_least_to_do() -> None:
    diary = after(opened(), asks("bob", slot(20)), asks("ada", "any-20211210T1200Z"))
    assert diary.bookings["booking-ada"].slot.id == slot(0, "marc")
    diary = after(diary, asks("cyd", "any"))
    assert diary.bookings["booking-cyd"].slot.id == slot(0)
    nobody = after(diary, asks("ada", "any-20211210T1000Z", "x"), asks("ada", "any-20211210T1200Z", "y"))
    assert reason(nobody, "x") is Reason.OUTSIDE_WINDOW
    assert reason(nobody, "y") is Reason.SLOT_TAKEN
    assert reason(after(diary, asks("ada", "any", "late", at=NOON + timedelta(hours=2))), "late") is Reason.TOO_LATE


def test_any_expert_respects_limits_and_the_persons_own_time() -> None:
    diary = after(opened(desks=DESKS[:1]), asks("ada", "any"), asks("ada", "any", "second"))
    assert reason(diary, "second") is Reason.LIMIT_REACHED
    busy = after(opened(), asks("ada"), asks("ada", "any-20211210T1200Z", "second"))
    assert reason(busy, "second") is Reason.CONFLICT


def test_a_meeting_is_moved_to_any_expert() -> None:
    diary = after(opened(), asks("ada"), asks("bob", slot(10)), moves("ada", "any-20211210T1210Z"))
    assert diary.bookings["booking-ada"].slot.id == slot(10, "marc")
    assert diary.bookings["booking-ada"].left == {"anna"}


def test_an_expert_on_a_stage_is_at_no_desk() -> None:
    talk = SESSIONS[0] | {"session": "talk", "starts": "2021-12-10T13:05", "ends": "2021-12-10T13:15", "room": None}
    talk |= {"speakers": [{"name": "Anna Expert"}]}
    diary = after(released_with([talk]), asks("ada"), asks("bob", slot(0, "marc")), asks("cyd", slot(20)))
    assert [reason(diary, f"booking-{who}") for who in ("ada", "bob", "cyd")] == [Reason.SLOT_TAKEN, None, None]
    assert slot(10) not in {one.id for one in diary.answers["booking-ada"].alternatives}


def test_nobody_books_over_a_session_they_must_attend() -> None:
    must = SESSIONS[1] | {
        "session": "must",
        "starts": "2021-12-10T13:00",
        "ends": "2021-12-10T13:10",
        "mandatory": True,
    }
    diary = after(released_with([must]), asks("ada"), asks("bob", slot(10)))
    assert (reason(diary), reason(diary, "booking-bob")) == (Reason.CONFLICT, None)


def test_who_did_not_come_is_noted_once_it_has_begun() -> None:
    diary = after(opened(), asks())
    order = ReportMissed("booking-ada", "ada", Side.EXPERT)
    assert [one.fact for one in run(diary, order).decided] == [Declined(Reason.NOT_BEGUN)]
    outcome = run(diary, order, at=NOON)
    (fact,) = said(outcome)
    assert isinstance(fact, SlotMissed)
    assert (fact.who, fact.version) == ("expert", 2)
    assert run(outcome.after, order, at=NOON).decided == ()
    both = run(outcome.after, ReportMissed("booking-ada", "ada", Side.ATTENDEE), at=NOON)
    assert both.after.bookings["booking-ada"].missed == {Side.ATTENDEE, Side.EXPERT}


def test_its_holder_says_that_the_expert_did_not_come() -> None:
    diary = after(opened(), asks())
    early = run(diary, reports(at=NOON - timedelta(seconds=1)))
    assert early.after.answers["report-ada-1"].reason is Reason.NOT_BEGUN
    others = run(diary, reports("bob", booking="booking-ada"))
    assert others.after.answers["report-bob-1"].reason is Reason.NO_SUCH_BOOKING
    outcome = run(diary, reports())
    (fact,) = said(outcome)
    assert isinstance(fact, SlotMissed)
    assert (fact.who, fact.by, fact.version) == ("expert", "attendee", 2)
    again = run(outcome.after, reports(number=2))
    assert said(again) == []
    assert again.after.answers["report-ada-2"].booking == replace(outcome.after.bookings["booking-ada"], topic=None)
    given_up = after(diary, releases())
    assert run(given_up, reports()).after.answers["report-ada-1"].reason is Reason.TOO_LATE


def test_a_walk_in_takes_the_slot_under_way_or_the_next() -> None:
    diary = after(opened(), asks("ada"))
    now = NOON + timedelta(minutes=4)
    outcome = run(diary, WalkIn("walk-1", "bob", "anna"), at=now)
    assert outcome.after.bookings["walk-1"].slot.id == slot(10)
    assert run(outcome.after, WalkIn("walk-1", "bob", "anna"), at=now).decided == ()
    named = run(outcome.after, WalkIn("walk-2", "cyd", "anna", slot(0)), at=now)
    assert isinstance(named.decided[0].fact, Declined)
    here = run(diary, WalkIn("walk-2", "cyd", "marc"), at=now)
    assert here.after.bookings["walk-2"].slot.id == slot(0, "marc")
    stranger = run(diary, WalkIn("walk-3", "nobody", "anna"), at=now)
    assert [one.fact for one in stranger.decided] == [Declined(Reason.NOT_REGISTERED)]
    over = run(diary, WalkIn("walk-4", "cyd", "anna"), at=NOON + timedelta(hours=3))
    assert [one.fact for one in over.decided] == [Declined(Reason.TOO_LATE)]
    busy = run(diary, WalkIn("walk-5", "ada", "anna"), at=slot_end(diary, "anna") - timedelta(minutes=1))
    assert busy.after.bookings["walk-5"].slot.desk == "anna"
    full = run(busy.after, WalkIn("walk-6", "cyd", "anna"), at=slot_end(diary, "anna") - timedelta(minutes=1))
    assert [one.fact for one in full.decided] == [Declined(Reason.SLOT_TAKEN)]


def slot_end(diary: Diary, desk: str) -> datetime:
    """When the last slot of a desk ends."""
    assert diary.gathering is not None
    return max(one.ends_at for one in diary.gathering.slots.values() if one.desk == desk)


def released_with(sessions: list[dict[str, Any]]) -> Diary:
    """Opened the long way, so that its agenda is released."""
    return after(empty(), published(sessions=sessions), *(confirmed(who) for who in ("ada", "bob", "cyd")), at=EARLY)
