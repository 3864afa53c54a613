"""Working groups: the rules always hold, nothing is better, and everyone is told why."""

import pytest
from hypothesis import given, settings

from services.scheduling.solver.groups.assigning import assign
from services.scheduling.solver.groups.checking import cliques
from services.scheduling.solver.groups.model import (
    Assignment,
    Bar,
    Person,
    Relaxable,
    Relaxation,
    Room,
    Rules,
    Shortage,
    Shortfall,
)
from services.scheduling.solver.refusing import Fault, Oddity, Refusal
from services.scheduling.solver.watching import Cancelled, Progress, Watch
from tests.unit.scheduling.solver.building import best_by_trying, breaks, crowd, group_questions, worth

Question = tuple[list[Person], list[Room], Rules]


def answered(people: list[Person], rooms: list[Room], rules: Rules) -> Assignment:
    answer = assign(people, rooms, rules)
    assert isinstance(answer, Assignment), answer
    return answer


def refused(people: list[Person], rooms: list[Room], rules: Rules) -> set[Fault]:
    answer = assign(people, rooms, rules)
    assert isinstance(answer, Refusal)
    return {problem.fault for problem in answer.problems}


def places(answer: Assignment) -> dict[str, str | None]:
    return {place.person: place.room for place in answer.places}


@given(group_questions())
@settings(deadline=None, max_examples=80)
def test_no_rule_is_ever_broken(question: Question) -> None:
    answer = assign(*question)
    if isinstance(answer, Assignment):
        assert breaks(places(answer), question) == []


@given(group_questions(most_people=5))
@settings(deadline=None, max_examples=60)
def test_trying_everything_finds_nothing_better(question: Question) -> None:
    answer, best = assign(*question), best_by_trying(question)
    if isinstance(answer, Refusal):
        faults = {problem.fault for problem in answer.problems}
        assert best is None or faults <= {Fault.TOGETHER_AND_APART, Fault.TOGETHER_TOO_LARGE}
    else:
        assert answer.is_proven
        assert worth(places(answer), question[0], question[2]) == best


@given(group_questions())
@settings(deadline=None, max_examples=60)
def test_everyone_who_missed_a_wish_is_told_why(question: Question) -> None:
    answer = assign(*question)
    if isinstance(answer, Assignment):
        for place, person in zip(answer.places, question[0], strict=True):
            dearer = len(person.wishes) if place.wish is None else place.wish - 1
            assert [missed.room for missed in place.missed] == list(person.wishes[:dearer])
            assert all(missed.bars for missed in place.missed)
            assert bool(place.bars) == (place.room is None)


@given(group_questions())
@settings(deadline=None, max_examples=60)
def test_every_reason_given_is_true(question: Question) -> None:
    """Whoever is moved to a missed wish breaks a rule; a keep-together is named only to those it ties."""
    answer = assign(*question)
    if not isinstance(answer, Assignment):
        return
    tied = {person for group in question[2].together for person in group}
    for place in answer.places:
        for missed in place.missed:
            moved = places(answer) | {place.person: missed.room}
            assert (missed.bars == (Bar.OUTWEIGHED,)) == (breaks(moved, question) == [])
            assert Bar.KEPT_TOGETHER not in missed.bars or place.person in tied
            assert Bar.OUTWEIGHED not in missed.bars


@pytest.mark.parametrize("per_delegation", [None, 1])
@pytest.mark.parametrize("seed", range(3))
def test_600_people_are_placed_at_a_proven_optimum(seed: int, per_delegation: int | None) -> None:
    people, rooms = crowd(600, 20, seed)
    rules = Rules(max_per_country=3, max_per_delegation=per_delegation)
    answer = answered(people, rooms, rules)
    assert answer.is_proven
    assert answer.figures.placed == 600
    assert breaks(places(answer), (people, rooms, rules)) == []
    assert (0, answer.figures.outside, answer.figures.cost) == worth(places(answer), people, rules)


def test_a_delegation_rule_never_makes_it_better() -> None:
    people, rooms = crowd(200, 10, 5, delegations=30)
    free, ruled = (answered(people, rooms, Rules(3, limit)).figures for limit in (None, 1))
    assert (free.outside, free.cost) <= (ruled.outside, ruled.cost)


def test_the_same_question_has_the_same_answer() -> None:
    people, rooms = crowd(300, 12, 9, delegations=40)
    rules = Rules(4, 1, apart=(("p1", "p2"), ("p2", "p3")), together=(("p7", "p8"),))
    assert repr(answered(people, rooms, rules)) == repr(answered(people, rooms, rules))


def test_90_of_one_country_in_20_rooms_of_3_leave_exactly_30() -> None:
    people = [Person(f"p{index}", ("r0",), "FR") for index in range(90)]
    rooms = [Room(f"r{index}", 10) for index in range(20)]
    answer = answered(people, rooms, Rules(max_per_country=3))
    assert answer.shortfalls == (Shortfall(Shortage.COUNTRY, "FR", 90, 60),)
    assert answer.figures.placed == 60
    assert answer.offers == (Relaxation(Relaxable.MAX_PER_COUNTRY, 3, 5, 0),)
    outside = [place for place in answer.places if place.room is None]
    assert {place.bars for place in outside} == {(Bar.COUNTRY_LIMIT,)}


def test_too_few_places_are_counted_and_more_are_offered() -> None:
    people = [Person(f"p{index}", ("r0",)) for index in range(5)]
    answer = answered(people, [Room("r0", 3)], Rules())
    assert answer.shortfalls == (Shortfall(Shortage.ROOMS, None, 5, 3),)
    assert answer.offers == (Relaxation(Relaxable.CAPACITY, 3, 5, 0),)
    assert answer.places[4].bars == (Bar.ROOM_FULL,)


def test_keep_aparts_that_leave_somebody_outside_are_offered_up() -> None:
    people = [Person("one"), Person("two")]
    answer = answered(people, [Room("r0", 5)], Rules(apart=(("one", "two"),)))
    assert Relaxation(Relaxable.APART, 1, 0, 0) in answer.offers
    assert Bar.KEPT_APART in next(place.bars for place in answer.places if place.room is None)


def test_a_delegation_too_large_for_its_limit_is_counted() -> None:
    people = [Person(f"p{index}", (), "FR", "d") for index in range(4)]
    answer = answered(people, [Room("r0", 5), Room("r1", 5)], Rules(max_per_delegation=1))
    assert answer.shortfalls == (Shortfall(Shortage.DELEGATION, "d", 4, 2),)
    assert answer.offers == (Relaxation(Relaxable.MAX_PER_DELEGATION, 1, 2, 0),)


def test_a_room_smaller_than_its_pins_is_refused() -> None:
    people = [Person("one"), Person("two")]
    rules = Rules(pins=(("one", "r0"), ("two", "r0")))
    assert refused(people, [Room("r0", 1)], rules) == {Fault.ROOM_SMALLER_THAN_PINS}


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (Rules(pins=(("one", "r0"), ("one", "r1"))), Fault.PINNED_TWICE),
        (Rules(1, pins=(("one", "r0"), ("two", "r0"))), Fault.PINS_BREAK_COUNTRY_LIMIT),
        (Rules(None, 1, pins=(("one", "r0"), ("two", "r0"))), Fault.PINS_BREAK_DELEGATION_LIMIT),
        (Rules(pins=(("one", "r0"), ("two", "r0")), apart=(("one", "two"),)), Fault.PINS_KEPT_APART),
        (Rules(apart=(("one", "two"),), together=(("one", "two"),)), Fault.TOGETHER_AND_APART),
        (Rules(apart=(("one", "one"),)), Fault.TOGETHER_AND_APART),
        (Rules(1, together=(("one", "two"),)), Fault.TOGETHER_TOO_LARGE),
        (Rules(pins=(("nobody", "r0"),)), Fault.UNKNOWN_PERSON),
        (Rules(pins=(("one", "nowhere"),)), Fault.UNKNOWN_ROOM),
        (Rules(max_per_country=0), Fault.BAD_NUMBER),
        (Rules(costs=(0,)), Fault.BAD_NUMBER),
    ],
)
def test_rules_that_contradict_are_refused(rules: Rules, fault: Fault) -> None:
    people = [Person("one", (), "FR", "d"), Person("two", (), "FR", "d")]
    assert fault in refused(people, [Room("r0", 3), Room("r1", 3)], rules)


def test_slips_are_all_listed() -> None:
    assert refused([Person("one"), Person("one")], [], Rules()) == {Fault.DUPLICATE, Fault.NO_ROOMS}
    assert refused([Person("one")], [Room("r0", -1)], Rules()) == {Fault.BAD_NUMBER}


def test_odd_wishes_are_left_out_and_named() -> None:
    many = ("r0", "r0", "moon", "r1", *(f"r{index}" for index in range(2, 10_000)))
    rooms = [Room(f"r{index}", 1) for index in range(4)]
    answer = answered([Person("one", many)], rooms, Rules())
    assert answer.people[0].wishes == ("r0", "r1", "r2")
    assert [(one.oddity, one.count) for one in answer.ignored] == [
        (Oddity.TWICE, 1),
        (Oddity.UNKNOWN, 1),
        (Oddity.TOO_MANY, 9_997),
    ]


def test_nobody_at_all_is_an_answer() -> None:
    assert answered([], [Room("r0", 1)], Rules()).places == ()


def test_progress_is_told() -> None:
    told: list[Progress] = []
    people, rooms = crowd(50, 5, 1)
    assign(people, rooms, Rules(3), Watch(told.append))
    assert {progress.phase for progress in told} >= {"wishes"}


@pytest.mark.parametrize("looks", [1, 2, 5, 20])
def test_whoever_loses_interest_stops_it(looks: int) -> None:
    left = iter(range(looks))
    people, rooms = crowd(600, 20, 2)
    with pytest.raises(Cancelled):
        assign(people, rooms, Rules(3, 1), Watch(is_cancelled=lambda: next(left, None) is None))


def test_pairs_kept_apart_become_sets() -> None:
    assert cliques([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]) == [("a", "b", "c"), ("c", "d")]
