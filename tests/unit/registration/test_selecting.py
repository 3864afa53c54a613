"""The organisers' selection: whole or not at all."""

from dataclasses import replace

import pytest

from services.registration.domain import (
    Choice,
    Chosen,
    Decision,
    Invitation,
    Objection,
    Owing,
    Refused,
    Select,
    State,
    Status,
    propose,
    select,
)
from shared.messages.registration import SelectionPublished
from tests.support.registration import (
    AT,
    FORUM,
    FORUM_REMOTE,
    GATHERING,
    LUNCH,
    MATCHING,
    OPEN,
    OTHER_VISIT,
    REMOTE,
    VISIT,
    apply,
    cancel,
    decided,
    definition,
    later,
    must_hold,
    opened,
    promoted,
    stand,
    status,
    with_pool,
)


def applied(*names: str) -> State:
    """For the matching; the last letter is the number of their delegation."""
    return decided(opened(), *(apply(name, MATCHING, delegation=f"d{name[-1]}") for name in names))


def selection(part: str = "matching", waived: frozenset[str] = frozenset(), **outcomes: str) -> Select:
    choices = tuple(Choice(name, Chosen(outcome)) for name, outcome in outcomes.items())
    return Select("s1", GATHERING, part, choices, "organiser", AT, waived)


def owing(state: State, part: str) -> list[Owing]:
    hopeful: dict[str, int] = {}
    for one in state.registrations.values():
        standing = one.standing(part)
        if one.delegation is not None and standing is not None:
            hopes = standing.status in {Status.CONFIRMED, Status.AWAITING_SELECTION}
            hopeful[one.delegation] = hopeful.get(one.delegation, 0) + hopes
    return [Owing(*pair) for pair in hopeful.items()]


def made(state: State, command: Select) -> tuple[State, list[Decision]]:
    outcome = select(state, command, owing(state, command.part))
    assert not isinstance(outcome, Refused), outcome
    must_hold(outcome[0])
    return outcome


def objections(state: State, command: Select) -> list[Objection]:
    outcome = select(state, command, owing(state, command.part))
    assert isinstance(outcome, Refused)
    return list(outcome.objections)


def test_a_selection_is_told_before_what_it_does() -> None:
    after, decisions = made(applied("a1", "b2"), selection(a1="confirmed"))
    published = decisions[0].facts[0]
    assert isinstance(published, SelectionPublished)
    assert [(one.registration_id, one.outcome) for one in published.decisions] == [("a1", "confirmed")]
    assert len(decisions) == 2
    assert status(after, "a1", "matching") == "confirmed"
    assert status(after, "b2", "matching") == "awaiting-selection"


def test_what_stands_so_already_is_no_decision() -> None:
    state, _ = made(applied("a1", "b1"), selection(a1="confirmed", b1="waitlisted"))
    again, decisions = made(state, selection(a1="confirmed", b1="waitlisted"))
    assert again == state
    assert len(decisions) == 1


def test_a_selection_beyond_the_places_is_refused_whole() -> None:
    state = applied("a1", "b2", "c3")
    assert objections(state, selection(a1="confirmed", b2="confirmed", c3="confirmed")) == [
        Objection("part-full", "c3", "d3")
    ]


def test_a_selection_beyond_a_quota_is_refused_whole() -> None:
    state = decided(opened(with_pool(MATCHING, places_per_delegation=1)))
    state = decided(state, *(apply(name, MATCHING, delegation="d1") for name in "ab"))
    assert objections(state, selection(a="confirmed", b="confirmed")) == [
        Objection("delegation-quota-reached", "b", "d1")
    ]


def test_who_gives_a_place_up_makes_room_for_who_is_confirmed_whatever_the_order() -> None:
    state, _ = made(applied("a1", "b1", "c2", "d2"), selection(a1="confirmed", c2="confirmed"))
    after, _ = made(state, selection(b1="confirmed", a1="waitlisted", d2="confirmed", c2="declined"))
    assert [status(after, name, "matching") for name in ("a1", "b1", "c2", "d2")] == [
        "waitlisted",
        "confirmed",
        "declined: not-selected",
        "confirmed",
    ]


@pytest.mark.parametrize("outcome", ["declined", "waitlisted"])
def test_a_delegation_that_owes_keeps_somebody_unless_it_is_waived(outcome: str) -> None:
    state = applied("a1", "b1", "c2")
    assert objections(state, selection(a1=outcome, b1=outcome)) == [Objection("obligation-unmet", None, "d1")]
    made(state, selection(a1=outcome))
    made(state, selection(a1=outcome, b1="confirmed"))
    made(state, selection(waived=frozenset({"d1"}), a1=outcome, b1=outcome))


def test_an_obligation_binds_no_part_that_has_none() -> None:
    free = definition(parts=[one.model_copy(update={"obligation": None}) for one in definition().parts])
    state = replace(applied("a1"), definition=free)
    made(state, selection(a1="declined"))


def test_only_applications_for_a_selection_can_be_selected() -> None:
    state = decided(applied("a1"), apply("o", OPEN))
    assert objections(state, selection("talk", o="confirmed")) == [Objection("not-a-selection-part")]
    assert objections(state, selection("party", o="confirmed")) == [Objection("not-a-selection-part")]
    assert objections(state, selection(o="confirmed", nobody="declined")) == [
        Objection("not-selectable", "o"),
        Objection("not-selectable", "nobody"),
    ]
    twice = Select("s", GATHERING, "matching", (Choice("a1", Chosen.CONFIRMED),) * 2, "organiser", AT)
    assert objections(state, twice) == [Objection("named-twice", "a1")]
    gone = decided(state, cancel("a1"))
    assert objections(gone, selection(a1="confirmed")) == [Objection("not-selectable", "a1")]


def forum(*extra: tuple[str, str], count: int = 1) -> State:
    state = opened(invitations={"code": Invitation("i1", None, "d1", 9)})
    people = (apply(f"a{n}", FORUM, *extra, delegation="d1", invitation="code") for n in range(count))
    return decided(state, *people)


def test_who_is_not_selected_attends_in_the_other_mode_while_it_has_room() -> None:
    after, _ = made(forum(count=3), selection("forum", a0="declined", a1="declined", a2="confirmed"))
    assert [status(after, f"a{n}", "forum") for n in range(3)] == [
        "confirmed (remote)",
        "declined: not-selected",
        "confirmed",
    ]


def test_a_mode_that_was_cancelled_is_no_way_out() -> None:
    state = replace(forum(), definition=with_pool(FORUM_REMOTE, cancelled=True))
    after, _ = made(state, selection("forum", waived=frozenset({"d1"}), a0="declined"))
    assert status(after, "a0", "forum") == "declined: not-selected"


def test_of_those_without_a_delegation_nobody_owes_anything() -> None:
    state = decided(opened(with_pool(MATCHING)), apply("a1", MATCHING, delegation="d1"))
    state = stand(state, "z", MATCHING, Status.AWAITING_SELECTION)
    after, _ = made(state, selection(z="declined"))
    assert status(after, "z", "matching") == "declined: not-selected"
    proposed = propose(state, "matching", list(state.registrations.values()), AT)
    assert [one.registration_id for one in proposed] == ["a1", "z"]


def test_who_was_not_selected_may_be_later_unless_they_registered_anew() -> None:
    state = replace(forum(count=3), definition=with_pool(FORUM, if_not_selected=None))
    state, _ = made(state, selection("forum", a0="declined", a1="confirmed"))
    after, _ = made(state, selection("forum", a0="confirmed"))
    assert status(after, "a0", "forum") == "confirmed"
    anew = decided(state, apply("b", OPEN, person="person-a0"))
    assert objections(anew, selection("forum", a0="confirmed")) == [Objection("not-selectable", "a0")]


def test_what_needs_the_selected_part_is_decided_with_it() -> None:
    state = forum(VISIT, LUNCH, count=2)
    after, decisions = made(state, selection("forum", a0="confirmed", a1="confirmed"))
    assert [status(after, "a0", part) for part in ("forum", "visit", "lunch")] == ["confirmed"] * 3
    assert [status(after, "a1", part) for part in ("forum", "visit", "lunch")] == [
        "confirmed",
        "waitlisted",
        "awaiting-selection",
    ]
    assert len(decisions[1].facts) == 1
    assert {fact.topic for fact in decisions[2].facts} == {"registration-confirmed", "registration-waitlisted"}
    assert after.registrations["a1"].version == 2


def test_who_loses_the_selected_part_to_the_reserve_list_waits_with_what_needs_it() -> None:
    state, _ = made(forum(VISIT, count=2), selection("forum", a0="confirmed"))
    after, _ = made(state, selection("forum", a0="waitlisted", a1="confirmed"))
    assert [status(after, "a0", part) for part in ("forum", "visit")] == ["waitlisted", "awaiting-selection"]
    assert status(after, "a1", "visit") == "confirmed"


def test_nobody_is_selected_for_what_needs_a_part_they_do_not_have() -> None:
    written = with_pool(VISIT, entry="selection")
    state = replace(forum(VISIT), definition=written)
    for outcome in ("confirmed", "waitlisted"):
        assert objections(state, selection("visit", a0=outcome)) == [Objection("needed-part-not-confirmed", "a0", "d1")]
    state, _ = made(state, selection("forum", a0="confirmed"))
    assert status(state, "a0", "visit") == "awaiting-selection"  # it has a selection of its own
    after, _ = made(state, selection("visit", a0="confirmed"))
    assert status(after, "a0", "visit") == "confirmed"


def test_a_reserve_list_follows_those_who_leave_one_for_one_and_nobody_else() -> None:
    state = applied("a1", "b1", "c1", "d1")
    state, _ = made(state, selection(a1="confirmed", b1="waitlisted", c1="waitlisted"))
    state = promoted(state)
    assert status(state, "b1", "matching") == "waitlisted"  # there is room, but nobody has left
    state = promoted(decided(state, cancel("a1")))
    assert [status(state, name, "matching") for name in ("b1", "c1", "d1")] == [
        "confirmed",
        "waitlisted",
        "awaiting-selection",
    ]


def test_whom_staff_moves_to_the_reserve_list_stays_there() -> None:
    state, _ = made(applied("a1", "b2"), selection(a1="confirmed", b2="confirmed"))
    state, _ = made(state, selection(waived=frozenset({"d1"}), a1="waitlisted"))
    assert status(promoted(state), "a1", "matching") == "waitlisted"


def test_a_proposal_serves_each_delegation_first_and_then_who_came_first() -> None:
    state = decided(
        opened(with_pool(MATCHING, capacity=3)),
        *(
            apply(name, MATCHING, delegation=f"d{name[-1]}", at=later(minutes=n))
            for n, name in enumerate(["a1", "b1", "c2", "d2"])
        ),
    )
    proposed = propose(state, "matching", list(state.registrations.values()), AT)
    assert [(one.registration_id, one.outcome) for one in proposed] == [
        ("a1", "confirmed"),
        ("c2", "confirmed"),
        ("b1", "confirmed"),
        ("d2", "waitlisted"),
    ]
    served, _ = made(state, selection(b1="confirmed"))
    proposed = propose(served, "matching", list(served.registrations.values()), AT)
    assert [one.registration_id for one in proposed] == ["c2", "a1", "d2"]


def test_a_proposal_leaves_out_whom_it_could_not_name_without_breaking_a_duty() -> None:
    state = applied("a1", "b2", "c3")
    proposed = propose(state, "matching", list(state.registrations.values()), AT)
    assert [one.registration_id for one in proposed] == ["a1", "b2"]
    nobody = propose(stand(state, "z", OPEN), "party", list(state.registrations.values()), AT)
    assert nobody == []


def test_a_proposal_passes_over_what_no_selection_decides() -> None:
    state = forum(OTHER_VISIT)
    assert propose(state, "other-visit", list(state.registrations.values()), AT) == []
    waiting = replace(forum(VISIT), definition=with_pool(VISIT, entry="selection"))
    assert propose(waiting, "visit", list(waiting.registrations.values()), AT) == []
    stranger = decided(opened(), apply("s", REMOTE, FORUM_REMOTE))
    assert propose(stranger, "forum", list(stranger.registrations.values()), AT) == []
