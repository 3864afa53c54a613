"""Publications for thousands: one transaction that everybody sees at once; claims follow it, and count at once."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.scheduling.api import Office, router
from services.scheduling.domain import KeepProposal, Proposal, PublishProposal, Topic
from services.scheduling.feeds import Feeds
from services.scheduling.proposals import Proposals
from services.scheduling.rooms import Rooms
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering
from shared import http
from shared.access import Access, Actor
from shared.clock import Clock
from shared.seal import Seal
from shared.tokens import Role, Tokens
from tests.component.scheduling.conftest import FakePeople
from tests.integration.scheduling.conftest import Process
from tests.integration.scheduling.test_publishing import LIFETIME, acted, claims, live
from tests.unit.scheduling.building import (
    EARLY,
    FAIR,
    SESSIONS,
    G,
    asks,
    cancelled,
    confirmed,
    prefers,
    published,
    says_yes,
    slot,
)

AT_ONCE = 500  # records of a batch
LARGEST = 16 * 2**20  # bytes that a document may have
HOUR = {"session": "groups", "part": "day", "starts": "2021-12-10T13:00", "ends": "2021-12-10T14:00"}
LATER = {**HOUR, "starts": "2021-12-10T13:30", "ends": "2021-12-10T14:30"}


def crowd(many: int) -> list[str]:
    """Ids as long as those of registrations."""
    return [f"{number:08x}-0000-5000-8000-000000000000" for number in range(many)]


def in_rooms(people: list[str], rooms: int) -> tuple[Proposal, dict[str, Any]]:
    names, size = [f"room-{number:03}" for number in range(rooms)], -(-len(people) // rooms)
    missed = (groups.Missed(names[0], (groups.Bar.ROOM_FULL,)), groups.Missed(names[1], (groups.Bar.ROOM_FULL,)))
    found = groups.Assignment(
        people=tuple(groups.Person(who, tuple(names[:3]), "FR") for who in people),
        rooms=tuple(groups.Room(name, size) for name in names),
        rules=groups.Rules(),
        places=tuple(groups.Place(who, names[number % rooms], 3, missed) for number, who in enumerate(people)),
        figures=groups.Figures(len(people), len(people), (), 0, len(people), 0),
        is_proven=True,
    )
    settings = {"session": "groups", "rooms": [{"room": name, "capacity": size} for name in names]}
    return Proposal("draft", G, EARLY, found), {"sessions": [*SESSIONS, HOUR], "working_groups": settings}


def in_pairs(people: list[str], rounds: int) -> tuple[Proposal, dict[str, Any]]:
    """A round-robin: everybody meets somebody else in each round, at a table."""
    slots = [f"20211210T{8 + number // 3:02}{number % 3 * 20:02}Z" for number in range(rounds)]
    ring, met = list(people), list[partnering.Meeting]()
    for name in slots:
        sides = zip(ring[: len(ring) // 2], reversed(ring[len(ring) // 2 :]), strict=True)
        met += [partnering.Meeting((one, other), name, table) for table, (one, other) in enumerate(sides, 1)]
        ring = [ring[0], ring[-1], *ring[1:-1]]
    shares = tuple(partnering.Share(who, rounds, 0, ()) for who in people)
    figures = partnering.Figures(len(met), len(met), len(met), len(people), 0, 0, 1.0)
    proposal = Proposal("draft", G, EARLY, partnering.Schedule(tuple(met), figures, shares, (), ()))
    return proposal, {"partnering": {**FAIR, "tables": len(people) // 2, "slot_minutes": 15}}


async def drafted(process: Process, people: list[str], proposal: Proposal, settings: dict[str, Any]) -> None:
    await process.hear([published(2, **settings)])
    for start in range(0, len(people), AT_ONCE):
        await process.hear([confirmed(who, mode="in-person") for who in people[start : start + AT_ONCE]])
        await process.hear([prefers(who, groups=("room-001",)) for who in people[start : start + AT_ONCE]])
    await acted(process, KeepProposal(proposal))


async def seen_until(done: "asyncio.Task[Any]", look: Callable[[], Awaitable[int]]) -> set[int]:
    seen = {await look()}
    while not done.done():
        seen.add(await look())
        await asyncio.sleep(0.01)
    return seen | {await look()}


@pytest.mark.parametrize(
    ("topic", "many", "collection", "made"),
    [
        (Topic.WORKING_GROUPS, 5_000, "assignments", in_rooms(crowd(5_000), 100)),
        (Topic.PARTNERING, 6_000, "meetings", in_pairs(crowd(2_000), 6)),
    ],
)
async def test_thousands_are_told_in_one_transaction(
    replica: Callable[..., Process], topic: Topic, many: int, collection: str, made: tuple[Proposal, dict[str, Any]]
) -> None:
    one, other = replica(), replica()
    proposal, settings = made
    people = sorted(one.person for one in proposal.found.shares) if topic is Topic.PARTNERING else crowd(many)  # type: ignore[union-attr]
    await drafted(one, people, proposal, settings)
    started = time.monotonic()
    publication = asyncio.create_task(acted(one, PublishProposal("draft", topic)))
    seen = await seen_until(publication, lambda: other.mongo[collection].count_documents({}))
    assert time.monotonic() - started < 3 * LIFETIME  # one is enough, but for whoever else is on this machine
    assert seen == {0, many}
    assert len(publication.result().said) == many
    sizes: list[dict[str, Any]] = [
        {"$project": {"size": {"$bsonSize": "$$ROOT"}}},
        {"$group": {"_id": None, "size": {"$max": "$size"}}},
    ]
    (largest,) = [one async for one in one.mongo["outbox"].aggregate(sizes)]
    assert largest["size"] < LARGEST / 2
    await other.store.claim_owed()
    held = [claim for each in await live(one) for claim in each]
    assert len(held) >= 54_000
    assert sorted(held) == sorted(each["_id"] for each in await claims(one))


def desk_of(process: Process, secrets_directory: Path) -> tuple[httpx.AsyncClient, dict[str, str]]:
    """Its routes, as the gateway finds them, and an organiser's header."""
    tokens, clock, people = Tokens(secrets_directory), Clock(), FakePeople()
    access = Access(tokens, clock)
    office = Office(
        store=process.store,
        people=people,
        rooms=Rooms(people, tokens, "http://foyer.test"),
        seal=Seal.for_service(secrets_directory, "scheduling"),
        access=access,
        tokens=tokens,
        clock=clock,
        feeds=Feeds(tokens, "http://foyer.test/"),
        proposals=Proposals(process.store, people, clock),
        domain="foyer.test",
    )
    app = FastAPI()
    http.install(app)
    app.include_router(router(office))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://scheduling")
    return client, access.header(Actor(role=Role.ORGANISER, subject="someone"))


async def test_who_did_not_wait_and_asks_again_has_the_answer_of_the_first_time(
    replica: Callable[..., Process], secrets_directory: Path
) -> None:
    """The gateway gives up after four seconds: the call goes on, and its repeat may reach another replica."""
    one, other = replica(0), replica(0)
    people = crowd(200)
    await drafted(one, people, *in_rooms(people, 10))
    key = {"Idempotency-Key": "published-once-and-no-more"}
    calls = []
    for process in (one, one, other):
        client, organiser = desk_of(process, secrets_directory)
        path = f"/v1/gatherings/{G}/working-groups/publish"
        calls.append(client.post(path, json={"proposal": "draft"}, headers=organiser | key))
    answers = await asyncio.gather(*calls)
    assert [answer.status_code for answer in answers] == [200] * 3
    assert [answer.json() for answer in answers] == [{"published": 200, "released": 0, "left_out": []}] * 3
    assert len(await one.store.assignments_in(G)) == 200


async def owed(process: Process) -> int:
    return await process.mongo["owed"].count_documents({})


async def test_what_is_owed_counts_already(replica: Callable[..., Process]) -> None:
    one, other = replica(0), replica()
    people = crowd(20)
    await drafted(one, people, *in_rooms(people, 2))
    await acted(one, PublishProposal("draft", Topic.WORKING_GROUPS))
    assert (await owed(one), await claims(one)) == (1, [])
    assert len(await other.store.attendee_claims(G)) == 20 * 12
    (reply,) = await other.hear([asks(people[0], slot(10))])
    assert reply.body["type"] == "/problems/conflict"
    await other.hear([cancelled(people[1])])
    (reply,) = await other.hear([asks("person-000", slot(10))])
    assert reply.status == 201
    await asyncio.gather(one.store.claim_owed(), other.store.claim_owed())
    held = [claim for each in await live(one) for claim in each]
    assert [times for times in Counter(held).values() if times > 1] == []
    assert sorted(held) == sorted(each["_id"] for each in await claims(one))
    assert await owed(one) == 0


async def test_a_session_that_moves_before_its_claims_are_written_takes_them_along(
    replica: Callable[..., Process],
) -> None:
    one, other = replica(0), replica()
    people = crowd(20)
    proposal, settings = in_rooms(people, 2)
    await drafted(one, people, proposal, settings)
    await acted(one, PublishProposal("draft", Topic.WORKING_GROUPS))
    await other.hear([published(3, **{**settings, "sessions": [*SESSIONS, LATER]})])
    await one.hear([published(4, **settings)])
    await one.store.claim_owed()
    held = [claim for each in await live(one) for claim in each]
    assert len(held) == 20 * 12
    assert sorted(held) == sorted(each["_id"] for each in await claims(one))


async def test_a_table_whose_claim_is_owed_is_not_given_away(replica: Callable[..., Process]) -> None:
    one, other = replica(0), replica()
    people = crowd(4)
    proposal, settings = in_pairs(people[:2], 1)
    settings["partnering"] |= {"tables": 1}
    await drafted(one, people, proposal, settings)
    await acted(one, PublishProposal("draft", Topic.PARTNERING))
    assert await claims(one) == []
    await other.hear([prefers(people[2], meet=(people[3],), number=2)])
    await other.hear([says_yes(people[3], to=people[2])])
    first, second = sorted(await one.store.meetings_in(G), key=lambda met: met.slot.starts_at)
    assert first.slot.ends_at <= second.slot.starts_at
    await one.store.claim_owed()
    held = [claim for each in await live(one) for claim in each]
    assert sorted(held) == sorted(each["_id"] for each in await claims(one))
