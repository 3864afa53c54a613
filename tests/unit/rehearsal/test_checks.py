"""The judges are judged: a good history passes, and each bent one is reported under its own id."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cli.rehearsal.checks import INVARIANTS, judge
from cli.rehearsal.checks.offers import ENDED
from cli.rehearsal.evidence import REGISTRATION, SCHEDULING, Evidence
from cli.rehearsal.journal import Proof, Shown
from tests.unit.rehearsal import bent_desk, bent_safety, bent_words
from tests.unit.rehearsal.bending import BENDS, Bend, broken
from tests.unit.rehearsal.good import told
from tests.unit.rehearsal.history import BEN, CLEO, DOOR_DAY, EVE, OCTOBER, OFFERED_AT, SLOT_2, reg

BENT = (bent_desk, bent_safety, bent_words)  # to have them is to have filled BENDS


@pytest.mark.parametrize("invariant", INVARIANTS, ids=lambda invariant: invariant.id)
def test_a_good_history_passes_and_was_looked_at(invariant: Any) -> None:
    verdict = invariant.check(told().evidence())

    assert verdict.breaches == ()
    assert verdict.examined > 0


def test_a_judge_who_saw_nothing_has_shown_nothing() -> None:
    assert not any(found.holds for found in judge(Evidence(briefs={})))


def test_every_judge_is_tried_by_at_least_one_bent_history() -> None:
    assert {invariant for invariant, _, _ in BENDS} == {invariant.id for invariant in INVARIANTS}


def test_who_moves_up_in_the_batch_that_put_them_on_the_waiting_list_is_answered_once() -> None:
    story = told()
    first = next(one for one in story.records if one.subject == f"registrations/{reg(CLEO)}@1")
    story.records.remove(first)
    for version, topic in ((1, "registration-waitlisted"), (2, "registration-confirmed")):
        story.decides(reg(CLEO), version, first.value["parts"], first.cause, OCTOBER, topic=topic)
    assert "D1" not in broken(story)

    story.decides(reg(CLEO), 3, first.value["parts"], first.cause, OCTOBER)
    assert "D1" in broken(story)


def test_who_lets_an_offer_lapse_may_book_the_slot_like_anybody_if_nobody_else_waits() -> None:
    story = told()
    story.books(CLEO, "two", SLOT_2, OFFERED_AT + timedelta(minutes=30))
    *_, booked = story.records
    story.records = [
        replace(one, headers={**one.headers, "ce_causationid": booked.cause}) if one.topic == ENDED else one
        for one in story.records
    ]

    assert "S9" not in broken(story)


def test_time_that_was_given_back_can_be_had_and_who_comes_second_is_turned_away() -> None:
    story = told()
    bent_desk.given_back(story)
    story.books(CLEO, "two", SLOT_2, OFFERED_AT + timedelta(minutes=31))
    story.refuses(EVE, "two", SLOT_2, "slot-taken", OFFERED_AT + timedelta(minutes=32))
    story.refuses(EVE, "two", SLOT_2, "limit-reached", OFFERED_AT + timedelta(minutes=32))
    story.free_slots -= {("two", SLOT_2)}

    assert broken(story) == set()


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
