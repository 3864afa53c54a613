"""Changes by hand: latecomers go where no rule bars them, and a move shows its effect before it is made."""

import subprocess
import sys

from hypothesis import given, settings

from services.scheduling.solver.groups.assigning import assign
from services.scheduling.solver.groups.model import Assignment, Bar, Person, Room, Rules
from services.scheduling.solver.groups.moving import Effect, effect_of_move, move, place_latecomer
from services.scheduling.solver.refusing import Fault, Refusal
from tests.unit.scheduling.solver.building import breaks, group_questions

PEOPLE = [Person("one", ("r0",), "FR"), Person("two", ("r0", "r1"), "FR"), Person("three", ("r1",), "PL")]
ROOMS = [Room("r0", 2), Room("r1", 2)]


def assigned(rules: Rules) -> Assignment:
    answer = assign(PEOPLE, ROOMS, rules)
    assert isinstance(answer, Assignment)
    return answer


def placed(answer: Assignment | Refusal, person: str) -> str | None:
    assert isinstance(answer, Assignment)
    return next(place.room for place in answer.places if place.person == person)


def test_a_move_shows_the_rules_it_breaks_and_the_wishes_it_changes() -> None:
    answer = assigned(Rules(max_per_country=1))
    effect = effect_of_move(answer, "two", "r0")
    assert isinstance(effect, Effect)
    assert effect.broken == (Bar.COUNTRY_LIMIT,)
    assert (effect.wish_before, effect.wish_after) == (2, 1)
    assert (effect.before.cost, effect.after.cost) == (1, 0)
    assert placed(answer, "two") == "r1"


def test_a_person_is_moved_whatever_it_breaks() -> None:
    moved = move(assigned(Rules(max_per_country=1)), "two", "r0")
    assert placed(moved, "two") == "r0"
    assert isinstance(moved, Assignment)
    assert not moved.is_proven


def test_moving_to_where_one_is_breaks_nothing() -> None:
    effect = effect_of_move(assigned(Rules(max_per_country=1)), "one", "r0")
    assert isinstance(effect, Effect)
    assert effect.broken == ()


def test_unknown_people_and_rooms_are_refused() -> None:
    answer = effect_of_move(assigned(Rules()), "nobody", "nowhere")
    assert isinstance(answer, Refusal)
    assert {problem.fault for problem in answer.problems} == {Fault.UNKNOWN_PERSON, Fault.UNKNOWN_ROOM}
    assert isinstance(move(assigned(Rules()), "nobody", "r0"), Refusal)


def test_a_latecomer_gets_the_dearest_wish_that_is_left() -> None:
    assert placed(place_latecomer(assigned(Rules()), Person("late", ("r0", "r1"), "IT")), "late") == "r1"


def test_a_latecomer_without_a_free_wish_goes_where_most_is_left() -> None:
    full = assign([*PEOPLE, Person("four", ("r0",))], [*ROOMS, Room("r2", 1), Room("r3", 9)], Rules())
    assert isinstance(full, Assignment)
    assert placed(place_latecomer(full, Person("late", ("r0",))), "late") == "r3"


def test_a_latecomer_whom_every_room_bars_is_told_why() -> None:
    late = place_latecomer(assigned(Rules(max_per_country=1)), Person("late", ("r0",), "FR"))
    assert isinstance(late, Assignment)
    assert late.places[-1].room is None
    assert set(late.places[-1].bars) == {Bar.COUNTRY_LIMIT, Bar.ROOM_FULL}


def test_a_latecomer_comes_once() -> None:
    assert isinstance(place_latecomer(assigned(Rules()), Person("one")), Refusal)


@given(group_questions())
@settings(deadline=None, max_examples=60)
def test_latecomers_break_no_rule(question: tuple[list[Person], list[Room], Rules]) -> None:
    people, rooms, rules = question
    answer = assign(*question)
    if isinstance(answer, Assignment):
        late = Person("late", (rooms[0].id,), "FR", "one")
        grown = place_latecomer(answer, late)
        assert isinstance(grown, Assignment)
        room_of = {place.person: place.room for place in grown.places}
        assert breaks(room_of, ([*people, late], rooms, rules)) == []
        assert all(room_of[place.person] == place.room for place in answer.places)


def test_moving_by_hand_loads_no_solver() -> None:
    program = "import sys, services.scheduling.solver.groups.moving; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
