"""The rehearsal reads definitions by itself; on both seeds it must understand what Foyer understands."""

from pathlib import Path

import pytest

from cli.rehearsal.brief import Brief, read_brief
from cli.state import CHECKOUT
from services.registration.definition import load
from shared.messages.gathering import Definition

SEEDS = sorted((CHECKOUT / "deploy" / "gatherings").glob("*.yaml"))


@pytest.fixture(params=SEEDS, ids=lambda file: file.stem)
def seed(request: pytest.FixtureRequest) -> tuple[Brief, Definition]:
    file: Path = request.param
    return read_brief(file), load(file.read_bytes())


def test_places_and_deadlines_are_read_alike(seed: tuple[Brief, Definition]) -> None:
    brief, definition = seed

    assert set(brief.pools) == {(part.part, mode.value) for part in definition.parts for mode in part.modes}
    for (part, mode), pool in brief.pools.items():
        terms = definition.pool(part, mode)
        assert terms is not None
        assert pool.capacity == terms.capacity
        assert pool.opens == definition.opens_at(part, mode)
        assert pool.closes == definition.closes_at(part, mode)
        assert brief.rivals(part) == definition.rivals(part)


def test_doors_and_their_hours_are_read_alike(seed: tuple[Brief, Definition]) -> None:
    brief, definition = seed

    assert {name: (one.opens, one.closes) for name, one in brief.doors.items()} == {
        door.door: (door.opens, door.closes) for door in definition.doors
    }


def test_the_helpdesk_has_ten_meetings_of_ten_minutes() -> None:
    briefs = [read_brief(file) for file in SEEDS]
    slots = [slot for brief in briefs for desk in brief.desks.values() for slot in desk.slots()]

    assert len(slots) == 10
    assert {(ends - starts).total_seconds() for starts, ends in slots} == {600}
