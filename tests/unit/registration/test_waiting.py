"""Queues: who moves up, when, and who does not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.registration.domain import (
    Status,
    Vacancy,
    at_rest,
    holding,
    idle,
    promote,
    quota,
    released,
    reserved,
    stirred,
    under,
    vacancies,
)
from tests.support.registration import (
    AT,
    DELEGATIONS,
    FORUM,
    MATCHING,
    OPEN,
    RELEASE_AT,
    REMOTE,
    VISIT,
    apply,
    cancel,
    decided,
    later,
    must_hold,
    opened,
    promoted,
    stand,
    status,
    with_pool,
)

NO_QUOTA = with_pool(OPEN, places_per_delegation=None)


def test_a_freed_place_goes_to_the_first_in_the_queue_in_the_same_decision() -> None:
    state = decided(opened(NO_QUOTA), *(apply(name) for name in "abcdefg"), cancel("b"), cancel("e", name="x2"))
    state = promoted(state)
    assert [status(state, name, "talk") for name in "efg"] == ["cancelled", "confirmed", "waitlisted"]
    assert state.registrations["f"].version == 2
    must_hold(state)


def test_a_queue_moves_only_where_something_came_free() -> None:
    state = decided(opened(NO_QUOTA), *(apply(name) for name in "abcdef"))
    assert vacancies(state, AT) == ()
    freed = decided(state, cancel("a"))
    assert vacancies(freed, AT) == (Vacancy(OPEN, 1),)
    assert vacancies(freed, AT + timedelta(days=30)) == ()  # the part is over
    assert vacancies(at_rest(freed, OPEN), AT) == ()
    assert vacancies(replace(freed, definition=None), AT) == ()
    assert vacancies(replace(freed, definition=with_pool(OPEN, cancelled=True)), AT) == ()
    assert promote(replace(freed, definition=None), OPEN, AT, "c")[1] == []


def test_a_delegation_at_its_quota_is_passed_over_and_keeps_its_place_in_the_queue() -> None:
    wide = with_pool(OPEN, places_per_delegation={"max": 1})
    state = decided(opened(wide), *(apply(name) for name in "abc"), apply("d", delegation="d1"))
    state = decided(state, apply("s1"), apply("s2"))
    state = stand(state, "w", OPEN, Status.WAITLISTED, "d1")
    moved = stand(state, "v", OPEN, Status.WAITLISTED)
    moved = promoted(decided(moved, cancel("a"), cancel("b", name="x2"), cancel("c", name="x3")))
    assert [status(moved, name, "talk") for name in ("s1", "s2", "w", "v")] == [
        "confirmed",
        "confirmed",
        "waitlisted",
        "confirmed",
    ]
    freed = promoted(decided(moved, cancel("d", name="x4")))
    assert status(freed, "w", "talk") == "confirmed"
    must_hold(freed)


def test_a_place_kept_for_a_delegation_is_taken_by_its_own_member_in_the_queue_alone() -> None:
    state = decided(opened(), *(apply(one, delegation=one) for one in DELEGATIONS), apply("x"))
    state = decided(state, apply("y"), apply("m", delegation="d1"))
    assert [status(state, name, "talk") for name in ("x", "y", "m")] == ["confirmed", "waitlisted", "waitlisted"]
    state = decided(state, cancel("d1"))
    assert vacancies(state, AT) == (Vacancy(OPEN, 0, kept=1),)
    state = promoted(state)
    assert [status(state, name, "talk") for name in ("y", "m")] == ["waitlisted", "confirmed"]
    must_hold(state)


def test_released_places_go_to_whoever_waits() -> None:
    state = decided(opened(), *(apply(name) for name in "abcdef"))
    assert released(state, AT) == {}
    assert released(state, RELEASE_AT) == {OPEN: RELEASE_AT}
    assert idle(state, AT) == {OPEN}  # a member of a delegation might wait for a place that is kept
    assert promoted(stirred(state, idle(state, AT))).registrations == state.registrations
    state = promoted(stirred(state, idle(state, RELEASE_AT)), RELEASE_AT)
    assert [status(state, name, "talk") for name in "abcdef"] == ["confirmed"] * 4 + ["waitlisted"] * 2


def test_a_reserve_list_moves_by_as_many_as_were_kept_when_they_are_released() -> None:
    kept = {"reserved": 1, "max": 2, "release_at": "2021-11-12T00:00"}
    state = opened(with_pool(MATCHING, capacity=4, places_per_delegation=kept))
    for number in range(5):
        state = stand(state, f"w{number}", MATCHING, Status.WAITLISTED)
    state = replace(state, freed={})
    assert idle(state, RELEASE_AT) == frozenset()  # a selection is never refilled by itself
    moved = promoted(stirred(state, released(state, RELEASE_AT)), RELEASE_AT)
    assert [status(moved, f"w{n}", "matching") for n in range(5)] == ["confirmed"] * 3 + ["waitlisted"] * 2


def test_without_a_limit_a_reserve_list_still_follows_one_for_one() -> None:
    state = opened(with_pool(MATCHING, capacity=None))
    state = stand(stand(state, "in", MATCHING), "w", MATCHING, Status.WAITLISTED)
    assert vacancies(state, AT) == ()
    assert vacancies(decided(state, cancel("in")), AT) == (Vacancy(MATCHING, 1, reserve=True),)
    assert status(promoted(decided(state, cancel("in"))), "w", "matching") == "confirmed"


def test_a_capacity_that_is_taken_away_lets_the_whole_queue_in() -> None:
    state = decided(opened(NO_QUOTA), *(apply(name) for name in "abcdefgh"))
    state = under(state, with_pool(OPEN, capacity=None, places_per_delegation=None), 2, {})
    assert vacancies(state, AT)[0] == Vacancy(OPEN, None)
    state = promoted(state)
    assert {status(state, name, "talk") for name in "abcdefgh"} == {"confirmed"}


def test_who_is_promoted_gets_what_needs_that_part() -> None:
    state = stand(
        stand(opened(with_pool(FORUM, entry="open", capacity=1, places_per_delegation=None)), "x", FORUM),
        "w",
        FORUM,
        Status.WAITLISTED,
    )
    one = state.registrations["w"]
    state = stand(state, "other", VISIT)
    waiting = one.with_standing(replace(one.parts[0], part="visit", status=Status.AWAITING_SELECTION, position=None))
    state = replace(state, registrations={**state.registrations, "w": waiting})
    state = promoted(decided(state, cancel("x")))
    assert [status(state, "w", part) for part in ("forum", "visit")] == ["confirmed", "waitlisted"]


def test_counts_in_view_are_newer_than_stored_ones() -> None:
    state = decided(opened(), apply("a", delegation="d1"), apply("b", delegation="d2"), cancel("b"))
    assert holding(state, OPEN, 1, frozenset({"d2", "d3"})) == {"d1", "d3"}
    assert (quota(state, OPEN), reserved(state, OPEN)) == (2, 1)
    assert (quota(state, REMOTE), reserved(state, REMOTE)) == (None, 0)
    assert (quota(state, ("party", "remote")), reserved(state, ("party", "remote"))) == (None, 0)


@pytest.mark.parametrize("seen", [0, 1])
def test_a_state_without_a_gathering_has_nothing_to_move(seen: int) -> None:
    nothing = replace(opened(), definition=None, freed={OPEN: seen})
    assert vacancies(nothing, AT) == ()
    assert idle(nothing, later(days=1)) == frozenset()
    assert released(nothing, RELEASE_AT) == {}
