"""Asking for a slot, moving it, giving it up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.scheduling.domain import BlockDesk, Command, Diary, MoveBooking, Reason, Status, WalkIn, decide, settle
from shared.messages import Message
from shared.messages.envelope import Received, ReplyTo
from shared.messages.scheduling import SlotBooked, SlotMoved, SlotRefused, SlotReleased
from tests.unit.scheduling.building import (
    DESKS,
    EARLY,
    NOON,
    G,
    after,
    asks,
    cancelled,
    command,
    confirmed,
    desk_with,
    empty,
    erased,
    kinds,
    moves,
    opened,
    prefers,
    published,
    releases,
    run,
    said,
    slot,
    waitlisted,
)


def reason(diary: Diary, submission: str) -> Reason | None:
    return diary.answers[submission].reason


def test_a_confirmed_person_gets_a_free_slot() -> None:
    outcome = run(opened(), asks())
    assert said(outcome) == [
        SlotBooked(
            gathering_id=G,
            booking_id="booking-ada",
            registration_id="ada",
            desk="anna",
            slot_id="anna-20211210T1200Z",
            starts_at=NOON,
            ends_at=NOON + timedelta(minutes=10),
            version=1,
        )
    ]
    booking = outcome.after.bookings["booking-ada"]
    assert booking.topic == "sealed-topic"
    assert outcome.taken == dict.fromkeys(booking.claims, "booking-ada")
    assert sorted(booking.claims) == [
        "workshop-2021:attendee:ada:20211210T1200Z",
        "workshop-2021:attendee:ada:20211210T1205Z",
        "workshop-2021:expert:anna:20211210T1200Z",
        "workshop-2021:expert:anna:20211210T1205Z",
    ]
    assert outcome.after.answers["booking-ada"].booking == replace(booking, topic=None)


def test_the_second_who_wants_a_slot_is_offered_others_at_the_same_desk_first() -> None:
    outcome = run(opened(), asks("ada", slot(10)), asks("bob", slot(10)))
    answer = outcome.after.answers["booking-bob"]
    assert answer.reason is Reason.SLOT_TAKEN
    assert [one.id for one in answer.alternatives] == [slot(20), slot(30), slot(40), slot(0), slot(10, "marc")]
    assert isinstance(said(outcome)[1], SlotRefused)


def test_no_slot_is_offered_that_the_person_could_not_take() -> None:
    full = after(opened(), asks("ada", slot(0, "marc")), asks("bob", slot(20)))
    answer = after(full, asks("ada", slot(20), "second")).answers["second"]
    assert [one.id for one in answer.alternatives] == [slot(30), slot(40), slot(10)]
    late = NOON + timedelta(minutes=15)
    answer = after(full, asks("cyd", slot(20), "third", at=late)).answers["third"]
    assert [one.id for one in answer.alternatives] == [
        slot(30),
        slot(40),
        slot(20, "marc"),
        slot(30, "marc"),
        slot(40, "marc"),
    ]


def test_somebody_who_is_not_confirmed_gets_no_slot() -> None:
    diary = after(opened("ada"), waitlisted("bob"), cancelled("ada"))
    outcome = run(diary, asks("ada"), asks("bob"))
    assert [reason(outcome.after, one) for one in ("booking-ada", "booking-bob")] == [Reason.NOT_REGISTERED] * 2


@pytest.mark.parametrize("wanted", ["anna-20211210T1203Z", "anna-20211210T1250Z", "nobody-20211210T1200Z", "x"])
def test_a_slot_that_is_not_on_the_grid_is_refused(wanted: str) -> None:
    assert reason(after(opened(), asks(slot_id=wanted)), "booking-ada") is Reason.OUTSIDE_WINDOW


def test_a_slot_that_had_begun_when_it_was_asked_for_is_too_late() -> None:
    diary = opened()
    assert reason(after(diary, asks(at=NOON)), "booking-ada") is Reason.TOO_LATE
    assert reason(after(diary, asks(at=NOON - timedelta(seconds=1))), "booking-ada") is None


def test_a_desk_holds_so_many_slots_for_one_person_and_no_more() -> None:
    diary = after(opened(), asks(), asks("ada", slot(10), "second"))
    assert reason(diary, "second") is Reason.LIMIT_REACHED
    unlimited = opened(desks=desk_with(per_person=None))
    diary = after(unlimited, asks(), asks("ada", slot(10), "second"))
    assert reason(diary, "second") is None
    again = after(after(opened(), asks()), releases(), asks("ada", slot(10), "second"))
    assert reason(again, "second") is None


def test_nobody_has_two_meetings_at_once() -> None:
    diary = after(opened(), asks(), asks("ada", slot(0, "marc"), "second"))
    assert reason(diary, "second") is Reason.CONFLICT


def test_a_slot_that_one_holds_already_conflicts_rather_than_being_taken() -> None:
    diary = after(opened(desks=desk_with(per_person=2)), asks(), asks("ada", slot(0), "second"))
    assert reason(diary, "second") is Reason.CONFLICT


def test_an_expert_with_two_desks_sits_at_one_at_a_time() -> None:
    twice = [desk | {"expert": "Anna Expert"} for desk in DESKS]
    diary = after(opened(desks=twice), asks(), asks("bob", slot(0, "marc")), asks("cyd", slot(10, "marc")))
    assert reason(diary, "booking-bob") is Reason.SLOT_TAKEN
    assert reason(diary, "booking-cyd") is None


def test_a_move_frees_the_old_slot_and_takes_the_new_one() -> None:
    booked = after(opened(), asks())
    outcome = run(booked, moves())
    fact = said(outcome)[0]
    assert isinstance(fact, SlotMoved)
    assert (fact.version, fact.previous_starts_at, fact.slot_id) == (2, NOON, slot(10))
    assert outcome.freed == {"booking-ada": booked.bookings["booking-ada"].claims}
    assert reason(after(outcome.after, asks("bob", slot(0))), "booking-bob") is None
    assert outcome.after.bookings["booking-ada"].topic == "sealed-topic"


def test_a_move_to_where_one_is_stays() -> None:
    outcome = run(after(opened(), asks()), moves(slot_id=slot(0)))
    assert kinds(said(outcome)) == ["SlotMoved"]
    assert not outcome.freed
    assert not outcome.taken


def test_a_refused_move_leaves_the_booking_as_it_was() -> None:
    diary = after(opened(), asks(), asks("bob", slot(10)))
    outcome = run(diary, moves())
    answer = outcome.after.answers["move-ada-1"]
    assert answer.reason is Reason.SLOT_TAKEN
    assert slot(0) not in [one.id for one in answer.alternatives]
    assert not outcome.bookings


def test_a_move_to_another_desk_takes_over_its_limit() -> None:
    diary = after(opened(), asks(), moves(slot_id=slot(10, "marc")))
    assert reason(diary, "move-ada-1") is None
    assert reason(after(diary, asks("ada", slot(20), "second")), "second") is None


def test_a_released_slot_is_free_again_and_released_once() -> None:
    outcome = run(after(opened(), asks()), releases(), releases(number=2), asks("bob"))
    assert kinds(said(outcome)) == ["SlotReleased", "SlotRefused", "SlotBooked"]
    fact = said(outcome)[0]
    assert isinstance(fact, SlotReleased)
    assert (fact.version, fact.reason) == (2, "released")
    assert outcome.after.bookings["booking-ada"].status is Status.RELEASED
    assert reason(outcome.after, "release-ada-2") is Reason.TOO_LATE


def test_what_has_begun_is_neither_moved_nor_released() -> None:
    diary = after(opened(), asks(), moves(at=NOON), releases(at=NOON))
    assert reason(diary, "move-ada-1") is Reason.TOO_LATE
    assert reason(diary, "release-ada-1") is Reason.TOO_LATE
    assert diary.bookings["booking-ada"].live


def test_nobody_touches_anothers_booking() -> None:
    diary = after(
        opened(),
        asks(),
        moves("bob", booking="booking-ada"),
        releases("bob", booking="booking-ada"),
        releases("bob", 2, booking="nothing"),
    )
    assert {reason(diary, one) for one in ("move-bob-1", "release-bob-1", "release-bob-2")} == {Reason.NO_SUCH_BOOKING}
    assert diary.bookings["booking-ada"].version == 1


def test_a_cancelled_person_moves_nothing() -> None:
    diary = after(opened(), asks())
    cancelled_late = after(diary, cancelled(), at=NOON)  # the meeting has begun, so it stays
    assert reason(after(cancelled_late, moves(at=EARLY)), "move-ada-1") is Reason.NOT_REGISTERED


def test_a_repeat_changes_nothing() -> None:
    once = run(opened(), asks(), moves(), releases(), prefers())
    again = run(once.after, asks(), moves(), releases(), prefers())
    assert not again.decided
    assert again.after == once.after


def test_a_second_request_under_one_key_is_refused_and_does_not_take_the_key() -> None:
    first, second = asks(key="k"), asks("ada", slot(10), "second", key="k")
    outcome = run(opened(), first, second)
    assert reason(outcome.after, "second") is Reason.IDEMPOTENCY_MISMATCH
    assert outcome.after.answers["second"].key is None
    assert outcome.after.keys["k"] == "booking-ada"
    assert kinds(said(outcome)) == ["SlotBooked", "SlotRefused"]
    refused = said(outcome)[1]
    assert isinstance(refused, SlotRefused)
    assert refused.reason == "conflict"  # in the log there are six reasons


def test_wishes_are_kept_the_latest_ones() -> None:
    diary = after(opened(), prefers(), prefers(number=2, groups=("energy", "water")))
    assert diary.preferences["ada"].working_groups == ("energy", "water")
    assert reason(diary, "prefer-ada-2") is None


def test_the_wishes_of_an_erased_person_are_refused() -> None:
    outcome = run(after(opened(), erased()), prefers())
    assert reason(outcome.after, "prefer-ada-1") is Reason.NOT_REGISTERED
    assert not said(outcome)
    assert "ada" not in outcome.after.preferences


def test_a_request_waits_for_its_registration_and_is_decided_behind_it() -> None:
    parked = run(opened("bob"), asks(), asks(), prefers())
    assert list(parked.after.waiting) == ["booking-ada", "prefer-ada-1"]
    assert not said(parked)
    assert not parked.after.answers
    outcome = run(parked.after, confirmed("cyd"), confirmed(), asks("bob"))
    assert [type(one).__name__ for one in said(outcome)] == ["SlotBooked", "SlotRefused"]
    assert [one.cause for _, one in outcome.said] == [
        "cause-of-submissions/booking-ada",
        "cause-of-submissions/booking-bob",
    ]
    assert not outcome.after.waiting
    assert len(list(outcome.revived)) == 2


def test_a_request_waits_for_its_gathering() -> None:
    parked = run(empty(), confirmed(), asks(), asks("bob"))
    assert list(parked.after.waiting) == ["booking-ada", "booking-bob"]
    outcome = run(parked.after, published())
    assert list(outcome.after.waiting) == ["booking-bob"]
    assert reason(outcome.after, "booking-ada") is None


@pytest.mark.parametrize("request_", [asks(), moves(), releases(), prefers()])
def test_who_has_waited_in_vain_is_refused(request_: object) -> None:
    parked = run(opened("bob"), request_)  # type: ignore[arg-type]
    waiting = [one.for_the_last_time() for one in parked.after.waiting.values()]
    assert len(waiting) == 1
    outcome = settle(parked.after, waiting)
    assert [one.reason for one in outcome.after.answers.values()] == [Reason.NOT_REGISTERED]
    assert not outcome.after.waiting


def test_an_order_about_what_is_not_there_leads_to_nothing() -> None:
    assert decide(empty(), command(BlockDesk("b", "anna", NOON, NOON))) == []


def test_a_command_from_the_log_keeps_its_cause_and_whom_to_answer() -> None:
    reply_to = ReplyTo(2, "request-1")
    received: Received[Message] = Received(
        asks(),
        "ce-1",
        "submissions/booking-ada",
        EARLY,
        "slot-requested",
        0,
        7,
        correlation_id="trace",
        reply_to=reply_to,
    )
    assert Command.from_log(received) == Command(asks(), "ce-1", EARLY, "trace", reply_to)


def limited(most: int = 1, **changed: Any) -> Diary:
    return opened(desks=desk_with(per_expert=most, **changed))


def test_an_expert_takes_so_many_bookings_in_all_and_others_are_named() -> None:
    diary = after(limited(2), asks(), asks("bob", slot(10)), asks("cyd", slot(20)))
    answer = diary.answers["booking-cyd"]
    assert answer.reason is Reason.LIMIT_REACHED
    assert [one.id for one in answer.alternatives[:2]] == [slot(20, "marc"), slot(10, "marc")]
    assert {one.desk for one in answer.alternatives} == {"marc"}
    assert reason(after(diary, releases(), asks("cyd", slot(20), "again")), "again") is None


def test_a_full_expert_is_no_alternative_and_nobody_of_any() -> None:
    diary = after(limited(), asks(), asks("bob", slot(0, "marc")), asks("cyd", slot(0, "marc"), "taken"))
    assert {one.desk for one in diary.answers["taken"].alternatives} == {"marc"}
    assert after(diary, asks("cyd", "any")).bookings["booking-cyd"].slot.id == slot(10, "marc")
    alone = after(opened(desks=[DESKS[0] | {"per_expert": 1}]), asks(), asks("bob", "any"))
    assert reason(alone, "booking-bob") is Reason.LIMIT_REACHED


def test_a_move_does_not_count_against_itself() -> None:
    diary = after(limited(), asks(), asks("bob", slot(0, "marc")), moves(), moves("bob", slot(20)))
    assert diary.bookings["booking-ada"].slot.id == slot(10)
    assert reason(diary, "move-bob-1") is Reason.LIMIT_REACHED


def test_what_an_expert_takes_in_all_is_counted_at_both_their_desks() -> None:
    twice = [desk | {"expert": "Anna Expert", "per_expert": 1} for desk in DESKS]
    diary = after(opened(desks=twice), asks(), asks("bob", slot(20, "marc")))
    assert reason(diary, "booking-bob") is Reason.LIMIT_REACHED
    assert after(diary, moves("ada", slot(20, "marc"))).bookings["booking-ada"].slot.desk == "marc"


def test_each_of_a_group_counts_and_a_block_does_not() -> None:
    diary = after(limited(2, per_slot=3), asks(), asks("bob"), asks("cyd"))
    assert reason(diary, "booking-bob") is None
    assert reason(diary, "booking-cyd") is Reason.LIMIT_REACHED
    away = BlockDesk("away", "anna", NOON, NOON + timedelta(minutes=10))
    assert reason(after(limited(), away, asks(slot_id=slot(10))), "booking-ada") is None


def test_staff_go_past_what_an_expert_takes_in_all() -> None:
    diary = after(limited(), asks(), WalkIn("walk-in", "bob", "anna"), asks("cyd", slot(0, "marc")))
    diary = after(diary, MoveBooking("booking-cyd", "cyd", slot(20)))
    assert sorted(one.slot.desk for one in diary.bookings.values() if one.live) == ["anna"] * 3
