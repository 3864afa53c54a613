"""What somebody who applies is told, part by part."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.registration.domain import Invitation, State, Status, decide
from shared.messages.registration import RegistrationConfirmed, RegistrationDeclined, RegistrationPending
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
    promoted,
    status,
    with_pool,
)


def answer(state: State, *keys: tuple[str, str], **about: Any) -> str:
    return status(decided(state, apply("a", *keys, **about)), "a", (keys or (OPEN,))[0][0])


def day(number: int, month: int = 11, hour: int = 0) -> datetime:
    return datetime(2021, month, number, hour, tzinfo=UTC)


def test_who_comes_first_to_an_open_part_has_a_place() -> None:
    after, decision = decision_on(opened(), apply("a"))
    assert status(after, "a", "talk") == "confirmed"
    [fact] = decision.facts
    assert isinstance(fact, RegistrationConfirmed)
    assert (fact.version, fact.subject(), decision.cause) == (1, "registrations/a@1", "cause-a")


def test_one_request_can_be_confirmed_for_one_part_and_declined_for_another() -> None:
    after, decision = decision_on(opened(), apply("a", MATCHING, OPEN, FORUM, delegation="d1"))
    assert [type(fact) for fact in decision.facts] == [RegistrationPending, RegistrationConfirmed, RegistrationDeclined]
    assert [one.part for one in after.registrations["a"].parts] == ["matching", "talk", "forum"]
    assert {fact.version for fact in decision.facts if isinstance(fact, RegistrationPending)} == {1}


@pytest.mark.parametrize(
    ("key", "at", "expected"),
    [
        (OPEN, day(11, 10, hour=8), "declined: not-open-yet"),
        (OPEN, day(11, 10, hour=9), "confirmed"),
        (OPEN, day(14, hour=23), "confirmed"),
        (OPEN, day(15), "declined: deadline-passed"),
        (REMOTE, day(19, 10), "declined: not-open-yet (remote)"),  # a mode may have a window of its own
        (REMOTE, day(20, 10), "confirmed (remote)"),
        (REMOTE, day(22, hour=11), "confirmed (remote)"),  # without `closes`, until the part has ended
        (REMOTE, day(22, hour=12), "declined: deadline-passed (remote)"),
    ],
)
def test_each_mode_has_its_own_window(key: tuple[str, str], at: datetime, expected: str) -> None:
    assert answer(opened(), key, at=at) == expected


def test_a_gathering_that_is_not_known_declines_everything() -> None:
    unknown = replace(opened(), definition=None)
    assert answer(unknown) == "declined: unknown-gathering"
    assert answer(opened(), ("party", "in-person")) == "declined: unknown-part"
    assert answer(opened(), ("lunch", "remote")) == "declined: unknown-part (remote)"


def test_a_part_that_was_cancelled_takes_nobody() -> None:
    assert answer(opened(with_pool(OPEN, cancelled=True))) == "declined: deadline-passed"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"consents": {}}, "declined: incomplete"),
        ({"consents": {"privacy": False}}, "declined: incomplete"),
        ({"answers": {}}, "confirmed"),  # the question is for another part
        ({"answers": {"nobody": "asked"}, "consents": {"privacy": True, "nobody": True}}, "confirmed"),
    ],
)
def test_what_is_required_must_be_given(given: Mapping[str, Any], expected: str) -> None:
    assert answer(opened(), **given) == expected


def test_a_question_is_asked_for_its_own_parts_only() -> None:
    parts = [one | {"needs": None} for one in DEFINITION["parts"]]
    free = opened(definition(parts=parts))
    assert answer(free, LUNCH, answers={}) == "declined: incomplete"
    assert answer(free, LUNCH, answers={"diet": ""}) == "declined: incomplete"
    assert answer(free, LUNCH, answers={"diet": False}) == answer(free, LUNCH, answers={"diet": "none"})  # "no"
    assert answer(free, LUNCH, answers={"diet": "none"}) == "confirmed"


@pytest.mark.parametrize(
    ("kind", "fits", "does_not"),
    [
        ("choice", ["none", "vegan", "v\u00e9g\u00e9tarien"], ["klingon", ["none"], True, 1, "None"]),
        ("choices", [["none"], ["none", "vegan"]], ["none", "nonevegan", ["none", "klingon"], True, []]),
        ("yes-no", [True, False, "yes", "no"], ["klingon", 1, ["yes"]]),
        ("text", ["klingon", 42, False], [["klingon"], "", None]),
    ],
)
def test_what_does_not_fit_its_question_is_no_answer(kind: str, fits: list[Any], does_not: list[Any]) -> None:
    options = ["none", " vegan", "ve\u0301ge\u0301tarien"] if kind in {"choice", "choices"} else []
    question = {"id": "diet", "type": kind, "options": options}
    required = opened(definition(questions=[question | {"required": True}]))
    optional = opened(definition(questions=[question]))
    for given in fits:
        assert answer(required, answers={"diet": given}) == "confirmed"
        assert _kept(optional, given) == given
        assert _kept(optional, "Klingon!" if kind == "text" else fits[0], then=given) == given
    for given in does_not:
        assert answer(required, answers={"diet": given}) == "declined: incomplete", given
        assert answer(optional, answers={"diet": given}) == "confirmed"
        assert not _kept(optional, given), given
        assert _kept(optional, fits[0], then=given) == (fits[0] if given not in ("", None, []) else given)


def _kept(state: State, given: Any, **later: Any) -> Any:
    """What is known of the diet of somebody who said `given` when applying, and what they said `then`."""
    sent = {"attendee": {"name": "Ada"}, "answers": {"diet": given}, "consents": {"privacy": True}}
    state = decided(state, apply("a", OPEN, attendee=sent))
    if later:
        state = decided(state, change("a", answers={"diet": later["then"]}))
    return (state.registrations["a"].attendee or {})["answers"].get("diet")


def test_who_belongs_to_no_listed_delegation_is_not_eligible() -> None:
    assert answer(opened(), delegation="stranger") == "declined: not-eligible"
    assert answer(opened(), MATCHING) == "declined: not-eligible"
    assert answer(opened(), MATCHING, delegation="d1") == "awaiting-selection"
    no_list = opened(definition(delegations=None, parts=[with_pool(OPEN, places_per_delegation=2).parts[0]]))
    assert answer(no_list, delegation="anything") == "declined: not-eligible"


def test_any_delegation_is_taken_at_its_word_where_none_is_listed() -> None:
    anybody = opened(definition(delegations={}, parts=[with_pool(OPEN, places_per_delegation=2).parts[0]]))
    assert answer(anybody, delegation="anything") == "confirmed"


@pytest.mark.parametrize(
    ("code", "expected"),
    [("code-d1", "confirmed"), ("code-d2", "declined: not-eligible"), (None, "declined: not-eligible")],
)
def test_membership_may_ask_for_the_code_that_the_coordinator_hands_out(code: str | None, expected: str) -> None:
    closed = definition(delegations={"membership": "code", "eligible": ["d1", "d2", "d3"]})
    assert answer(opened(closed), delegation="d1", membership_code=code) == expected


def test_no_code_is_no_code() -> None:
    state = opened(definition(delegations={"membership": "code"}, parts=[with_pool(OPEN).parts[1]]))
    state = replace(state, codes={})
    for given in ("", None):
        assert answer(state, FORUM, delegation="d9", membership_code=given) == "declined: not-eligible"


def test_what_excludes_each_other_cannot_be_had_both() -> None:
    both = decided(invited(), apply("a", FORUM, VISIT, OTHER_VISIT, delegation="d1", invitation="code"))
    assert status(both, "a", "visit") == "awaiting-selection"
    assert status(both, "a", "other-visit") == "declined: not-eligible"


def invited(places: int = 2, **about: Any) -> State:
    return opened(invitations={"code": Invitation("i1", None, "d1", places, **about)})


def test_a_part_that_needs_another_waits_until_that_one_is_decided() -> None:
    state = decided(invited(), apply("a", LUNCH, VISIT, FORUM, delegation="d1", invitation="code"))
    assert [status(state, "a", part) for part in ("lunch", "visit", "forum")] == ["awaiting-selection"] * 3
    assert state.count(VISIT).confirmed == 0
    assert answer(opened(), VISIT) == "declined: not-eligible"
    wrong_mode = decided(opened(), apply("a", VISIT, FORUM_REMOTE))
    assert status(wrong_mode, "a", "visit") == "declined: not-eligible"


def test_whose_needed_part_is_confirmed_gets_the_other_at_once() -> None:
    state = decided(opened(), apply("a", OTHER_VISIT, FORUM_REMOTE))
    assert status(state, "a", "other-visit") == "confirmed"


def test_without_an_invitation_nobody_is_invited() -> None:
    assert answer(opened(), FORUM, delegation="d1") == "declined: not-invited"
    assert answer(invited(), FORUM, delegation="d1", invitation="other") == "declined: not-invited"
    assert answer(invited(), FORUM, delegation="d2", invitation="code") == "declined: not-invited"
    assert answer(invited(revoked=True), FORUM, delegation="d1", invitation="code") == "declined: not-invited"
    assert answer(invited(used=2), FORUM, delegation="d1", invitation="code") == "declined: not-invited"
    assert answer(invited(), FORUM, delegation="d1", invitation="code") == "awaiting-selection"


def test_a_personal_invitation_admits_its_person_alone() -> None:
    personal = {"code": Invitation("i1", "person-a", None, 1)}
    assert answer(opened(invitations=personal), FORUM, invitation="code") == "awaiting-selection"
    assert answer(opened(invitations=personal), FORUM, invitation="code", person="b") == "declined: not-invited"


def test_an_invitation_has_so_many_places_and_a_cancellation_gives_one_back() -> None:
    people = [apply(name, FORUM, REMOTE, delegation="d1", invitation="code") for name in "abc"]
    state = decided(invited(), *people)
    assert [status(state, name, "forum") for name in "abc"] == ["awaiting-selection"] * 2 + ["declined: not-invited"]
    assert state.invitations["code"].used == 2
    state = decided(state, cancel("a", "forum"))
    assert state.registrations["a"].is_live  # it still attends the talk online
    assert state.invitations["code"].used == 1
    state = decided(state, apply("d", FORUM, delegation="d1", invitation="code"))
    assert status(state, "d", "forum") == "awaiting-selection"
    must_hold(state)


def test_one_invitation_serves_all_parts_of_its_holder() -> None:
    both = definition(parts=[*with_pool(MATCHING, invitation="required").parts])
    state = replace(invited(1), definition=both)
    state = decided(state, apply("a", FORUM, MATCHING, delegation="d1", invitation="code"))
    assert [status(state, "a", part) for part in ("forum", "matching")] == ["awaiting-selection"] * 2
    assert state.invitations["code"].used == 1


def test_an_invitation_that_was_of_no_use_is_not_used() -> None:
    state = decided(invited(), apply("a", FORUM, delegation="d1", invitation="code", consents={}))
    assert state.registrations["a"].invitation is None
    assert state.invitations["code"].used == 0


def test_the_third_place_of_a_delegation_is_declined() -> None:
    state = decided(opened(), *(apply(name, delegation="d1") for name in "abc"))
    assert [status(state, name, "talk") for name in "abc"] == ["confirmed"] * 2 + ["declined: delegation-quota-reached"]


def test_reserved_places_are_kept_against_everybody_else_until_their_time() -> None:
    state = decided(opened(), *(apply(name) for name in "ab"))
    assert [status(state, name, "talk") for name in "ab"] == ["confirmed", "waitlisted"]
    assert (state.count(OPEN).confirmed, state.count(OPEN).held) == (1, 3)
    late = decided(opened(), *(apply(name, at=later(days=12)) for name in "abcde"))
    assert [status(late, name, "talk") for name in "abcde"] == ["confirmed"] * 4 + ["waitlisted"]
    member = decided(state, apply("m", delegation="d1"))
    assert status(member, "m", "talk") == "confirmed"  # past the queue, into the place that is kept for it


def test_where_there_is_no_waiting_list_a_full_part_is_full() -> None:
    state = decided(opened(), apply("a", FORUM_REMOTE), apply("b", FORUM_REMOTE))
    assert status(state, "b", "forum") == "declined: part-full (remote)"


def test_nobody_overtakes_a_queue() -> None:
    state = decided(opened(with_pool(OPEN, places_per_delegation=None)), *(apply(n) for n in "abcdef"))
    state = decided(state, cancel("a"), apply("g"))
    assert status(state, "g", "talk") == "waitlisted"
    state = promoted(state)
    assert [status(state, name, "talk") for name in "efg"] == ["confirmed", "waitlisted", "waitlisted"]


def test_the_same_person_registers_once() -> None:
    state = decided(opened(), apply("a"), apply("b", REMOTE, MATCHING, person="person-a"))
    assert {status(state, "b", part) for part in ("talk", "matching")} == {
        "declined: already-registered (remote)",
        "declined: already-registered",
    }
    gone = decided(state, cancel("a"), apply("c", person="person-a"))
    assert gone.registrations["c"].is_live


def test_another_body_under_the_same_key_is_declined_and_never_the_firsts_data() -> None:
    state = decided(opened(), apply("a"), apply("b", key="key-a"))
    assert status(state, "b", "talk") == "declined: idempotency-mismatch"
    assert state.keys["key-a"] == "a"
    assert state.registrations["b"].key is None
    assert decide(state, apply("b", key="key-a"), "again") == (state, None)


def test_a_declined_registration_tells_why_in_one_fact() -> None:
    _, decision = decision_on(opened(), apply("a", at=AT.replace(month=9)))
    [fact] = decision.facts
    assert isinstance(fact, RegistrationDeclined)
    assert [(one.status, one.reason) for one in fact.parts] == [(Status.DECLINED, "not-open-yet")]


def test_what_the_gathering_did_not_ask_for_is_not_kept() -> None:
    sent = {
        "attendee": {"name": "Ada"},
        "answers": {"diet": "none", "Shoe size!": 38},
        "consents": {"privacy": True, "C_2": True},
    }
    state = decided(opened(), apply("a", OPEN, attendee=sent))
    kept = {"attendee": {"name": "Ada"}, "answers": {"diet": "none"}, "consents": {"privacy": True}}
    assert state.registrations["a"].attendee == kept
    state = decided(state, change("a", answers={"diet": "vegan", "Shoe size!": 39}))
    assert state.registrations["a"].attendee == kept | {"answers": {"diet": "vegan"}}
