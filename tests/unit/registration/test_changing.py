"""What holders do with what they have: change a mode, add a part, hand it on, give it up."""

from dataclasses import replace

from services.registration.domain import Invitation, Reason, State, Status, decide
from shared.messages.registration import RegistrationCancelled, RegistrationChanged
from tests.support.registration import (
    AT,
    DEFINITION,
    FORUM,
    FORUM_REMOTE,
    LUNCH,
    MATCHING,
    OPEN,
    OTHER_VISIT,
    REMOTE,
    VISIT,
    apply,
    cancel,
    change,
    decided,
    decision_on,
    definition,
    later,
    must_hold,
    opened,
    status,
    with_pool,
)


def refused(state: State, given: object) -> Reason | None:
    after, decision = decide(state, given, "cause")  # type: ignore[arg-type]
    assert decision is not None
    if decision.refusal is not None and decision.facts:
        [fact] = decision.facts
        assert isinstance(fact, RegistrationChanged)
        assert fact.refused == decision.refusal
        before = state.registrations[fact.registration_id]
        assert after.registrations[fact.registration_id] == replace(before, version=before.version + 1)
    return decision.refusal


def attending(*keys: tuple[str, str], **about: object) -> State:
    return decided(opened(), apply("a", *(keys or (OPEN,)), **about))  # type: ignore[arg-type]


def test_a_mode_is_changed_where_there_is_room() -> None:
    after, decision = decision_on(attending(), change("a", REMOTE))
    [fact] = decision.facts
    assert isinstance(fact, RegistrationChanged)
    assert (fact.version, fact.refused, fact.substituted) == (2, None, False)
    assert status(after, "a", "talk") == "confirmed (remote)"
    assert after.count(OPEN).confirmed == 0
    must_hold(after)


def test_a_mode_has_its_own_window_for_changes_too() -> None:
    state = attending(REMOTE)
    assert refused(state, change("a", OPEN, at=later(days=14))) is Reason.DEADLINE_PASSED
    assert refused(state, change("a", OPEN, at=later(days=13))) is None


def test_a_held_place_is_not_given_up_for_a_place_in_a_queue() -> None:
    state = decided(attending(REMOTE), apply("x"))
    assert refused(state, change("a", OPEN)) is Reason.PART_FULL
    added = decided(decided(opened(), apply("x"), apply("a", FORUM_REMOTE)), change("a", OPEN))
    assert status(added, "a", "talk") == "waitlisted"  # a part that it did not have may be waited for


def test_what_is_there_already_is_no_change() -> None:
    state = attending()
    after = decided(state, change("a", OPEN))
    assert after.registrations["a"].parts == state.registrations["a"].parts
    assert after.registrations["a"].version == 2


def test_a_part_is_added_with_the_answers_given_before_and_now() -> None:
    parts = [one | {"needs": None} for one in DEFINITION["parts"]]
    state = opened(definition(parts=parts, questions=[*DEFINITION["questions"], {"id": "shoe"}]))
    state = decided(state, apply("a", OPEN, answers={"shoe": "42"}))
    assert refused(state, change("a", LUNCH, name="c1")) is Reason.INCOMPLETE
    assert refused(state, change("a", LUNCH, name="c2", answers={"diet": "none"})) is None
    told = decided(state, change("a", name="c3", answers={"diet": "none"}))
    known = told.registrations["a"].attendee
    assert known is not None
    assert known["answers"] == {"shoe": "42", "diet": "none"}
    assert refused(told, change("a", LUNCH, name="c4")) is None


def test_what_loses_the_part_it_needs_is_lost_and_what_hung_on_that_in_turn() -> None:
    state = decided(opened(), apply("a", FORUM_REMOTE, OTHER_VISIT))
    assert status(state, "a", "other-visit") == "confirmed"
    state = decided(state, cancel("a", "forum"))
    assert status(state, "a", "other-visit") == "cancelled"
    chain = opened(invitations={"code": Invitation("i1", None, "d1", 1)})
    chain = decided(chain, apply("a", LUNCH, VISIT, FORUM, delegation="d1", invitation="code"))
    chain = decided(chain, cancel("a", "forum"))
    assert [status(chain, "a", part) for part in ("forum", "visit", "lunch")] == [
        "cancelled",
        "declined: not-eligible",
        "declined: not-eligible",
    ]
    assert not chain.registrations["a"].is_live


def test_a_change_that_cannot_be_had_changes_nothing() -> None:
    state = attending(OPEN, delegation="d1")
    assert refused(state, change("a", ("party", "remote"))) is Reason.UNKNOWN_PART
    assert refused(state, change("a", FORUM)) is Reason.NOT_INVITED
    assert refused(state, change("a", REMOTE, FORUM)) is Reason.NOT_INVITED
    assert refused(state, change("a", VISIT)) is Reason.NOT_ELIGIBLE
    assert refused(decided(state, cancel("a")), change("a", REMOTE)) is Reason.NOT_ELIGIBLE
    assert refused(state, change("nobody", REMOTE)) is Reason.NOT_ELIGIBLE


def test_who_gave_an_invited_part_up_may_have_it_back_while_the_invitation_has_room() -> None:
    state = opened(invitations={"code": Invitation("i1", None, "d1", 1)})
    state = decided(state, apply("a", FORUM, REMOTE, delegation="d1", invitation="code"), cancel("a", "forum"))
    assert refused(state, change("a", FORUM)) is None
    other = decided(state, apply("b", FORUM, delegation="d1", invitation="code"))
    assert refused(other, change("a", FORUM)) is Reason.NOT_INVITED
    revoked = replace(state, invitations={"code": replace(state.invitations["code"], revoked=True)})
    assert refused(revoked, change("a", FORUM)) is Reason.NOT_INVITED
    forgotten = replace(state, invitations={})
    assert refused(forgotten, change("a", FORUM)) is Reason.NOT_INVITED


def test_an_applicant_may_attend_online_instead() -> None:
    state = opened(invitations={"code": Invitation("i1", None, "d1", 1)})
    state = decided(state, apply("a", FORUM, delegation="d1", invitation="code"), change("a", FORUM_REMOTE))
    assert status(state, "a", "forum") == "confirmed (remote)"
    assert state.invitations["code"].used == 0
    must_hold(state)


def test_a_colleague_of_the_same_delegation_takes_over_as_it_stands() -> None:
    state = attending(OPEN, delegation="d1")
    handing = change("a", at=later(days=20), person="person-z", attendee={"name": "z"})
    after, decision = decision_on(state, handing)
    one = after.registrations["a"]
    assert (one.person, one.generation, one.attendee) == (
        "person-z",
        1,
        {"attendee": {"name": "z"}, "answers": {}, "consents": {}},
    )
    [fact] = decision.facts
    assert isinstance(fact, RegistrationChanged)
    assert fact.substituted
    assert one.parts == state.registrations["a"].parts  # after the deadline: no new place is taken
    assert after.persons == {"person-z": "a"}
    must_hold(after)
    stale = decided(after, cancel("a"))
    assert stale.registrations["a"] == one
    assert stale.refusals["x1"] is Reason.NOT_ELIGIBLE
    fresh = decided(after, cancel("a", generation=1))
    assert not fresh.registrations["a"].is_live
    assert decide(after, handing, "again") == (after, None)


def test_whoever_hands_on_is_kept_with_the_places_they_had_and_nothing_else() -> None:
    state = attending(OPEN, delegation="d1")
    known = {"name": "Ada", "email": "a@example.org", "country": "FR"}
    first = replace(state.registrations["a"], attendee={"attendee": known, "answers": {"diet": "none"}})
    state = replace(state, registrations={"a": first})
    _, decision = decision_on(state, change("a", person="person-z", attendee={"name": "z"}))
    former = decision.handed_on
    assert former is not None
    assert (former.registration_id, former.generation, former.person) == ("a", 1, first.person)
    assert former.attendee == {"name": "Ada", "email": "a@example.org"}
    assert former.parts == tuple(one.part for one in first.parts if one.status is Status.CONFIRMED) != ()
    _, corrected = decision_on(state, change("a", person=first.person, attendee={"name": "Ada L."}))
    assert corrected.handed_on is None  # nobody hands on to themselves
    _, changed = decision_on(state, change("a", REMOTE))
    assert changed.handed_on is None


def test_who_may_not_take_over() -> None:
    def handed(state: State, at: object = AT, person: str | None = "person-z") -> Reason | None:
        return refused(state, change("a", at=at, person=person, attendee={"name": "z"}))  # type: ignore[arg-type]

    assert handed(attending()) is Reason.NOT_ELIGIBLE  # it belongs to no delegation
    mine = attending(OPEN, delegation="d1")
    assert handed(mine, person=None) is Reason.NOT_ELIGIBLE
    assert handed(mine, at=later(days=40)) is Reason.DEADLINE_PASSED
    assert handed(decided(mine, apply("z", REMOTE))) is Reason.ALREADY_REGISTERED
    assert handed(replace(mine, definition=None)) is Reason.DEADLINE_PASSED
    assert handed(mine, person="person-a") is None  # the same person with another spelling


def test_a_cancellation_gives_up_what_it_names_or_everything() -> None:
    state = attending(OPEN, FORUM_REMOTE)
    _, decision = decision_on(state, cancel("a", "talk"))
    [fact] = decision.facts
    assert isinstance(fact, RegistrationCancelled)
    assert [one.status for one in fact.parts] == ["cancelled", "confirmed"]
    assert refused(state, cancel("a", "party")) is Reason.UNKNOWN_PART
    everything = decided(state, cancel("a"))
    assert not everything.registrations["a"].is_live
    again = decided(everything, cancel("a", name="x2"))
    assert again.registrations["a"].version == everything.registrations["a"].version + 1  # it is answered all the same
    assert again.registrations["a"].parts == everything.registrations["a"].parts


def test_another_body_under_the_key_of_a_change_is_refused() -> None:
    state = decided(attending(), change("a", REMOTE))
    assert refused(state, change("a", OPEN, name="c2", key="key-c1")) is Reason.IDEMPOTENCY_MISMATCH
    assert refused(state, cancel("a", name="x2", key="key-c1")) is Reason.IDEMPOTENCY_MISMATCH
    after = decided(state, cancel("a", name="x2", key="key-c1"))
    assert after.keys["key-c1"] == "c1"
    assert after.registrations["a"].is_live


def test_who_waits_for_places_that_are_no_more_than_a_wish_keeps_waiting() -> None:
    state = decided(opened(with_pool(OPEN, waiting_list=False)), apply("x"), apply("a", REMOTE))
    assert refused(state, change("a", OPEN)) is Reason.PART_FULL
    assert refused(decided(opened(), apply("a", MATCHING, delegation="d1")), change("a", MATCHING)) is None
