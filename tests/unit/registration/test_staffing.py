"""What staff and timers do to registrations."""

from dataclasses import replace

import pytest

from services.registration.domain import (
    Add,
    Category,
    Invitation,
    Reason,
    State,
    add,
    cancel_part,
    erase,
    kept_back,
    move_part,
    overbooked,
    retime_part,
    under,
)
from services.registration.domain.places import free_for, has_kept_place
from shared.messages.registration import AttendeeErased, RegistrationCancelled, RegistrationChanged
from tests.support.registration import (
    AT,
    FORUM,
    FORUM_REMOTE,
    GATHERING,
    MATCHING,
    OPEN,
    OTHER_VISIT,
    RELEASE_AT,
    REMOTE,
    apply,
    change,
    decided,
    must_hold,
    opened,
    stand,
    status,
    wishes,
    with_pool,
)


def guest(*keys: tuple[str, str], name: str = "g", delegation: str | None = None) -> Add:
    return Add(name, GATHERING, AT, f"person-{name}", Category.SPEAKER, delegation, wishes(*keys), {"attendee": {}})


def added(state: State, command: Add) -> State:
    outcome = add(state, command)
    assert not isinstance(outcome, Reason)
    return outcome[0]


def test_whom_staff_adds_takes_no_public_place() -> None:
    full = decided(opened(with_pool(OPEN, capacity=1, places_per_delegation=None)), apply("a"))
    after = added(full, guest(OPEN, FORUM))
    assert [status(after, "g", part) for part in ("talk", "forum")] == ["confirmed", "confirmed"]
    assert after.count(OPEN) == full.count(OPEN)
    moved = decided(after, change("g", REMOTE), change("g", MATCHING, name="c2"))
    assert status(moved, "g", "talk") == "confirmed (remote)"
    assert moved.refusals == {"c2": Reason.NOT_ELIGIBLE}
    back = decided(moved, change("g", OPEN, name="c3"))
    assert status(back, "g", "talk") == "confirmed"


def test_staff_cannot_add_whom_there_is_or_to_what_there_is_not() -> None:
    state = decided(opened(), apply("g"))
    assert add(state, guest(OPEN)) is Reason.ALREADY_REGISTERED
    assert add(opened(), guest(("party", "remote"))) is Reason.UNKNOWN_PART
    assert add(opened(with_pool(OPEN, cancelled=True)), guest(OPEN)) is Reason.UNKNOWN_PART
    assert add(replace(opened(), definition=None), guest(OPEN)) is Reason.UNKNOWN_GATHERING


def test_a_part_that_does_not_take_place_is_lost_with_what_needs_it() -> None:
    state = decided(opened(), apply("a", FORUM_REMOTE, OTHER_VISIT, OPEN))
    after, decision = cancel_part(state, state.registrations["a"], "forum", AT, "storm")
    assert decision is not None
    assert [type(fact) for fact in decision.facts] == [RegistrationCancelled]
    assert [status(after, "a", part) for part in ("forum", "other-visit", "talk")] == [
        "cancelled (remote)",
        "cancelled",
        "confirmed",
    ]
    assert cancel_part(after, after.registrations["a"], "forum", AT, "storm") == (after, None)
    must_hold(after)


def test_a_part_that_goes_online_takes_along_whom_it_has_room_for() -> None:
    state = opened(invitations={"code": Invitation("i1", None, "d1", 9)})
    state = decided(state, *(apply(n, FORUM, OTHER_VISIT, delegation="d1", invitation="code") for n in "ab"))
    state = stand(state, "c", FORUM)
    for name in ("c", "a", "b"):
        state, decision = move_part(state, state.registrations[name], "forum", "remote", AT, "storm")
        assert decision is not None
        [fact] = decision.facts
        assert isinstance(fact, RegistrationChanged)
    assert [status(state, name, "forum") for name in "cab"] == [
        "confirmed (remote)",
        "declined: part-full (remote)",
        "declined: part-full (remote)",
    ]
    assert status(state, "a", "other-visit") == "declined: not-eligible"
    assert state.invitations["code"].used == 0
    must_hold(state)
    again, nothing = move_part(state, state.registrations["c"], "forum", "remote", AT, "storm")
    assert (again, nothing) == (state, None)


def test_a_delegations_quota_holds_where_its_members_are_moved() -> None:
    narrow = with_pool(REMOTE, places_per_delegation=1)
    state = decided(opened(narrow), apply("a", delegation="d1"), apply("b", delegation="d1"))
    for name in "ab":
        state, _ = move_part(state, state.registrations[name], "talk", "remote", AT, "storm")
    assert status(state, "b", "talk") == "declined: delegation-quota-reached (remote)"


def test_a_part_at_another_time_is_told_to_everybody_who_counts_on_it() -> None:
    state = decided(opened(), apply("a"), apply("b", FORUM_REMOTE))
    after, decision = retime_part(state, state.registrations["a"], "talk", "storm", AT)
    assert decision is not None
    [fact] = decision.facts
    assert isinstance(fact, RegistrationChanged)
    assert (fact.retimed, fact.retimed_part, fact.retimed_from) == (True, "talk", AT)
    assert after.registrations["a"].version == 2
    assert retime_part(after, after.registrations["b"], "talk", "storm") == (after, None)


def test_erasing_gives_up_everything_and_forgets_the_person() -> None:
    state = decided(opened(), apply("a", OPEN, FORUM_REMOTE))
    after, decision = erase(state, state.registrations["a"], AT, "act")
    assert decision is not None
    assert [type(fact) for fact in decision.facts] == [RegistrationCancelled, AttendeeErased]
    assert {getattr(fact, "version", None) for fact in decision.facts} == {2}
    assert (after.count(OPEN).confirmed, after.registrations["a"].attendee, after.persons) == (0, None, {})
    assert erase(after, after.registrations["a"], AT, "again") == (after, None)


def test_erasing_whom_nothing_was_left_cancels_nothing() -> None:
    state = decided(opened(), apply("a", FORUM))
    _, decision = erase(state, state.registrations["a"], AT, "act")
    assert decision is not None
    assert [type(fact) for fact in decision.facts] == [AttendeeErased]


def test_a_definition_newly_in_force_keeps_what_is_taken_and_counts_anew_what_is_kept() -> None:
    state = decided(opened(), apply("a", delegation="d1"), apply("b"))
    wider = with_pool(OPEN, capacity=9, places_per_delegation={"max": 3, "reserved": 2, "release_at": RELEASE_AT})
    after = under(state, wider, 2, {"d1": {OPEN: 1}})
    assert (after.count(OPEN).confirmed, after.count(OPEN).held, after.ledger.definition_version) == (2, 5, 2)
    assert set(after.freed) == set(after.ledger.pools)
    assert overbooked(after, AT) == ()
    narrow = under(state, with_pool(OPEN, capacity=4), 2, {})  # as if nobody of d1 were confirmed
    assert overbooked(narrow, AT) == (OPEN,)
    assert overbooked(narrow, RELEASE_AT) == ()


@pytest.mark.parametrize(("at", "kept"), [(AT, 3), (RELEASE_AT, 0)])
def test_what_is_kept_back_is_given_back_at_its_time(at: object, kept: int) -> None:
    state = opened()
    pool = state.pool(OPEN)
    assert pool is not None
    assert kept_back(pool, state.count(OPEN), at) == kept  # type: ignore[arg-type]


def test_a_pool_that_is_not_there_has_no_places() -> None:
    state = opened()
    assert not free_for(state, ("party", "remote"), None, AT)
    assert not free_for(opened(with_pool(OPEN, cancelled=True)), OPEN, None, AT)
    assert not has_kept_place(state, ("party", "remote"), "d1", AT)
    assert not has_kept_place(state, OPEN, "stranger", AT)
