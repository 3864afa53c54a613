"""Publications over a real database: hundreds of people at once, while they book something else."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from services.scheduling.domain import Command, KeepProposal, Outcome, Proposal, PublishProposal, Topic, settle, wanted
from services.scheduling.domain.requests import Order
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering
from tests.integration.scheduling.conftest import Process
from tests.unit.scheduling.building import EARLY, FAIR, SESSIONS, G, asks, confirmed, published, slot

CROWD = [f"person-{number:04}" for number in range(600)]
ROOMS = [f"room-{number:02}" for number in range(20)]
LIFETIME = 3.0  # seconds: what mongod gives a transaction
GROUPS: dict[str, Any] = {"session": "groups", "rooms": [{"room": room, "capacity": 30} for room in ROOMS]}
TOGETHER = {
    "session": "groups",
    "part": "day",
    "starts": "2021-12-10T13:00",
    "ends": "2021-12-10T13:50",
}  # as the desks


async def acted(process: Process, order: Order) -> Outcome:
    command = Command(order, cause=f"act-{type(order).__name__}", at=EARLY)
    return await process.store.alone(G, wanted([command]), lambda diary: settle(diary, [command]), EARLY)


def rooming() -> Proposal:
    places = tuple(groups.Place(who, ROOMS[number % 20], None) for number, who in enumerate(CROWD))
    found = groups.Assignment(
        people=tuple(groups.Person(who) for who in CROWD),
        rooms=tuple(groups.Room(room, 30) for room in ROOMS),
        rules=groups.Rules(),
        places=places,
        figures=groups.Figures(600, 600, (), 600, 0, 0),
        is_proven=True,
    )
    return Proposal("rooms", G, EARLY, found)


def schedule() -> Proposal:
    """Neighbours meet when the desks open, each two at their table."""
    pairs = list(zip(CROWD[::2], CROWD[1::2], strict=True))
    met = tuple(partnering.Meeting(pair, "20211210T1140Z", table) for table, pair in enumerate(pairs, 1))
    shares = tuple(partnering.Share(who, 1, 0, ()) for who in CROWD)
    figures = partnering.Figures(len(met), len(met), len(met), 600, 0, 600, 1.0)
    return Proposal("meetings", G, EARLY, partnering.Schedule(met, figures, shares, (), ()))


async def open_to_all(process: Process, **settings: Any) -> None:
    await process.hear([published(2, **settings)])
    await process.hear([confirmed(who, mode="in-person") for who in CROWD])


async def claims(process: Process) -> list[dict[str, str]]:
    return [one async for one in process.mongo["claims"].find({})]


async def live(process: Process) -> list[frozenset[str]]:
    found = [one.claims for one in await process.store.assignments_in(G)]
    found += [one.claims for one in await process.store.meetings_in(G)]
    for desk in ("anna", "marc"):
        found += [one.claims for one in await process.store.bookings_at(G, desk)]
    return found


@pytest.mark.parametrize(
    ("proposal", "topic", "settings"),
    [
        (rooming(), Topic.WORKING_GROUPS, {"sessions": [*SESSIONS, TOGETHER], "working_groups": GROUPS}),
        (schedule(), Topic.PARTNERING, {"partnering": {**FAIR, "tables": 300, "slot_minutes": 50}}),
    ],
)
async def test_who_books_while_it_is_published_is_in_one_place(
    replica: Callable[[], Process], proposal: Proposal, topic: Topic, settings: dict[str, Any]
) -> None:
    one, other = replica(), replica()
    await open_to_all(one, **settings)
    await acted(one, KeepProposal(proposal))
    rush = [
        other.hear([asks(who, slot(minutes, desk), f"booking-{who}")])
        for who, (desk, minutes) in zip(
            CROWD[::60], [(desk, minutes) for desk in ("anna", "marc") for minutes in range(0, 50, 10)], strict=True
        )
    ]
    started = time.monotonic()
    publication = asyncio.create_task(acted(one, PublishProposal(proposal.id, topic, leave_out=True)))
    await asyncio.gather(publication, *rush)
    assert time.monotonic() - started < 3 * LIFETIME
    held = [claim for each in await live(one) for claim in each]
    assert [claim for claim, times in Counter(held).items() if times > 1] == []
    assert sorted(held) == sorted(each["_id"] for each in await claims(one))
    assert len(publication.result().said) >= 290
    seated = Counter(each.room for each in await one.store.assignments_in(G) if each.live)
    assert all(people <= 30 for people in seated.values())
