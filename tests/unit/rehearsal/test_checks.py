"""The judges are judged: a good history passes, and each bent one is reported under its own id."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from cli.rehearsal.brief import brief_of
from cli.rehearsal.checks import INVARIANTS, judge
from cli.rehearsal.evidence import REGISTRATION, SCHEDULING, Evidence, Mail, Record
from cli.rehearsal.journal import Proof, Shown
from tests.unit.rehearsal.history import (
    ADA,
    BEN,
    CLEO,
    DAN,
    DEFINITION,
    DOOR_DAY,
    OCTOBER,
    SELECTION_DAY,
    SLOT_1,
    SLOT_2,
    G,
    Story,
    address,
    fresh_test,
    part,
    reg,
    stamp,
    told,
)

Bend = Callable[[Story], None]
BENDS: list[tuple[str, str, Bend]] = []


def bend(invariant: str) -> Callable[[Bend], Bend]:
    def remember(how: Bend) -> Bend:
        BENDS.append((invariant, how.__name__, how))
        return how

    return remember


def broken(story: Story) -> set[str]:
    return {found.invariant.id for found in judge(story.evidence()) if found.verdict.breaches}


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.id)
def test_a_good_history_passes_and_was_looked_at(invariant: Any) -> None:
    verdict = invariant.check(told().evidence())

    assert verdict.breaches == ()
    assert verdict.examined > 0


def test_a_judge_who_saw_nothing_has_shown_nothing() -> None:
    assert not any(found.holds for found in judge(Evidence(briefs={})))


def test_every_judge_is_tried_by_at_least_one_bent_history() -> None:
    assert {invariant for invariant, _, _ in BENDS} == {invariant.id for invariant in INVARIANTS}


def change(story: Story, which: Callable[[Record], bool], **value: Any) -> None:
    """Every matching record says something else."""
    story.records = [replace(one, value={**one.value, **value}) if which(one) else one for one in story.records]


def drop(story: Story, which: Callable[[Record], bool]) -> None:
    story.records = [one for one in story.records if not which(one)]


def with_definition(story: Story, **pool: Any) -> None:
    """The hall's terms in person were others all the time."""
    hall = DEFINITION["parts"][0]
    terms = {**hall["modes"]["in-person"], **pool}
    other = {**hall, "modes": {**hall["modes"], "in-person": terms}}
    story.brief = brief_of({**DEFINITION, "parts": [other, *DEFINITION["parts"][1:]]})


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


@pytest.mark.parametrize(
    ("proof", "is_good"),
    [
        (Proof("test", DOOR_DAY - timedelta(hours=71, minutes=59, seconds=59)), True),
        (Proof("test", DOOR_DAY - timedelta(hours=72)), True),
        (Proof("test", DOOR_DAY - timedelta(hours=72, seconds=1)), False),
        (Proof("test", DOOR_DAY + timedelta(seconds=1)), False),
        (Proof("test", DOOR_DAY - timedelta(hours=1), is_negative=False), False),
        (Proof("test", DOOR_DAY - timedelta(hours=1), is_genuine=False), False),
        (Proof("vaccination", DOOR_DAY.date() - timedelta(days=7)), True),
        (Proof("vaccination", DOOR_DAY.date() - timedelta(days=6)), False),
        (Proof("vaccination", DOOR_DAY.date() - timedelta(days=60), dose=1), False),
        (Proof("vaccination", DOOR_DAY.date() - timedelta(days=60), expires_at=DOOR_DAY - timedelta(seconds=1)), False),
        (Proof("recovery", DOOR_DAY.date() - timedelta(days=11)), True),
        (Proof("recovery", DOOR_DAY.date() - timedelta(days=10)), False),
        (Proof("recovery", DOOR_DAY.date() - timedelta(days=181)), False),
    ],
)
def test_who_is_admitted_and_who_is_refused_is_compared_with_what_was_shown(proof: Proof, *, is_good: bool) -> None:
    shown = Shown(reg(BEN), has_id_document=True, proof=proof)
    admitted, refused = told(), told()
    admitted.scans(BEN, shown, "admitted")
    refused.scans(BEN, shown, "refused", "requirement-failed")

    assert ("S16" in broken(admitted)) is not is_good
    assert ("S16" in broken(refused)) is is_good


@bend("S16")
def admitted_without_an_id_document(story: Story) -> None:
    story.scans(BEN, Shown(reg(BEN), proof=fresh_test()), "admitted")


@bend("S16")
def admitted_without_a_record_of_what_was_checked(story: Story) -> None:
    change(story, lambda one: one.topic == "attendee-admitted", requirements=[])


@bend("D1")
def accepted_and_never_decided(story: Story) -> None:
    drop(story, lambda one: one.subject == f"registrations/{reg(CLEO)}@1")


@bend("D1")
def accepted_and_not_logged(story: Story) -> None:
    drop(story, lambda one: one.subject == f"submissions/submission-{reg(CLEO)}")


@bend("D1")
def decided_twice(story: Story) -> None:
    again = [part("hall", "remote", "cancelled")]
    story.decides(reg(CLEO), 2, again, f"submission-{reg(CLEO)}", OCTOBER)


@bend("D1")
def decided_though_nobody_asked(story: Story) -> None:
    story.decides("reg-ghost", 1, [part("hall", "remote", "confirmed")], "nothing", OCTOBER)


@bend("D1")
def accepted_and_given_up_on(story: Story) -> None:
    first = next(one for one in story.records if one.topic == "registration-submitted")
    story.records.append(replace(first, topic="registration.dead-letter"))


@bend("D2")
def another_answer_under_the_same_key(story: Story) -> None:
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    story.asks("POST", first.path, first.body, 201, {**first.answer, "id": "another"}, OCTOBER, key=first.key)


@bend("D2")
def a_second_effect_under_the_same_key(story: Story) -> None:
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    again = story.asks("POST", first.path, first.body, 201, first.answer, OCTOBER, key=first.key)
    intake = {"registration_id": "reg-second", "accepted_at": stamp(OCTOBER)}
    story.submits(again, "registration-submitted", intake, "submission-second")


@bend("D3")
def another_body_under_the_same_key_is_accepted(story: Story) -> None:
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    other = {"attendee": {"email": address(DAN)}}
    story.asks("POST", first.path, other, 201, {**first.answer, "id": "new"}, OCTOBER, key=first.key)


@bend("D3")
def a_stranger_is_told_the_first_ones_answer(story: Story) -> None:
    first = next(one for one in story.journal if one.key == f"key-of-{CLEO}")
    other = {"attendee": {"email": address(DAN)}, "parts": []}
    story.asks("POST", first.path, other, 422, {"registration": first.answer}, OCTOBER, key=first.key)


@bend("D4")
def a_refused_request_that_had_an_effect(story: Story) -> None:
    path = f"/v1/registrations/{reg(CLEO)}"
    refused = story.asks("PATCH", path, {"parts": []}, 409, {"status": 409}, OCTOBER)
    intake = {"registration_id": reg(CLEO), "accepted_at": stamp(OCTOBER)}
    story.submits(refused, "registration-submitted", intake, "change")
    story.decides(reg(CLEO), 2, [part("hall", "remote", "confirmed")], "change", OCTOBER)


@bend("N1")
def a_fact_that_nobody_was_told_of(story: Story) -> None:
    story.lines = [line for line in story.lines if line["registration_id"] != reg(CLEO)]


@bend("N1")
def a_mail_that_still_waits(story: Story) -> None:
    story.lines[-1]["status"] = "queued"


@bend("N1")
def a_mail_that_never_arrived(story: Story) -> None:
    story.mails.pop()


@bend("N1")
def the_newest_state_is_withheld(story: Story) -> None:
    newest = next(line for line in story.lines if line["registration_id"] == reg(CLEO))
    newest["status"] = "suppressed"


@bend("N1")
def who_was_there_does_not_get_the_article(story: Story) -> None:
    story.lines.pop()


@bend("N2")
def a_mail_that_came_twice(story: Story) -> None:
    story.mails.append(story.mails[0])


@bend("N2")
def a_mail_that_no_notification_knows(story: Story) -> None:
    story.mails.append(Mail((address(ADA),), "<unknown@foyer>", "News", "Dear Ada"))


@bend("N3")
def a_mail_to_somebody_else(story: Story) -> None:
    story.mails[1] = replace(story.mails[1], to=(address(CLEO),))


@bend("N3")
def a_mail_to_two_people(story: Story) -> None:
    story.mails[1] = replace(story.mails[1], to=(address(ADA), address(CLEO)))


@bend("N3")
def a_mail_that_speaks_of_somebody_else(story: Story) -> None:
    story.mails[1] = replace(story.mails[1], text=f"Dear {CLEO.capitalize()}")


@bend("N3")
def somebody_elses_invitation(story: Story) -> None:
    story.mails[0] = replace(story.mails[0], text="Your code: CODE-BEN")


@bend("E4")
def a_number_is_missing(story: Story) -> None:
    drop(story, lambda one: one.subject == f"registrations/{reg(BEN)}@1")


@bend("E4")
def a_version_is_missing(story: Story) -> None:
    change(story, lambda one: one.subject == f"registrations/{reg(ADA)}@2", version=3)


@bend("E4")
def a_repeat_says_something_else(story: Story) -> None:
    first = next(one for one in story.records if one.topic == "slot-booked")
    story.records.append(replace(first, value={**first.value, "desk": "two"}))


@bend("E4")
def a_repeat_on_another_partition(story: Story) -> None:
    first = next(one for one in story.records if one.topic == "slot-booked")
    story.records.append(replace(first, partition=2))


@bend("P3")
def a_name_in_a_topic(story: Story) -> None:
    change(story, lambda one: one.topic == "slot-booked", topic=f"A question of {ADA.capitalize()}")


@bend("P3")
def a_certificate_in_the_export(story: Story) -> None:
    story.lines[0]["presented"] = "HC1:6BF"


@pytest.mark.parametrize(("invariant", "name", "how"), BENDS, ids=[f"{one}-{name}" for one, name, _ in BENDS])
def test_a_bent_history_is_reported(invariant: str, name: str, how: Bend) -> None:
    story = told()
    how(story)

    assert invariant in broken(story), name


def test_a_repeat_on_a_topic_says_nothing_new() -> None:
    story = told()
    owners = {REGISTRATION, SCHEDULING}
    story.records += [one for one in story.records if one.headers["ce_source"] in owners]

    assert broken(story) == set()
