"""What holds whatever people, staff and the clock do, in whatever order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from services.registration.domain import (
    Add,
    Apply,
    Cancel,
    Category,
    Change,
    Choice,
    Chosen,
    Invitation,
    Owing,
    Reason,
    Refused,
    Select,
    State,
    Status,
    add,
    cancel_part,
    decide,
    erase,
    idle,
    move_part,
    propose,
    retime_part,
    select,
    stirred,
)
from services.registration.domain.selecting import is_hopeful
from tests.support.registration import (
    AT,
    DELEGATIONS,
    FORUM,
    GATHERING,
    LUNCH,
    MATCHING,
    OPEN,
    OTHER_VISIT,
    RELEASE_AT,
    REMOTE,
    VISIT,
    apply,
    cancel,
    change,
    decided,
    later,
    must_hold,
    opened,
    promoted,
    status,
    wishes,
)

NAMES = tuple(f"r{number}" for number in range(12))
KEYS = (OPEN, REMOTE, FORUM, VISIT, OTHER_VISIT, LUNCH, MATCHING, ("forum", "remote"))
INVITED = {
    "everybody": Invitation("i1", None, "d1", 4),
    "one": Invitation("i2", "person-r1", None, 1),
    "none": Invitation("i3", None, None, 1),
}

names, times = st.sampled_from(NAMES), st.sampled_from([later(hours=0), later(days=3), RELEASE_AT, later(days=30)])
keys = st.lists(st.sampled_from(KEYS), min_size=1, max_size=4, unique_by=lambda key: key[0]).map(tuple)
numbers = st.integers(0, 9999)

Step = Callable[[State], State]


@st.composite
def submissions(draw: st.DrawFn) -> Apply | Change | Cancel:
    name, at = draw(names), draw(times)
    match draw(st.sampled_from(["apply", "apply", "apply", "change", "cancel"])):
        case "apply":
            given_key = f"key-{draw(names)}" if draw(st.booleans()) else f"key-{name}"
            return apply(
                name,
                *draw(keys),
                delegation=draw(st.sampled_from([None, *DELEGATIONS, "stranger"])),
                at=at,
                key=given_key,
                person=f"person-{draw(names)}" if draw(st.booleans()) else f"person-{name}",
                invitation=draw(st.sampled_from([None, *INVITED, "made up"])),
            )
        case "change":
            person = draw(st.one_of(st.none(), names))
            attendee = None if person is None else {"name": person}
            known = {"person": person and f"person-{person}", "attendee": attendee}
            number = draw(numbers)
            chosen = draw(st.one_of(st.just(()), keys))
            return change(name, *chosen, name=f"c{number}", at=at, generation=draw(st.integers(0, 1)), **known)
        case _:
            parts = draw(st.lists(st.sampled_from(KEYS), max_size=2).map(lambda found: [key[0] for key in found]))
            return cancel(name, *parts, name=f"x{draw(numbers)}", at=at, generation=draw(st.integers(0, 1)))


def submitted(command: Apply | Change | Cancel) -> Step:
    return lambda state: decided(state, command)


def selected(part: str, outcomes: dict[str, Chosen], number: int) -> Step:
    def step(state: State) -> State:
        choices = tuple(Choice(name, outcome) for name, outcome in outcomes.items())
        command = Select(f"s{number}", GATHERING, part, choices, "organiser", AT)
        outcome = select(state, command, owing(state, part))
        return state if isinstance(outcome, Refused) else outcome[0]

    return step


def owing(state: State, part: str) -> list[Owing]:
    counts: dict[str, int] = {}
    for one in state.registrations.values():
        if one.delegation is not None and one.standing(part) is not None:
            counts[one.delegation] = counts.get(one.delegation, 0) + is_hopeful(one.standing(part))
    return [Owing(delegation, hopeful) for delegation, hopeful in counts.items()]


def staffed(name: str, what: str, at: datetime) -> Step:
    def step(state: State) -> State:
        one = state.registrations.get(name)
        if one is None:
            person = f"person-{name}"
            guest = Add(name, GATHERING, at, person, Category.SPEAKER, None, wishes(OPEN), {"name": name})
            outcome = add(state, guest)
            return state if isinstance(outcome, Reason) else outcome[0]
        match what:
            case "erase":
                return erase(state, one, at, "act")[0]
            case "move":
                return move_part(state, one, "talk", "remote", at, "act")[0]
            case "retime":
                return retime_part(state, one, "talk", "act")[0]
            case _:
                return cancel_part(state, one, "forum", at, "act")[0]

    return step


steps = st.one_of(
    submissions().map(submitted),
    times.map(lambda at: lambda state: promoted(state, at)),
    times.map(lambda at: lambda state: promoted(stirred(state, idle(state, at)), at)),
    st.builds(
        selected,
        st.sampled_from(["forum", "matching"]),
        st.dictionaries(names, st.sampled_from(Chosen), min_size=1, max_size=5),
        numbers,
    ),
    st.builds(staffed, names, st.sampled_from(["erase", "move", "retime", "cancel"]), times),
)


def busy() -> State:
    """Some have applied for everything, and some of them are in."""
    members = [apply(f"r{n}", FORUM, VISIT, LUNCH, delegation="d1", invitation="everybody") for n in range(4)]
    matching = [apply(f"r{n + 4}", MATCHING, OPEN, delegation=DELEGATIONS[n % 3]) for n in range(6)]
    state = decided(opened(invitations=dict(INVITED)), *members, *matching)
    state = selected("forum", {"r0": Chosen.CONFIRMED, "r2": Chosen.WAITLISTED}, 1)(state)
    return selected("matching", {"r4": Chosen.CONFIRMED, "r7": Chosen.WAITLISTED}, 2)(state)


def attendees(state: State) -> State:
    """Without those whom staff let in: they take no public place."""
    public = {key: one for key, one in state.registrations.items() if one.category is Category.ATTENDEE}
    persons = {one.person: one.id for one in public.values() if one.is_live}
    return replace(state, registrations=public, persons=persons)


@settings(max_examples=200, deadline=None)
@given(st.booleans(), st.lists(steps, max_size=40))
def test_no_limit_is_ever_broken_and_every_count_adds_up(begun: bool, script: list[Step]) -> None:  # noqa: FBT001
    state = busy() if begun else opened(invitations=dict(INVITED))
    for step in script:
        before, state = state, step(state)
        must_hold(attendees(state))
        for one in before.registrations.values():
            assert state.registrations[one.id].version >= one.version


@settings(max_examples=100, deadline=None)
@given(st.lists(submissions(), max_size=25))
def test_each_submission_has_one_answer_and_a_second_delivery_changes_nothing(
    commands: list[Apply | Change | Cancel],
) -> None:
    state = busy()
    answered = set(state.registrations)
    for number, command in enumerate(commands):
        state, decision = decide(state, command, f"m{number}")
        assert (decision is None) == (command.id in answered)
        answered.add(command.id)
        assert decide(state, command, f"m{number}") == (state, None)
        if decision is None:
            continue
        topics = [fact.topic for fact in decision.facts]
        assert len(topics) == len(set(topics))
        if isinstance(command, Apply):
            assert decision.facts
            assert {one.part for one in state.registrations[command.id].parts} == {w.part for w in command.wishes}
    for command in commands:
        assert decide(state, command, "again") == (state, None)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(DELEGATIONS), st.booleans()), max_size=14))
def test_what_one_delegation_does_takes_no_reserved_place_from_another(script: list[tuple[str, bool]]) -> None:
    state, members = opened(), dict.fromkeys(DELEGATIONS, 0)
    for number, (delegation, stranger) in enumerate(script):
        mine = None if stranger else delegation
        name = f"n{number}"
        state = promoted(decided(state, apply(name, OPEN, delegation=mine)))
        if mine is not None and members[mine] == 0:
            assert status(state, name, "talk") == "confirmed"  # the one place that is kept for each
        if mine is not None:
            members[mine] += 1
    must_hold(state)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(NAMES), max_size=20))
def test_people_move_up_in_the_order_in_which_they_queued(leaving: list[str]) -> None:
    state = decided(opened(), *(apply(name, VISIT, FORUM) for name in NAMES))  # nobody is invited
    state = decided(state, *(apply(f"p{name}", OPEN) for name in NAMES))
    for number, name in enumerate(leaving):
        waiting = [one for one in NAMES if status(state, f"p{one}", "talk") == Status.WAITLISTED]
        held = status(state, f"p{name}", "talk") == Status.CONFIRMED
        state = promoted(decided(state, cancel(f"p{name}", name=f"x{number}")))
        still = [one for one in waiting if status(state, f"p{one}", "talk") == Status.WAITLISTED]
        assert [one for one in waiting if one in still and one != name] == [one for one in still if one != name]
        first = [one for one in waiting if one != name][: int(held)]
        assert all(status(state, f"p{one}", "talk") == Status.CONFIRMED for one in first)
        must_hold(state)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([None, *DELEGATIONS]), max_size=10))
def test_a_proposal_can_be_applied_as_it_is(delegations: list[str | None]) -> None:
    state = opened()
    for number, delegation in enumerate(delegations):
        state = decided(state, apply(f"n{number}", MATCHING, delegation=delegation))
    proposed = propose(state, "matching", list(state.registrations.values()), AT)
    command = Select("s1", GATHERING, "matching", tuple(proposed), "organiser", AT)
    outcome = select(state, command, owing(state, "matching"))
    assert not isinstance(outcome, Refused)
    must_hold(outcome[0])
