"""Changes to an assignment by hand: a latecomer, a person moved, what a move would do. Light: no solver is loaded."""

from dataclasses import dataclass, replace

from services.scheduling.solver.groups.checking import heard
from services.scheduling.solver.groups.model import Assignment, Bar, Figures, Person
from services.scheduling.solver.groups.standing import Standing
from services.scheduling.solver.refusing import Fault, Problem, Refusal


@dataclass(frozen=True, slots=True)
class Effect:
    """What moving one person would do: the rules it breaks, the person's wish (None: outside) and all figures."""

    broken: tuple[Bar, ...]
    wish_before: int | None
    wish_after: int | None
    before: Figures
    after: Figures


def standing(assignment: Assignment) -> Standing:
    """The assignment as counts that can be changed."""
    people = {person.id: person for person in assignment.people}
    found = Standing(people, {room.id: room for room in assignment.rooms}, assignment.rules)
    for place in assignment.places:
        if place.room is not None:
            found.enter(place.person, place.room)
    return found


def effect_of_move(assignment: Assignment, person: str, room: str) -> Effect | Refusal:
    """What would happen; nothing does."""
    refusal = _unknown(assignment, person, room)
    if refusal is not None:
        return refusal
    now = standing(assignment)
    before, wish_before, broken = now.figures(), now.place(person).wish, now.bars(person, room)
    now.leave(person)
    now.enter(person, room)
    return Effect(broken, wish_before, now.place(person).wish, before, now.figures())


def move(assignment: Assignment, person: str, room: str) -> Assignment | Refusal:
    """The assignment with this person moved, whatever it breaks: the organiser has seen the effect and decides."""
    refusal = _unknown(assignment, person, room)
    if refusal is not None:
        return refusal
    now = standing(assignment)
    now.leave(person)
    now.enter(person, room)
    return _with(assignment, now)


def place_latecomer(assignment: Assignment, person: Person) -> Assignment | Refusal:
    """The assignment with one more person, and nobody else moved.

    The dearest wish that no rule bars, or else the roomiest room that none bars, or none, with the reasons.
    """
    if any(one.id == person.id for one in assignment.people):
        return Refusal((Problem(Fault.DUPLICATE, (person.id,), f"{person.id} is placed already"),))
    (late,), ignored = heard((person,), assignment.rooms, assignment.rules)
    grown = replace(assignment, people=(*assignment.people, late), ignored=(*assignment.ignored, *ignored))
    now = standing(grown)
    left = sorted(assignment.rooms, key=lambda room: now.heads[room.id] - room.capacity)
    for room in (*late.wishes, *(room.id for room in left)):
        if not now.bars(late.id, room):
            now.enter(late.id, room)
            break
    return _with(grown, now)


def _with(assignment: Assignment, now: Standing) -> Assignment:
    """By hand, so nobody proves any more that it could not be better."""
    places = tuple(now.place(person.id) for person in assignment.people)
    return replace(assignment, places=places, figures=now.figures(), is_proven=False)


def _unknown(assignment: Assignment, person: str, room: str) -> Refusal | None:
    found = []
    if all(one.id != person for one in assignment.people):
        found.append(Problem(Fault.UNKNOWN_PERSON, (person,), f"{person} is not among the people"))
    if all(one.id != room for one in assignment.rooms):
        found.append(Problem(Fault.UNKNOWN_ROOM, (room,), f"{room} is not among the rooms"))
    return Refusal(tuple(found)) if found else None
