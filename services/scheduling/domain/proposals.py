"""Proposals: what a solver found, kept whole for the organiser to look at, to change by hand and to publish."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.scheduling.domain.encounters import Topic
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.groups.moving import standing
from services.scheduling.solver.partnering import model as partnering


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody (or two) whom a proposal leaves aside or cannot be published for, and why."""

    people: tuple[str, ...]
    reason: str
    at: str | None = None  # the room or the slot it is about


@dataclass(frozen=True, slots=True)
class Proposal:
    """`version` counts changes by hand. It says nothing to anybody until it is published."""

    id: str
    gathering_id: str
    made_at: datetime
    found: groups.Assignment | partnering.Schedule
    left_out: tuple[LeftOut, ...] = ()
    version: int = 1
    published: bool = False

    @property
    def topic(self) -> Topic:
        return Topic.WORKING_GROUPS if isinstance(self.found, groups.Assignment) else Topic.PARTNERING

    @property
    def people(self) -> frozenset[str]:
        if isinstance(self.found, groups.Assignment):
            return frozenset(one.id for one in self.found.people)
        return frozenset(one.person for one in self.found.shares)


def without(proposal: Proposal, person: str) -> Proposal:
    """Nothing of somebody who was erased: neither where they would be nor what they or others wished of them."""
    if person not in proposal.people:
        return proposal
    found = proposal.found
    rest = _room_without(found, person) if isinstance(found, groups.Assignment) else _meetings_without(found, person)
    left_out = tuple(one for one in proposal.left_out if person not in one.people)
    return replace(proposal, found=rest, left_out=left_out, version=proposal.version + 1)


def _room_without(found: groups.Assignment, person: str) -> groups.Assignment:
    rules = replace(
        found.rules,
        pins=tuple(one for one in found.rules.pins if one[0] != person),
        apart=tuple(one for one in found.rules.apart if person not in one),
        together=tuple(tuple(each for each in one if each != person) for one in found.rules.together),
    )
    rest = replace(
        found,
        people=tuple(one for one in found.people if one.id != person),
        places=tuple(one for one in found.places if one.person != person),
        ignored=tuple(one for one in found.ignored if one.person != person),
        rules=rules,
    )
    return replace(rest, figures=standing(rest).figures())


def _meetings_without(found: partnering.Schedule, person: str) -> partnering.Schedule:
    """The figures stay those of the run: the others' meetings do not become better or worse by it."""
    shares = (
        replace(one, unmet=tuple(each for each in one.unmet if each.wish != person))
        for one in found.shares
        if one.person != person
    )
    return replace(
        found,
        meetings=tuple(one for one in found.meetings if person not in one.pair),
        shares=tuple(shares),
        ignored=tuple(one for one in found.ignored if person not in {one.person, one.wish}),
    )
