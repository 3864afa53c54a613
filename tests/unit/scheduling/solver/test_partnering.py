"""Partnering: no rule is ever broken, much more is found than first-come finds, and everyone is told why not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from services.scheduling.solver.partnering.matching import match
from services.scheduling.solver.partnering.model import (
    Locked,
    Meeting,
    Person,
    Rules,
    Schedule,
    Slot,
    Unmet,
    Why,
)
from services.scheduling.solver.refusing import Fault, Oddity, Refusal
from services.scheduling.solver.watching import Cancelled, Progress, Watch
from tests.unit.scheduling.solver.building import fair, first_come, partnering_questions

Question = tuple[list[Person], list[Slot], Rules]
SLOTS = [Slot("s0", 2), Slot("s1", 2)]


def answered(people: Sequence[Person], slots: Sequence[Slot], rules: Rules, locked: Sequence[Locked] = ()) -> Schedule:
    answer = match(people, slots, rules, locked)
    assert isinstance(answer, Schedule), answer
    return answer


def may_meet(one: Person, other: Person, rules: Rules) -> bool:
    asked = (other.id in one.wishes) + (one.id in other.wishes)
    declined = other.id in one.no_thanks or one.id in other.no_thanks
    same = one.delegation is not None and one.delegation == other.delegation
    return one.id != other.id and asked > int(rules.is_mutual) and not declined and not same


def breaks(meetings: Sequence[Meeting], question: Question) -> list[str]:
    """Every rule that these meetings break, told independently of the solver; locked ones may."""
    people, slots, rules = question
    by_id, tables = {person.id: person for person in people}, {slot.id: slot.tables for slot in slots}
    found = []
    for meeting in meetings:
        one, other = (by_id[person] for person in meeting.pair)
        if not meeting.is_locked:
            found += [f"{meeting} is not wanted"] * (not may_meet(one, other, rules))
            found += [f"{meeting} while busy"] * (meeting.slot in one.busy | other.busy)
            needs = not (one.is_remote or other.is_remote)
            found += [f"{meeting} at the wrong table"] * (needs != (meeting.table is not None))
        in_range = meeting.table is None or 1 <= meeting.table <= tables[meeting.slot]
        found += [f"{meeting} at no table"] * (not in_range)
    at_once = Counter((person, meeting.slot) for meeting in meetings for person in meeting.pair)
    at_table = Counter((meeting.table, meeting.slot) for meeting in meetings if meeting.table is not None)
    pairs = Counter(frozenset(meeting.pair) for meeting in meetings)
    found += [f"{key} twice" for counts in (at_once, at_table, pairs) for key, count in counts.items() if count > 1]
    met = Counter(person for meeting in meetings for person in meeting.pair)
    most = rules.max_per_person
    found += [f"{person} too often" for person, count in met.items() if most is not None and count > most]
    of = Counter(by_id[person].delegation for meeting in meetings for person in meeting.pair)
    limit = rules.max_per_delegation
    return found + [f"{one} too often" for one, count in of.items() if one and limit is not None and count > limit]


def most_by_trying(question: Question) -> int:
    """The most meetings of all schedules there are."""
    people, slots, rules = question
    options = [
        Meeting((one.id, other.id), slot.id, None)
        for index, one in enumerate(people)
        for other in people[index + 1 :]
        for slot in slots
        if may_meet(one, other, rules) and slot.id not in one.busy | other.busy
    ]
    remote = {person.id for person in people if person.is_remote}

    def seated(meetings: list[Meeting]) -> list[Meeting]:
        tables: Counter[str] = Counter()
        found = []
        for meeting in meetings:
            needs = not remote & set(meeting.pair)
            tables[meeting.slot] += needs
            found.append(replace(meeting, table=tables[meeting.slot] if needs else None))
        return found

    def most(start: int, chosen: list[Meeting]) -> int:
        best = len(chosen)
        for index in range(start, len(options)):
            grown = [*chosen, options[index]]
            if not breaks(seated(grown), question):
                best = max(best, most(index + 1, grown))
        return best

    return most(0, [])


@given(partnering_questions())
@settings(deadline=None, max_examples=100)
def test_no_rule_is_ever_broken(question: Question) -> None:
    answer = answered(*question)
    assert breaks(answer.meetings, question) == []
    assert answer.figures.meetings == len(answer.meetings) <= answer.figures.bound


@given(partnering_questions(most_people=5))
@settings(deadline=None, max_examples=50)
def test_trying_everything_finds_no_more_meetings(question: Question) -> None:
    assert answered(*question).figures.meetings == most_by_trying(question)


@given(partnering_questions())
@settings(deadline=None, max_examples=50)
def test_every_wish_is_met_or_explained(question: Question) -> None:
    answer = answered(*question)
    met = {frozenset(meeting.pair) for meeting in answer.meetings}
    for share, person in zip(answer.shares, question[0], strict=True):
        wishes = {wish for wish in person.wishes if wish != person.id}
        unmet = {one.wish for one in share.unmet}
        assert unmet == {wish for wish in wishes if frozenset((person.id, wish)) not in met}
        assert share.meetings == sum(person.id in pair for pair in met)
        assert share.missing == max(0, question[2].min_per_person - share.meetings)


@given(partnering_questions())
@settings(deadline=None, max_examples=50)
def test_a_second_run_keeps_what_is_locked_and_tops_it_up(question: Question) -> None:
    people, slots, rules = question
    first = answered(people, slots, rules)
    locked = [Locked(meeting.pair, meeting.slot, meeting.table) for meeting in first.meetings[::2]]
    again = answered(people, slots, rules, locked)
    assert breaks(again.meetings, question) == []
    kept = {(meeting.pair, meeting.slot, meeting.table) for meeting in again.meetings if meeting.is_locked}
    assert kept == {(one.pair, one.slot, one.table) for one in locked}
    assert len(again.meetings) <= again.figures.bound


def test_much_more_is_found_than_by_first_come() -> None:
    people, slots, asked = fair(300, 2_000, 12, 1, tables=300)
    answer = answered(people, slots, Rules(effort=100))
    assert breaks(answer.meetings, (people, slots, Rules())) == []
    assert answer.figures.meetings >= 1.15 * sum(first_come(people, slots, asked)) / 2
    assert answer.figures.meetings >= 0.97 * answer.figures.bound


def test_where_tables_bind_everybody_gets_a_fair_share() -> None:
    people, slots, asked = fair(300, 2_000, 12, 2, tables=60, remote=0, busy=0)
    unfair = first_come(people, slots, asked)
    answer = answered(people, slots, Rules(effort=200))
    assert answer.figures.meetings == answer.figures.bound == 720
    hopeless = sum(len(person.wishes) < 3 for person in people)
    assert (answer.figures.with_none, answer.figures.under_three) == (0, hopeless)
    assert unfair.count(0) > 0
    assert sum(count < 3 for count in unfair) > 10 * hopeless
    assert answer.figures.jain >= 0.97 > sum(unfair) ** 2 / (300 * sum(count**2 for count in unfair))


def test_the_same_question_and_seed_have_the_same_answer() -> None:
    people, slots, _ = fair(80, 400, 6, 3, tables=10)
    assert repr(answered(people, slots, Rules(effort=50))) == repr(answered(people, slots, Rules(effort=50)))


def wishing(*people: Person) -> list[Person]:
    """They all wish to meet each other."""
    return [replace(one, wishes=tuple(other.id for other in people if other != one)) for one in people]


def test_only_two_people_in_person_need_a_table() -> None:
    rules, no_tables = Rules(), [Slot("s0", 0)]
    assert len(answered(wishing(Person("a"), Person("b")), no_tables, rules).meetings) == 0
    assert len(answered(wishing(Person("a", is_remote=True), Person("b")), no_tables, rules).meetings) == 1


@pytest.mark.parametrize(
    ("people", "slots", "rules", "why"),
    [
        ([Person("a", ("b",)), Person("b")], SLOTS, Rules(), Why.NOT_MUTUAL),
        ([Person("a", ("b",)), Person("b", ("a",), ("a",))], SLOTS, Rules(), Why.DECLINED),
        ([Person("a", ("b",), ("b",)), Person("b", ("a",))], SLOTS, Rules(), Why.NO_THANKS),
        (wishing(Person("a", delegation="d"), Person("b", delegation="d")), SLOTS, Rules(), Why.SAME_DELEGATION),
        (
            wishing(Person("a", busy=frozenset({"s0"})), Person("b", busy=frozenset({"s1"}))),
            SLOTS,
            Rules(),
            Why.NO_COMMON_SLOT,
        ),
        (wishing(Person("a", maximum=0), Person("b")), SLOTS, Rules(), Why.MAXIMUM_REACHED),
        (wishing(Person("a"), Person("b", maximum=0)), SLOTS, Rules(), Why.THEIR_MAXIMUM_REACHED),
        (
            wishing(Person("a", delegation="d"), Person("b")),
            SLOTS,
            Rules(max_per_delegation=0),
            Why.DELEGATION_MAXIMUM_REACHED,
        ),
        (wishing(Person("a"), Person("b")), [Slot("s0", 0)], Rules(), Why.TABLES_FULL),
    ],
)
def test_whoever_does_not_meet_is_told_why(people: list[Person], slots: list[Slot], rules: Rules, why: Why) -> None:
    assert answered(people, slots, rules).shares[0].unmet == (Unmet("b", why),)


def test_whoever_is_busy_with_others_is_told_so() -> None:
    people = wishing(Person("a"), Person("b"), Person("c"))
    unmet = [one for share in answered(people, [Slot("s0", 5)], Rules()).shares for one in share.unmet]
    assert {one.why for one in unmet} == {Why.SLOTS_TAKEN}


def test_one_request_is_enough_where_the_rules_say_so() -> None:
    people = [Person("a", ("b",)), Person("b")]
    assert len(answered(people, SLOTS, Rules(is_mutual=False)).meetings) == 1


def test_the_dearest_wish_decides_between_equals() -> None:
    people = [Person("a", ("c", "b")), Person("b", ("a",)), Person("c", ("a",))]
    answer = answered(people, [Slot("s0", 5)], Rules())
    assert answer.meetings[0].pair == ("a", "c")


def test_a_minimum_comes_before_fairness_and_is_reported_if_missed() -> None:
    people = [replace(one, minimum=1) for one in wishing(Person("a"), Person("b"), Person("c"))]
    answer = answered(people, [Slot("s0", 5)], Rules(min_per_delegation=2))
    assert sum(share.missing for share in answer.shares) == 1
    lone = answered([Person("a", delegation="d")], SLOTS, Rules(min_per_delegation=2))
    assert (lone.delegations[0].meetings, lone.delegations[0].missing) == (0, 2)


def test_odd_wishes_are_left_out_and_named() -> None:
    many = ("a", "b", "b", "moon", *(f"p{index}" for index in range(10_000)))
    people = [Person("a", many), Person("b", ("a",)), *(Person(f"p{index}") for index in range(150))]
    answer = answered(people, SLOTS, Rules())
    oddities = Counter(one.oddity for one in answer.ignored)
    assert oddities == {Oddity.ONESELF: 1, Oddity.TWICE: 1, Oddity.UNKNOWN: 1, Oddity.TOO_MANY: 1}
    assert answer.ignored[-1].count == 10_000 - 99
    assert answer.meetings[0].pair == ("a", "b")


@pytest.mark.parametrize(
    ("locked", "fault"),
    [
        ([Locked(("a", "a"), "s0")], Fault.LOCKED_WITH_ONESELF),
        ([Locked(("a", "b"), "s0"), Locked(("a", "c"), "s0")], Fault.LOCKED_TWICE_AT_ONCE),
        ([Locked(("a", "b"), "s0"), Locked(("b", "a"), "s1")], Fault.LOCKED_PAIR_TWICE),
        ([Locked(("a", "b"), "s0", 1), Locked(("c", "d"), "s0", 1)], Fault.LOCKED_TABLE_TAKEN),
        ([Locked(("a", "b"), "s0", 3)], Fault.LOCKED_TABLE_TAKEN),
        ([Locked(("a", "x"), "s0")], Fault.UNKNOWN_PERSON),
        ([Locked(("a", "b"), "s9")], Fault.UNKNOWN_SLOT),
    ],
)
def test_locked_meetings_that_contradict_are_refused(locked: list[Locked], fault: Fault) -> None:
    answer = match([Person(id_) for id_ in "abcd"], SLOTS, Rules(), locked)
    assert isinstance(answer, Refusal)
    assert fault in {problem.fault for problem in answer.problems}


def test_slips_are_all_listed() -> None:
    answer = match([Person("a"), Person("a")], [Slot("s0", -1)], Rules(max_per_person=-1))
    assert isinstance(answer, Refusal)
    assert Counter(problem.fault for problem in answer.problems) == {Fault.DUPLICATE: 1, Fault.BAD_NUMBER: 2}


def test_nobody_at_all_is_an_answer() -> None:
    assert answered([], SLOTS, Rules()).meetings == ()


def test_a_locked_meeting_stands_against_every_wish() -> None:
    people = [Person("a", busy=frozenset({"s0"})), Person("b", no_thanks=("a",))]
    answer = answered(people, SLOTS, Rules(), [Locked(("b", "a"), "s0")])
    assert [(one.slot, one.table, one.is_locked) for one in answer.meetings] == [("s0", 1, True)]


def test_people_keep_their_table_where_they_can() -> None:
    people = wishing(Person("a"), Person("b"), Person("c"))
    answer = answered(people, [Slot(f"s{index}", 5) for index in range(3)], Rules())
    assert {meeting.table for meeting in answer.meetings} == {1}


@pytest.mark.parametrize("looks", [1, 3, 10])
def test_whoever_loses_interest_stops_it(looks: int) -> None:
    left = iter(range(looks))
    people, slots, _ = fair(100, 600, 8, 1, tables=10)
    with pytest.raises(Cancelled):
        match(people, slots, Rules(), watch=Watch(is_cancelled=lambda: next(left, None) is None))


def test_progress_is_told() -> None:
    told: list[Progress] = []
    people, slots, _ = fair(40, 100, 4, 1, tables=5)
    match(people, slots, Rules(), watch=Watch(told.append))
    assert list(dict.fromkeys(progress.phase for progress in told)) == ["bound", "meetings", "fairness"]


def test_a_colleague_gives_way_where_a_delegation_has_all_it_may_have() -> None:
    people = [
        Person("a", ("x", "y"), delegation="d"),
        Person("b", ("x", "y"), delegation="d"),
        Person("x", ("a", "b")),
        Person("y", ("a", "b")),
    ]
    answer = answered(people, SLOTS, Rules(max_per_delegation=2))
    assert (answer.figures.meetings, answer.figures.with_none) == (2, 0)
