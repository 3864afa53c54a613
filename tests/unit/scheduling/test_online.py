"""Meetings of two of whom one is remote: at no table, also if that comes about later."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.scheduling.domain import Diary, Meeting, MeetingSlot, Plan, Topic
from services.scheduling.domain.encounters import meeting_id
from shared.messages.scheduling import MeetingCancelled, MeetingScheduled
from tests.unit.scheduling.building import (
    EARLY,
    FAIR,
    NOON,
    G,
    after,
    cancelled,
    confirmed,
    empty,
    prefers,
    published,
    run,
    said,
    says_yes,
)

MET = meeting_id(G, ("ada", "bob"))


@pytest.fixture
def diary() -> Diary:
    """Ada and Bob are there in person and meet at a table."""
    people = (confirmed(who, mode="in-person") for who in ("ada", "bob"))
    opened = after(empty(), published(partnering=FAIR), *people, prefers("bob", meet=("ada",)))
    planned = replace(opened, plans={Topic.PARTNERING: Plan(G, Topic.PARTNERING, "p", EARLY)})
    return after(planned, says_yes())


def test_who_comes_from_afar_after_all_frees_the_table_and_both_are_told(diary: Diary) -> None:
    assert diary.meetings[MET].table == 1
    outcome = run(diary, confirmed("bob", version=2))
    [fact] = said(outcome)
    assert isinstance(fact, MeetingScheduled)
    assert (fact.registration_ids, fact.table, fact.version) == (("ada", "bob"), None, 2)
    assert not [claim for claim in outcome.after.claims if ":meeting-table:" in claim]
    assert [claim for claim in outcome.after.claims if ":attendee:ada:" in claim]
    assert said(run(outcome.after, confirmed("bob", version=3))) == []


def test_what_has_begun_and_what_is_over_stays_where_it_was(diary: Diary) -> None:
    begun = diary.meetings[MET].slot.starts_at
    assert run(diary, confirmed("bob", version=2), at=begun).after.meetings == diary.meetings
    over = after(diary, cancelled())
    assert said(run(over, confirmed("bob", version=2))) == []


def test_who_does_not_come_at_all_meets_nobody(diary: Diary) -> None:
    assert [type(one) for one in said(run(diary, cancelled("bob")))] == [MeetingCancelled]


def test_a_meeting_is_online_if_it_has_no_table() -> None:
    slot = MeetingSlot(NOON, NOON + timedelta(minutes=10))
    assert Meeting("m", G, "day", ("ada", "bob"), slot).online
    assert not Meeting("m", G, "day", ("ada", "bob"), slot, table=1).online
