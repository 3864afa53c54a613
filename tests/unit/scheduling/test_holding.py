"""Slots that are kept for somebody: forms, waiting lists, offers that pass on."""

from dataclasses import replace
from datetime import timedelta

from services.scheduling.domain import (
    BlockDesk,
    Diary,
    LapseHolds,
    OfferOutcome,
    Purpose,
    Reason,
    UnblockDesk,
)
from services.scheduling.domain.slots import claims_of
from shared.messages.scheduling import SlotOffered, SlotOfferEnded
from tests.unit.scheduling.building import (
    DESKS,
    EARLY,
    NOON,
    G,
    after,
    asks,
    cancelled,
    desk_with,
    erased,
    holds,
    kinds,
    moves,
    opened,
    published,
    releases,
    run,
    said,
    slot,
    waits,
)

SOON = EARLY + timedelta(minutes=1)
LATER = EARLY + timedelta(minutes=5)
HALF_AN_HOUR = timedelta(minutes=30)
ONE_SLOT = [desk | {"closes": "2021-12-10T13:10"} for desk in DESKS[:1]]


def reason(diary: Diary, submission: str) -> Reason | None:
    return diary.answers[submission].reason


def one_slot() -> Diary:
    """A desk with one slot, which ada has."""
    return after(opened(desks=ONE_SLOT), asks("ada"))


def test_a_held_slot_is_taken_for_everybody_but_its_holder() -> None:
    diary = after(opened(), holds("ada"))
    diary = after(diary, asks("bob", at=SOON), asks("ada", at=SOON), at=SOON)
    assert reason(diary, "booking-bob") is Reason.SLOT_TAKEN
    assert reason(diary, "booking-ada") is None
    assert diary.holds == {}
    assert set(diary.claims.values()) == {"booking-ada"}


def test_a_hold_is_over_when_the_clock_says_so() -> None:
    diary = after(opened(), holds("ada"))
    just_before = after(diary, asks("bob", at=LATER - timedelta(seconds=1)), at=LATER - timedelta(seconds=1))
    assert reason(just_before, "booking-bob") is Reason.SLOT_TAKEN
    outcome = run(diary, asks("bob", at=LATER), at=LATER)
    assert reason(outcome.after, "booking-bob") is None
    assert outcome.freed == {"hold-ada-1": diary.holds["hold-ada-1"].claims}
    assert kinds(said(outcome)) == ["SlotBooked"]


def test_another_hold_lets_go_of_the_first_and_a_move_uses_it_up() -> None:
    diary = after(opened(), asks("ada"), holds("ada", slot(10)), holds("ada", slot(20), 2))
    assert [one.slot.id for one in diary.holds.values()] == []  # ada holds as many meetings as one may
    diary = after(opened(desks=desk_with(per_person=2)), asks("ada"), holds("ada", slot(10)), holds("ada", slot(20), 2))
    assert [one.slot.id for one in diary.holds.values()] == [slot(20)]
    moved = after(diary, moves("ada", slot(20)))
    assert moved.holds == {}
    assert moved.bookings["booking-ada"].slot.id == slot(20)


def test_a_hold_says_until_when_and_leaves_its_holder_free() -> None:
    diary = after(opened(), holds("ada"), asks("ada", slot(0, "marc")))
    assert diary.answers["hold-ada-1"].hold is not None
    assert diary.answers["hold-ada-1"].hold.expires_at == LATER
    assert reason(diary, "booking-ada") is None


def test_who_waited_longest_is_offered_what_becomes_free() -> None:
    diary = after(one_slot(), waits("cyd", at=SOON), waits("bob"))
    outcome = run(diary, releases("ada"), at=SOON)
    assert kinds(said(outcome)) == ["SlotReleased", "SlotOffered"]
    offered = said(outcome)[1]
    assert isinstance(offered, SlotOffered)
    assert (offered.registration_id, offered.slot_id) == ("bob", slot(0))
    assert offered.expires_at == SOON + HALF_AN_HOUR
    taken = run(outcome.after, asks("cyd", at=SOON), asks("bob", at=SOON), at=SOON)
    assert reason(taken.after, "booking-cyd") is Reason.SLOT_TAKEN
    assert kinds(said(taken)) == ["SlotRefused", "SlotOfferEnded", "SlotBooked"]
    ended = said(taken)[1]
    assert isinstance(ended, SlotOfferEnded)
    assert ended.outcome == OfferOutcome.ACCEPTED
    assert [one.registration_id for one in taken.after.waiters.values()] == ["cyd"]


def test_an_offer_that_lapses_passes_on_to_the_next() -> None:
    diary = after(one_slot(), waits("bob"), waits("cyd", at=SOON))
    diary = after(diary, releases("ada"))
    at = EARLY + HALF_AN_HOUR
    outcome = run(diary, LapseHolds(), at=at)
    assert kinds(said(outcome)) == ["SlotOfferEnded", "SlotOffered"]
    ended, offered = said(outcome)
    assert isinstance(ended, SlotOfferEnded)
    assert isinstance(offered, SlotOffered)
    assert (ended.registration_id, ended.outcome, offered.registration_id) == ("bob", "lapsed", "cyd")
    over = run(outcome.after, LapseHolds(), at=at + HALF_AN_HOUR)
    assert (over.after.holds, over.after.waiters, over.after.claims) == ({}, {}, {})


def test_a_passer_by_does_not_get_what_lapsed_while_somebody_waits() -> None:
    diary = after(one_slot(), waits("bob"), waits("cyd", at=SOON), releases("ada"))
    at = EARLY + HALF_AN_HOUR
    late = after(diary, asks("ada", booking="again", at=at), at=at)
    assert reason(late, "again") is Reason.SLOT_TAKEN
    assert [one.registration_id for one in late.holds.values()] == ["cyd"]


def test_an_offer_never_outlives_the_slot() -> None:
    diary = after(one_slot(), waits("bob"))
    at = NOON - timedelta(minutes=10)
    diary = after(diary, releases("ada", at=at), at=at)
    assert [one.expires_at for one in diary.holds.values()] == [NOON]


def test_who_cannot_come_then_is_passed_over() -> None:
    diary = after(opened(desks=[*ONE_SLOT, DESKS[1]]), asks("ada"), waits("bob"), waits("cyd", at=SOON))
    diary = after(diary, asks("bob", slot(0, "marc")), releases("ada"))
    assert [one.registration_id for one in diary.holds.values()] == ["cyd"]


def test_a_free_slot_is_offered_at_once_and_each_waits_once() -> None:
    diary = after(opened(), waits("bob"), waits("bob", number=2), waits("bob", "marc", number=3))
    assert sorted(one.slot.id for one in diary.holds.values()) == [slot(0), slot(0, "marc")]
    assert {one.purpose for one in diary.holds.values()} == {Purpose.OFFER}


def test_an_offer_never_takes_what_its_person_holds_already() -> None:
    """Two desks of one expert: the slot held at the one is not offered at the other."""
    at_both = [desk | {"expert": "Anna Expert", "closes": "2021-12-10T13:10"} for desk in DESKS]
    diary = after(opened(desks=at_both), waits("ada", "anna"), waits("ada", "marc"))
    (offer,) = diary.holds.values()
    assert offer.slot.desk == "anna"
    assert set(diary.claims.values()) == {offer.id}


def test_who_leaves_gives_back_the_offer() -> None:
    diary = after(one_slot(), waits("bob"), waits("cyd", at=SOON), releases("ada"))
    diary = after(diary, waits("bob", number=2, leave=True))
    assert [one.registration_id for one in diary.holds.values()] == ["cyd"]
    assert after(diary, waits("ada", number=3, leave=True)).answers["wait-ada-anna-3"].reason is None


def test_nobody_waits_in_vain() -> None:
    diary = after(opened(), waits("ada", "nobody"), asks("bob"), waits("bob"), waits("zoe"))
    assert reason(diary, "wait-ada-nobody-1") is Reason.UNKNOWN_DESK
    assert reason(diary, "wait-bob-anna-1") is Reason.LIMIT_REACHED
    assert diary.waiting.keys() == {"wait-zoe-anna-1"}
    cancelled_first = after(opened(), cancelled("ada"), waits("ada"), holds("ada"))
    assert reason(cancelled_first, "wait-ada-anna-1") is Reason.NOT_REGISTERED
    assert reason(cancelled_first, "hold-ada-1") is Reason.NOT_REGISTERED


def test_a_cancelled_registration_refills_the_hole_from_the_waiting_list() -> None:
    diary = after(one_slot(), waits("bob"), waits("cyd", at=SOON))
    outcome = run(diary, cancelled("ada"))
    assert kinds(said(outcome)) == ["SlotReleased", "SlotOffered"]
    gone = run(outcome.after, erased("bob"))
    assert kinds(said(gone)) == ["SlotOfferEnded", "SlotOffered"]
    assert [one.registration_id for one in gone.after.holds.values()] == ["cyd"]
    assert not any(one.registration_id == "bob" for one in gone.after.waiters.values())


def test_a_desk_that_goes_takes_its_offers_and_its_queue_along() -> None:
    diary = after(one_slot(), waits("bob"), waits("cyd", at=SOON), releases("ada"))
    outcome = run(diary, published(2, desks=[]))
    assert (outcome.after.holds, outcome.after.waiters) == ({}, {})
    longer = after(one_slot(), waits("bob"), published(2))
    assert [one.slot.id for one in longer.holds.values()] == [slot(10)]


def test_an_expert_who_is_ill_gives_way_to_others_and_everybody_is_told() -> None:
    diary = after(opened(), asks("ada"), asks("bob", slot(10)), asks("cyd", slot(0, "marc")))
    away = BlockDesk("ill", "anna", NOON - HALF_AN_HOUR, NOON + timedelta(hours=1), "ill", elsewhere=True)
    outcome = run(diary, away)
    assert kinds(said(outcome)) == ["SlotReleased", "SlotReleased", "SlotOffered", "SlotOffered"]
    offers = [one for one in said(outcome) if isinstance(one, SlotOffered)]
    assert [(one.registration_id, one.slot_id, one.reason) for one in offers] == [
        ("ada", slot(10, "marc"), "expert-away"),
        ("bob", slot(20, "marc"), "expert-away"),
    ]
    taken = after(outcome.after, asks("ada", slot(10, "marc"), "again"))
    assert reason(taken, "again") is None


def test_who_loses_two_meetings_is_not_offered_one_seat_of_a_group_twice() -> None:
    anna, marc = (desk | {"per_person": 2} for desk in DESKS)
    group = marc | {"per_slot": 2, "closes": "2021-12-10T13:10"}
    diary = after(opened(desks=[anna, group]), asks("ada"), asks("ada", slot(10), "second"))
    away = BlockDesk("ill", "anna", NOON, NOON + timedelta(hours=1), "ill", elsewhere=True)
    assert kinds(said(run(diary, away))) == ["SlotReleased", "SlotReleased", "SlotOffered"]


def test_a_block_takes_held_time_back() -> None:
    diary = after(opened(), holds("ada"))
    diary = after(diary, BlockDesk("away", "anna", NOON, NOON + timedelta(minutes=10)))
    assert diary.holds == {}
    assert set(diary.claims.values()) == {"away"}


def test_who_is_ill_beyond_all_other_slots_is_told_and_no_more() -> None:
    diary = after(one_slot(), waits("bob"))
    away = BlockDesk("ill", "anna", NOON, NOON + timedelta(hours=1), "ill", elsewhere=True)
    outcome = run(diary, away)
    assert kinds(said(outcome)) == ["SlotReleased"]
    assert set(outcome.taken.values()) == {"ill"}


def test_an_offer_elsewhere_stands_when_another_meeting_is_booked() -> None:
    diary = after(opened(desks=desk_with(per_person=2)), waits("bob", "marc"), asks("bob", slot(30)))
    assert [one.slot.desk for one in diary.holds.values()] == ["marc"]


def one_expert(first: int | None, second: int | None) -> Diary:
    """Two desks of one expert, each with its own limit for her in all."""
    limits = ((DESKS[0], first), (DESKS[1], second))
    return opened(desks=[desk | {"expert": "Anna Expert", "per_expert": most} for desk, most in limits])


def test_who_fills_the_expert_at_the_other_desk_loses_the_offer_at_this_one() -> None:
    diary = after(one_expert(2, 2), asks("cyd", slot(40)), waits("ada"))
    assert [one.slot.id for one in diary.holds.values()] == [slot(0)]
    outcome = run(diary, asks("ada", slot(20, "marc")))
    assert kinds(said(outcome)) == ["SlotBooked", "SlotOfferEnded"]
    (_, ended) = said(outcome)
    assert isinstance(ended, SlotOfferEnded)
    assert (ended.registration_id, ended.outcome) == ("ada", "withdrawn")
    assert outcome.after.holds == {}
    again = after(outcome.after, releases("cyd"))
    assert [(one.registration_id, one.slot.id) for one in again.holds.values()] == [("ada", slot(0))]  # she waited on


def test_an_offer_ends_when_others_fill_the_expert_at_a_desk_that_takes_more() -> None:
    diary = after(one_expert(1, None), waits("ada"), asks("bob", slot(20, "marc")))
    assert diary.holds == {}
    assert [one.registration_id for one in diary.waiters.values()] == ["ada"]


def test_what_others_only_hold_keeps_nobody_from_their_offer() -> None:
    diary = after(one_expert(1, None), waits("ada"), holds("bob", slot(20, "marc")))
    assert reason(after(diary, asks("ada")), "booking-ada") is None
    assert reason(after(diary, asks("cyd", slot(10))), "booking-cyd") is Reason.LIMIT_REACHED


def test_an_offer_to_somebody_who_is_elsewhere_by_now_passes_on_at_once() -> None:
    diary = after(opened(desks=[*ONE_SLOT, DESKS[1]]), waits("bob"), waits("cyd", at=SOON))
    outcome = run(diary, asks("bob", slot(0, "marc")))
    assert kinds(said(outcome)) == ["SlotBooked", "SlotOfferEnded", "SlotOffered"]
    assert [one.registration_id for one in outcome.after.holds.values()] == ["cyd"]


def test_an_offer_ends_when_its_expert_is_wanted_on_a_stage() -> None:
    talk = {"session": "talk", "part": "day", "starts": "2021-12-10T13:00", "ends": "2021-12-10T13:10"}
    stage = talk | {"room": "hall", "speakers": [{"name": "Anna Expert", "affiliation": "Org"}]}
    diary = after(opened(), waits("ada"), published(2, sessions=[stage]))
    assert [one.slot.id for one in diary.holds.values()] == [slot(10)]


def test_time_that_is_claimed_for_something_else_is_the_persons_own() -> None:
    meeting = dict.fromkeys(claims_of(G, NOON, NOON + timedelta(minutes=5), attendee="ada"), "a-meeting")
    diary = replace(opened(), claims=meeting)
    assert reason(after(diary, asks("ada")), "booking-ada") is Reason.CONFLICT
    assert reason(after(diary, asks("ada", slot(10))), "booking-ada") is None


def test_a_hold_and_an_offer_count_for_the_expert_but_not_against_who_has_them() -> None:
    diary = after(opened(desks=desk_with(per_expert=1)), holds("ada"), asks("bob", slot(10)), holds("cyd", slot(20)))
    assert reason(diary, "booking-bob") is reason(diary, "hold-cyd-1") is Reason.LIMIT_REACHED
    assert reason(after(diary, asks("ada", slot(30))), "booking-ada") is None


def test_what_only_the_limit_kept_is_offered_to_who_waits_for_the_expert() -> None:
    """At whichever of their desks; and once, for one booking was given up."""
    at_both = [desk | {"expert": "Anna Expert", "per_expert": 1} for desk in DESKS]
    diary = after(opened(desks=at_both), asks("ada", slot(20)), waits("bob", "marc"), waits("cyd", at=SOON))
    assert diary.holds == {}
    assert reason(diary, "wait-bob-marc-1") is None
    diary = after(diary, releases("ada"))
    assert [(one.registration_id, one.slot.id) for one in diary.holds.values()] == [("bob", slot(0, "marc"))]


def test_time_that_is_given_back_goes_to_who_waits_and_then_to_anybody() -> None:
    away = BlockDesk("ill", "anna", NOON, NOON + timedelta(minutes=50), "ill")
    diary = after(opened(), away, waits("bob"), asks("ada"))
    assert reason(diary, "booking-ada") is Reason.SLOT_TAKEN
    outcome = run(diary, UnblockDesk("ill"))
    assert kinds(said(outcome)) == ["SlotOffered"]
    assert outcome.freed == {"ill": diary.blocks["ill"].claims}
    assert outcome.after.blocks == {}
    assert [one.slot.id for one in outcome.after.holds.values()] == [slot(0)]
    assert reason(after(outcome.after, asks("cyd", slot(10))), "booking-cyd") is None
    assert not run(outcome.after, UnblockDesk("ill")).decided


def test_a_block_that_is_asked_for_twice_keeps_what_it_took() -> None:
    away = BlockDesk("ill", "anna", NOON, NOON + timedelta(minutes=50))
    diary = after(opened(), away)
    assert not run(diary, away).decided
    assert after(diary, away, UnblockDesk("ill")).claims == {}


def test_of_two_blocks_one_is_given_back() -> None:
    whole = BlockDesk("ill", "anna", NOON, NOON + timedelta(minutes=50))
    diary = after(opened(), BlockDesk("train", "anna", NOON, NOON + timedelta(minutes=10)), whole, UnblockDesk("ill"))
    assert reason(after(diary, asks()), "booking-ada") is Reason.SLOT_TAKEN
    assert reason(after(diary, asks("ada", slot(10))), "booking-ada") is None
