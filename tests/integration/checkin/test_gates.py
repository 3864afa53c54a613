"""Many gates at once over one real MongoDB, from two processes' worth of doors."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from services.checkin.domain import Outcome, Refusal, Scan, Shown, Ticket, erase, hear, tell
from services.checkin.domain.door import Method
from services.checkin.doors import Answer, Doors
from services.checkin.store import Commit, MongoStore, Said
from shared.errors import LostRace
from shared.kafka import Producer
from shared.messages import Message
from shared.mongo import Mongo
from shared.outbox import Outbox, by_subject
from shared.settings import Settings
from tests.support.checkin import (
    DOOR,
    GATHERING,
    OPEN_AT,
    StandingClock,
    confirmed,
    definition,
    gathering,
    nameless,
    numbering,
)
from tests.support.nowhere import NOWHERE

SEEN = Shown(satisfied=True, method=Method.MANUAL)
DOORS = {door.door: door for door in definition().doors}


@dataclass
class Replica:
    mongo: Mongo
    outbox: Outbox
    store: MongoStore
    doors: Doors


def replica(url: str, database: str) -> Replica:
    clock = StandingClock()
    mongo = Mongo(url, f"checkin_{database}")
    outbox = Outbox(mongo, Producer(Settings(kafka=NOWHERE)), clock, by_subject, "test")
    store = MongoStore(mongo, outbox, clock)
    return Replica(mongo, outbox, store, Doors(store, clock, nameless))


@pytest.fixture
async def replicas(mongo_url: str, database: str) -> AsyncIterator[list[Replica]]:
    both = [replica(mongo_url, database) for _ in range(2)]
    await both[0].store.prepare()
    yield both
    for one in both:
        await one.outbox.stop()
    await both[0].mongo.drop()
    for one in both:
        one.mongo.close()


async def issue(store: MongoStore, *registration_ids: str) -> None:
    pairs, said = [], list[Said]()
    for key in registration_ids:
        blank = Ticket(key, GATHERING)
        after, facts = tell(blank, hear(blank, confirmed(key), numbering), definition())
        pairs.append((blank, after))
        said += [Said(fact, key, OPEN_AT) for fact in facts]
    await store.commit(Commit({}, tuple(pairs), said=tuple(said)))


async def gate(at: Replica, scan_id: str, registration_id: str = "r1", door: str = DOOR) -> Answer:
    scan = Scan(
        scan_id,
        GATHERING,
        door,
        digest=f"{door}/{registration_id}",
        at=OPEN_AT,
        controller_id="door-1",
        role="door",
        number=numbering(registration_id, 0),
        shown={"id-document": SEEN, "health": SEEN},
    )
    return await at.doors.scan(scan, gathering(), DOORS[door])


async def facts(at: Replica, kind: str) -> list[dict[str, str]]:
    documents = [document async for document in at.mongo["outbox"].find({})]
    headers = [dict(message["headers"]) for document in documents for message in document["messages"]]
    return [header for header in headers if header["ce_type"] == kind]


async def test_fifty_gates_with_one_ticket_admit_once(replicas: list[Replica]) -> None:
    await issue(replicas[0].store, "r1")
    answers = await asyncio.gather(*(gate(replicas[n % 2], f"s{n}") for n in range(50)))
    admitted = [one for one in answers if one.admission.outcome is Outcome.ADMITTED]
    assert len(admitted) == 1
    assert all(
        one.admission.reason is Refusal.ALREADY_ADMITTED and one.admission.first_admitted_at == OPEN_AT
        for one in answers
        if one not in admitted
    )
    assert len(await facts(replicas[0], "foyer.attendee-admitted")) == 1
    assert len(await facts(replicas[0], "foyer.entry-refused")) == 49


async def test_one_scan_sent_to_both_twenty_times_has_one_answer_and_one_fact(replicas: list[Replica]) -> None:
    await issue(replicas[0].store, "r1")
    answers = await asyncio.gather(*(gate(replicas[n % 2], "s1") for n in range(20)))
    assert {one.admission.outcome for one in answers} == {Outcome.ADMITTED}
    assert len(await facts(replicas[0], "foyer.attendee-admitted")) == 1
    assert len(await facts(replicas[0], "foyer.attendance-recorded")) == 1


async def test_a_queue_of_two_hundred_people_all_get_in(replicas: list[Replica]) -> None:
    people = [f"p{n}" for n in range(200)]
    await issue(replicas[0].store, *people)
    answers = await asyncio.gather(*(gate(replicas[n % 2], f"s-{key}", key) for n, key in enumerate(people)))
    assert {one.admission.outcome for one in answers} == {Outcome.ADMITTED}


async def test_whoever_is_revoked_while_at_the_door_is_admitted_before_or_not_at_all(replicas: list[Replica]) -> None:
    """The ticket's revision fences the scan: no admission is kept that the erasure did not see."""
    await issue(replicas[0].store, "r1")
    store = replicas[1].store
    at_the_door = asyncio.create_task(gate(replicas[0], "s1"))
    while True:
        ticket = (await store.tickets(["r1"]))["r1"]
        after, said = tell(ticket, erase(ticket, 2), definition())
        try:
            await store.commit(Commit({}, ((ticket, after),), said=_from("erasure", said)))
        except LostRace:
            continue
        break
    answer = await at_the_door
    kept = [one async for one in store.admissions(GATHERING)]
    assert all(one.registration_id is None for one in kept if one.outcome is Outcome.ADMITTED)
    assert answer.admission.outcome in {Outcome.ADMITTED, Outcome.REFUSED}
    assert not (await store.tickets(["r1"]))["r1"].admitted


def _from(cause: str, said: list[Message]) -> tuple[Said, ...]:
    return tuple(Said(fact, cause, OPEN_AT, sequence=2) for fact in said)
