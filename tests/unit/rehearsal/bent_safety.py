"""Bent histories of places, slots and doors: S1 to S16."""

from dataclasses import replace
from datetime import datetime, timedelta

from cli.rehearsal.journal import Shown
from tests.unit.rehearsal.bending import bend, change, drop, with_definition
from tests.unit.rehearsal.definition import G
from tests.unit.rehearsal.history import (
    ADA,
    BEN,
    CLEO,
    DOOR_DAY,
    SELECTION_DAY,
    SLOT_1,
    SLOT_2,
    Story,
    fresh_test,
    part,
    reg,
    stamp,
)


@bend("S1")
def one_more_than_the_room_holds(story: Story) -> None:
    with_definition(story, capacity=1)


@bend("S1")
def a_place_given_away_that_was_kept_for_a_delegation(story: Story) -> None:
    kept = {"max": 1, "reserved": 1, "release_at": "2021-11-20T00:00"}
    with_definition(story, places_per_delegation=kept)


@bend("S1")
def another_number_shown_than_the_log_says(story: Story) -> None:
    story.occupancy[G, "hall", "in-person"] = 1


@bend("S2")
def a_second_place_for_one_delegation(story: Story) -> None:
    change(story, lambda one: one.value.get("registration_id") == reg(BEN) and "parts" in one.value, delegation="north")


@bend("S3")
def a_delegation_without_anybody_goes_unreported(story: Story) -> None:
    story.obligations = []


@bend("S3")
def one_that_did_its_duty_is_reported(story: Story) -> None:
    story.obligations.append({"delegation": "north", "part": "hall", "minimum": 1})


@bend("S8")
def somebody_waits_beside_a_free_place(story: Story) -> None:
    with_definition(story, capacity=3)


@bend("S4")
def confirmed_without_a_selection(story: Story) -> None:
    drop(story, lambda one: one.topic == "selection-published")


@bend("S4")
def selected_by_the_door(story: Story) -> None:
    change(story, lambda one: one.topic == "selection-published", role="door")


@bend("S4")
def applied_without_an_invitation(story: Story) -> None:
    story.journal = [
        replace(one, body={**one.body, "invitation": None}) if one.key == f"key-of-{BEN}" else one
        for one in story.journal
    ]


@bend("S5")
def let_in_after_the_deadline(story: Story) -> None:
    late = stamp(datetime.fromisoformat("2021-11-12T00:00:00+01:00"))
    change(story, lambda one: one.subject == f"submissions/submission-{reg(ADA)}", accepted_at=late)


@bend("S5")
def turned_away_before_the_deadline(story: Story) -> None:
    declined = [{**part("hall", "in-person", "declined"), "reason": "deadline-passed"}]
    change(story, lambda one: one.subject == f"registrations/{reg(ADA)}@1", parts=declined)


@bend("S5")
def accepted_at_another_time_than_it_was_sent(story: Story) -> None:
    story.journal = [
        replace(one, sent_at=one.sent_at + timedelta(hours=1), answered_at=one.answered_at + timedelta(hours=1))
        if one.key == f"key-of-{ADA}"
        else one
        for one in story.journal
    ]


@bend("S6")
def one_person_twice(story: Story) -> None:
    story.journal = [
        replace(one, body={**one.body, "attendee": {"email": f"{ADA.upper()}+again@EXAMPLE.org"}})
        if one.key == f"key-of-{CLEO}"
        else one
        for one in story.journal
    ]


@bend("S10")
def a_second_holder_of_one_slot(story: Story) -> None:
    story.books(CLEO, "one", SLOT_1)


@bend("S10")
def a_taken_slot_shown_as_free(story: Story) -> None:
    story.free_slots |= {("one", SLOT_1)}


@bend("S10")
def a_booking_answered_and_never_made(story: Story) -> None:
    drop(story, lambda one: one.topic == "slot-booked" and one.value["desk"] == "one")


@bend("S11")
def two_meetings_of_one_person_at_once(story: Story) -> None:
    change(story, lambda one: one.topic == "slot-booked", registration_id=reg(ADA))


@bend("S11")
def two_visits_that_exclude_each_other(story: Story) -> None:
    both = [part(visit, "in-person", "confirmed") for visit in ("visit-1", "visit-2")]
    change(story, lambda one: one.subject == f"registrations/{reg(CLEO)}@1", parts=both)


@bend("S12")
def a_meeting_off_the_grid(story: Story) -> None:
    change(story, lambda one: one.topic == "slot-booked", starts_at=stamp(SLOT_1 + timedelta(minutes=5)))


@bend("S12")
def a_meeting_after_the_expert_has_left(story: Story) -> None:
    late = {"starts_at": stamp(SLOT_2 + timedelta(minutes=10)), "ends_at": stamp(SLOT_2 + timedelta(minutes=20))}
    change(story, lambda one: one.topic == "slot-booked", **late)


@bend("S14")
def admitted_twice_by_one_ticket(story: Story) -> None:
    story.scans(ADA, Shown(reg(ADA), has_id_document=True, proof=fresh_test()), "admitted")


@bend("S14")
def one_scan_answered_in_two_ways(story: Story) -> None:
    last = story.journal[-1]
    story.journal.append(replace(last, answer={**last.answer, "outcome": "admitted", "reason": None}))


@bend("S15")
def admitted_without_a_place(story: Story) -> None:
    gone = [part("hall", "in-person", "cancelled")]
    story.decides(reg(ADA), 3, gone, "leaving", SELECTION_DAY + timedelta(days=1), topic="registration-cancelled")
    story.records.sort(key=lambda one: one.topic == "attendee-admitted")


@bend("S15")
def admitted_while_the_door_was_closed(story: Story) -> None:
    night = stamp(DOOR_DAY.replace(hour=3))
    change(story, lambda one: one.topic == "attendee-admitted", admitted_at=night)


@bend("S15")
def admitted_with_a_forged_ticket(story: Story) -> None:
    story.scans(ADA, Shown(None, has_id_document=True, proof=fresh_test(), is_forged=True), "admitted")


@bend("S16")
def admitted_without_an_id_document(story: Story) -> None:
    story.scans(BEN, Shown(reg(BEN), proof=fresh_test()), "admitted")


@bend("S16")
def admitted_without_a_record_of_what_was_checked(story: Story) -> None:
    change(story, lambda one: one.topic == "attendee-admitted", requirements=[])
