"""Scheduling over real servers: rushes, two processes at once, staff among batches, and the whole way through Kafka."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import orjson
from aiokafka import AIOKafkaConsumer

from services.scheduling.app import create_app
from services.scheduling.domain import BlockDesk, Command, UnblockDesk, settle, wanted
from services.scheduling.domain.requests import Order
from services.scheduling.settings import SchedulingSettings
from shared.bus import Reply
from shared.kafka import Producer
from shared.messages import REPLIES, Message
from shared.messages.envelope import ReplyTo, encode
from shared.mongo import Mongo
from shared.settings import Settings
from tests.integration.scheduling.conftest import CROWD, Process
from tests.unit.scheduling.building import (
    DESKS,
    EARLY,
    NOON,
    SESSIONS,
    G,
    asks,
    cancelled,
    command,
    confirmed,
    definition,
    erased,
    holds,
    moves,
    published,
    releases,
    slot,
    waits,
)


async def sequences(mongo: Mongo) -> list[int]:
    found = []
    async for entry in mongo["outbox"].find().sort("_id", 1):
        found += [int(dict(one["headers"])["ce_sequence"]) for one in entry["messages"]]
    return found


async def test_of_three_hundred_for_one_slot_one_gets_it_and_all_others_are_offered_more(
    replica: Callable[[], Process],
) -> None:
    process = replica()
    replies = await process.hear([asks(who) for who in CROWD])
    assert Counter(one.status for one in replies) == {201: 1, 409: 299}
    refused = [one.body for one in replies if one.status == 409]
    assert all(one["type"] == "/problems/slot-taken" for one in refused)
    assert all(len(one["alternatives"]) == 5 for one in refused)
    assert len(await process.store.bookings_at(G, "anna")) == 1
    assert process.lost == 0  # refusals, not aborted transactions
    assert await sequences(process.mongo) == list(range(1, 302))
    assert await process.hear([asks(who) for who in CROWD]) == replies
    assert await sequences(process.mongo) == list(range(1, 302))


async def test_two_processes_with_the_same_records_decide_them_once(replica: Callable[[], Process]) -> None:
    """A consumer that was paused goes on after its partition has moved: the ledger's version stops it."""
    one, other = replica(), replica()
    requests = [asks(who, slot(10 * (number % 5))) for number, who in enumerate(CROWD[:50])]
    first, second = await asyncio.gather(one.hear(requests), other.hear(requests))
    assert first == second
    assert Counter(reply.status for reply in first) == {201: 5, 409: 45}
    assert len(await one.store.bookings_at(G, "anna")) == 5
    assert await sequences(one.mongo) == list(range(1, 52))


async def test_different_records_in_two_processes_never_share_a_slot(replica: Callable[[], Process]) -> None:
    one, other = replica(), replica()

    async def rush(process: Process, people: Sequence[str]) -> list[Reply]:
        replies = []
        for number, who in enumerate(people):
            replies += await process.hear([asks(who, slot(10 * (number % 5)))])
        return replies

    replies = await asyncio.gather(rush(one, CROWD[:20]), rush(other, CROWD[20:40]))
    assert Counter(reply.status for part in replies for reply in part) == {201: 5, 409: 35}
    bookings = await one.store.bookings_at(G, "anna")
    assert len({booking.slot for booking in bookings}) == len(bookings) == 5
    said = await sequences(one.mongo)
    assert said == list(range(1, len(said) + 1))


async def test_staff_get_through_a_rush_and_every_claim_has_one_holder(replica: Callable[[], Process]) -> None:
    busy, staff = replica(), replica()

    async def rush() -> None:
        for number, who in enumerate(CROWD[:40]):
            await busy.hear([asks(who, slot(10 * (number % 5)))])
            if number % 3 == 0:
                await busy.hear([releases(who)])

    async def block(number: int) -> None:
        start = NOON + timedelta(minutes=10 * number)
        command = Command(BlockDesk(f"block-{number}", "marc", start, start + timedelta(minutes=10)), "staff", EARLY)
        await staff.store.alone(G, wanted([command]), lambda diary: settle(diary, [command]), EARLY)

    await asyncio.gather(rush(), *(block(number) for number in range(5)))
    assert len(await staff.store.blocks_at(G, "marc")) == 5
    live = await busy.store.bookings_at(G, "anna")
    held = {claim for booking in live for claim in booking.claims if ":expert:" in claim}
    assert set(await busy.store.expert_claims(G)) == held | {
        claim for block in await staff.store.blocks_at(G, "marc") for claim in block.claims
    }
    said = await sequences(busy.mongo)
    assert said == list(range(1, len(said) + 1))


async def test_what_a_process_remembers_of_the_desks_is_what_another_reads(replica: Callable[[], Process]) -> None:
    """Through every kind of change, its own and others': a board that missed one would promise a slot twice."""
    busy, other = replica(), replica()
    away = BlockDesk("away", "marc", NOON, NOON + timedelta(minutes=20), elsewhere=True)
    ada, bob, cyd, dan, eve, *_ = CROWD
    steps: list[tuple[Process, Sequence[Message | Order]]] = [
        (busy, [asks(ada), asks(bob, slot(0, "marc")), holds(cyd, slot(10))]),
        (busy, [waits(dan, "marc"), *(asks(who, slot(10 * n)) for n, who in enumerate(CROWD[5:12]))]),
        (busy, [releases(ada), moves(cyd, slot(20))]),
        (other, [asks(eve, slot(0, "marc"))]),
        (other, [away]),
        (busy, [asks(ada, slot(40, "marc"), "again"), waits(eve)]),
        (other, [UnblockDesk("away")]),
        (busy, [cancelled(CROWD[6]), erased(CROWD[7])]),
        (busy, [published(2, sessions=SESSIONS[:1], desks=[DESKS[1]])]),
    ]
    for process, orders in steps:
        if isinstance(orders[0], BlockDesk | UnblockDesk):
            told = [command(orders[0])]
            await process.store.alone(G, wanted(told), partial(settle, commands=told), EARLY)
        else:
            await process.hear([one for one in orders if isinstance(one, Message)])
        remembered, read = [await desks_of(one) for one in (busy, replica())]
        assert remembered == read, orders


async def test_requests_that_wait_are_found_by_whoever_hears_what_they_wait_for(
    replica: Callable[[], Process],
) -> None:
    busy, other = replica(), replica()
    await busy.hear([asks(CROWD[0])])
    await busy.hear([asks("late", slot(20))])
    await busy.hear([asks(CROWD[1], slot(30))])
    await busy.hear([confirmed("late")])
    await other.hear([asks("stranger", slot(10))])
    await busy.hear([confirmed("stranger")])
    assert {one.registration_id for one in await busy.store.bookings_at(G, "anna")} == {
        CROWD[0],
        "stranger",
        "late",
        CROWD[1],
    }


async def desks_of(process: Process) -> Mapping[str, object]:
    diary = (await process.store.load({G: wanted([command(asks(CROWD[-1], slot(30, "marc")))])}))[G]
    return {
        "claims": diary.claims,
        "blocks": diary.blocks,
        "holds": diary.holds,
        "waiters": diary.waiters,
        "latest": diary.agenda.latest,
        "ledger": diary.ledger,
    }


@asynccontextmanager
async def running(settings: SchedulingSettings) -> AsyncIterator[None]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield


async def test_a_request_goes_through_kafka_to_its_fact_and_its_answer(settings: Settings) -> None:
    mine = SchedulingSettings.model_validate(settings.model_dump() | {"registration_url": "http://127.0.0.1:9"})
    producer = Producer(settings)
    await producer.start()
    consumer = AIOKafkaConsumer(
        "slot-booked", "agenda-published", REPLIES, bootstrap_servers=settings.kafka, auto_offset_reset="earliest"
    )
    await consumer.start()
    reply_to = ReplyTo(0, "request-1")
    public = published().model_copy(update={"definition": definition().public()})
    wires = [
        encode(public, cause="c", time=EARLY, sequence=1),
        encode(asks(), cause="booking-ada", time=EARLY, correlation_id="trace-1", reply_to=reply_to),
        encode(confirmed(), cause="c", time=EARLY, sequence=2),
    ]
    found: dict[str, tuple[dict[str, str], dict[str, object]]] = {}
    try:
        async with running(mine), asyncio.timeout(60):
            await producer.append(wires, within=10)
            while len(found) < 3:
                record = await consumer.getone()
                headers = {name: value.decode() for name, value in record.headers}
                found[record.topic] = (headers, orjson.loads(record.value or b""))
    finally:
        await consumer.stop()
        await producer.stop()
        mongo = Mongo(settings.mongo, "scheduling")
        await mongo.drop()
        mongo.close()
    headers, fact = found["slot-booked"]
    assert fact["slot_id"] == slot(0)
    assert headers["ce_causationid"] == dict(wires[1].headers)["ce_id"]
    assert headers["ce_correlationid"] == "trace-1"
    assert headers["ce_source"] == "/services/scheduling"
    assert headers["ce_sequence"] == "2"
    assert found["agenda-published"][0]["ce_sequence"] == "1"
    _, reply = found[REPLIES]
    assert reply["status"] == 201
