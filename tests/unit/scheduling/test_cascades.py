"""What follows from registrations, definitions and blocked time."""

from datetime import timedelta

import pytest

from services.scheduling.domain import BlockDesk, Reason, Status
from shared.messages.registration import RegistrationDeclined
from shared.messages.scheduling import SlotReleased
from tests.unit.scheduling.building import (
    NOON,
    G,
    after,
    asks,
    cancelled,
    changed,
    confirmed,
    desk_with,
    empty,
    erased,
    kinds,
    moves,
    opened,
    prefers,
    published,
    run,
    said,
    slot,
)

TEN = timedelta(minutes=10)


def reasons(outcome: object) -> list[str]:
    return [one.reason for one in said(outcome) if isinstance(one, SlotReleased)]  # type: ignore[arg-type]


def test_a_cancelled_registration_gives_up_its_meetings() -> None:
    outcome = run(after(opened(), asks(), asks("bob", slot(10))), cancelled())
    assert reasons(outcome) == ["registration-cancelled"]
    assert outcome.after.bookings["booking-bob"].live
    assert list(outcome.freed) == ["booking-ada"]


def test_a_switched_mode_that_loses_the_place_gives_up_the_meetings() -> None:
    booked = after(opened(), asks())
    assert reasons(run(booked, changed(status="waitlisted"))) == ["mode-changed"]
    assert reasons(run(booked, changed())) == []


def test_an_older_fact_changes_nothing() -> None:
    diary = after(opened(), changed(version=5), asks())
    assert not run(diary, cancelled(version=4)).decided
    assert not run(diary, changed(version=5)).decided


def test_a_meeting_that_has_begun_stays_when_the_registration_is_cancelled() -> None:
    outcome = run(after(opened(), asks()), cancelled(), at=NOON)
    assert not said(outcome)
    assert outcome.after.bookings["booking-ada"].live


def test_an_erased_person_leaves_no_word_behind() -> None:
    outcome = run(after(opened(), asks(), prefers(), asks("bob", slot(10))), erased())
    assert reasons(outcome) == ["erased"]
    assert outcome.after.bookings["booking-ada"].topic is None
    assert outcome.after.bookings["booking-bob"].topic == "sealed-topic"
    assert outcome.after.preferences == {}
    assert not run(outcome.after, erased(), confirmed(version=9)).decided
    assert after(outcome.after, asks("ada", slot(20), "late")).answers["late"].reason is Reason.NOT_REGISTERED


def test_the_topic_of_a_past_meeting_goes_too() -> None:
    diary = after(after(opened(), asks()), erased(), at=NOON + TEN)
    booking = diary.bookings["booking-ada"]
    assert booking.live
    assert booking.topic is None


def test_somebody_who_was_never_heard_of_can_be_erased() -> None:
    outcome = run(after(opened("bob"), asks()), erased())
    assert outcome.after.registrations["ada"].erased
    assert outcome.after.answers["booking-ada"].reason is Reason.NOT_REGISTERED


def test_a_narrower_window_releases_what_falls_outside() -> None:
    diary = after(opened(), asks("ada", slot(0)), asks("bob", slot(40)), asks("cyd", slot(40, "marc")))
    outcome = run(diary, published(2, desks=desk_with(closes="2021-12-10T13:30")))
    assert reasons(outcome) == ["outside-window"]
    assert outcome.after.bookings["booking-bob"].status is Status.RELEASED
    assert after(outcome.after, moves("cyd", slot(40))).answers["move-cyd-1"].reason is Reason.OUTSIDE_WINDOW


def test_another_length_of_slots_releases_what_no_longer_fits() -> None:
    diary = after(opened(), asks("ada", slot(0)))
    assert reasons(run(diary, published(2, desks=desk_with(slot_minutes=5)))) == ["outside-window"]


def test_meetings_that_have_begun_do_not_fall_outside() -> None:
    diary = after(opened(), asks("ada", slot(0)))
    assert reasons(run(diary, published(2, desks=[]), at=NOON)) == []


def test_a_definition_that_is_not_newer_changes_nothing() -> None:
    first = after(empty(), published(2))
    assert not run(first, published(2)).decided
    assert not run(first, published(1)).decided


def test_a_block_releases_the_meetings_in_it_and_keeps_others_out() -> None:
    diary = after(opened(), asks("ada", slot(0)), asks("bob", slot(20)))
    outcome = run(diary, BlockDesk("away", "anna", NOON - TEN, NOON + TEN, "train"))
    assert reasons(outcome) == ["expert-blocked"]
    block = outcome.after.blocks["away"]
    assert len(block.claims) == 4
    assert set(outcome.taken.values()) == {"away"}
    answer = after(outcome.after, asks("cyd", slot(0))).answers["booking-cyd"]
    assert answer.reason is Reason.SLOT_TAKEN
    assert answer.alternatives[0].id == slot(10)


def test_a_block_leaves_a_meeting_under_way_and_another_block_alone() -> None:
    diary = after(opened(), asks("ada", slot(0)), BlockDesk("first", "anna", NOON + TEN, NOON + 2 * TEN))
    outcome = run(diary, BlockDesk("second", "anna", NOON, NOON + 3 * TEN), at=NOON)
    assert not said(outcome)
    assert sorted(outcome.after.blocks["second"].claims) == [
        f"{G}:expert:anna:20211210T1220Z",
        f"{G}:expert:anna:20211210T1225Z",
    ]
    assert set(outcome.taken.values()) == {"second"}
    assert outcome.gathering_id == G


def test_a_block_that_is_not_on_the_grid_takes_every_tick_it_touches() -> None:
    odd = timedelta(minutes=3, seconds=7)
    block = after(opened(), BlockDesk("b", "anna", NOON + odd, NOON + TEN + odd)).blocks["b"]
    assert sorted(one[-6:] for one in block.claims) == ["T1200Z", "T1205Z", "T1210Z"]


@pytest.mark.parametrize("status", ["declined", "cancelled", "waitlisted"])
def test_a_place_that_is_withdrawn_releases_as_a_cancellation(status: str) -> None:
    fact = RegistrationDeclined(**changed(status=status).model_dump(include=set(RegistrationDeclined.model_fields)))
    assert reasons(run(after(opened(), asks()), fact)) == ["registration-cancelled"]


def test_facts_go_out_with_their_causes_in_order() -> None:
    outcome = run(after(opened(), asks()), cancelled(), asks("bob"))
    assert kinds(said(outcome)) == ["SlotReleased", "SlotBooked"]
    assert [one.cause for _, one in outcome.said] == [
        "cause-of-registrations/ada@2",
        "cause-of-submissions/booking-bob",
    ]
