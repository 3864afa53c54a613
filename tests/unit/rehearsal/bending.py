"""Bending a history: the ways to do it, and the list of all that was bent."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cli.rehearsal.brief import brief_of
from cli.rehearsal.checks import judge
from cli.rehearsal.evidence import Record
from tests.unit.rehearsal.definition import DEFINITION
from tests.unit.rehearsal.history import (
    Story,
)

Bend = Callable[[Story], None]
BENDS: list[tuple[str, str, Bend]] = []


def bend(invariant: str) -> Callable[[Bend], Bend]:
    """Remember that this bend must be reported under this id."""

    def remember(how: Bend) -> Bend:
        BENDS.append((invariant, how.__name__, how))
        return how

    return remember


def broken(story: Story) -> set[str]:
    return {found.invariant.id for found in judge(story.evidence()) if found.verdict.breaches}


def change(story: Story, which: Callable[[Record], bool], **value: Any) -> None:
    """Every matching record says something else."""
    story.records = [replace(one, value={**one.value, **value}) if which(one) else one for one in story.records]


def drop(story: Story, which: Callable[[Record], bool]) -> None:
    story.records = [one for one in story.records if not which(one)]


def with_desks(story: Story, **terms: Any) -> None:
    """The desks were others all the time."""
    desks = [{**desk, **terms} for desk in DEFINITION["helpdesk"]["desks"]]
    story.brief = brief_of({**DEFINITION, "helpdesk": {"desks": desks}})


def with_definition(story: Story, **pool: Any) -> None:
    """The hall's terms in person were others all the time."""
    hall = DEFINITION["parts"][0]
    terms = {**hall["modes"]["in-person"], **pool}
    other = {**hall, "modes": {**hall["modes"], "in-person": terms}}
    story.brief = brief_of({**DEFINITION, "parts": [other, *DEFINITION["parts"][1:]]})
