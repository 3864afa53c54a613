"""The whole service between a real broker, a real MongoDB and a mail server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiokafka import AIOKafkaConsumer

from services.notifications.app import create_app
from services.notifications.settings import NotificationsSettings
from shared.clock import set_clock
from shared.kafka import Producer
from shared.messages import Message
from shared.messages.checkin import TicketIssued
from shared.messages.envelope import Wire, encode
from shared.messages.registration import GatheringPublished, RegistrationCancelled
from shared.mongo import Mongo
from shared.settings import Settings
from tests.support.mail_sink import Sink
from tests.support.notifications import START, G, confirmed, fact, part
from tests.unit.notifications.samples import DEFINITION

PATIENCE = 30.0


def neighbours() -> web.Application:
    """Registration and checkin, as far as notifications asks them."""

    async def definition(_: web.Request) -> web.Response:
        return web.json_response({"version": 1, "definition": DEFINITION.model_dump(mode="json", by_alias=True)})

    async def people(request: web.Request) -> web.Response:
        ids = (await request.json())["registration_ids"]
        known = {
            one: {"name": one, "email": f"{one}@example.org", "language": "fr", "manage_token": f"key-{one}"}
            for one in ids
        }
        return web.json_response({"people": known})

    async def ticket(request: web.Request) -> web.Response:
        return web.json_response({"ticket": f"FOYER1:{request.match_info['r'].upper()}", "doors": []})

    app = web.Application()
    app.router.add_get("/internal/gatherings/{g}", definition)
    app.router.add_post("/internal/people", people)
    app.router.add_get("/v1/registrations/{r}/ticket", ticket)
    return app


def said(*messages: Message) -> list[Wire]:
    return [encode(one, cause=f"cause-{n}", time=START, sequence=n) for n, one in enumerate(messages, 1)]


async def publish(settings: Settings, wires: Sequence[Wire]) -> None:
    producer = Producer(settings)
    await producer.start()
    await producer.append(wires, within=10)
    await producer.stop()


@asynccontextmanager
async def running(settings: NotificationsSettings) -> AsyncIterator[None]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        yield


async def becomes(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not so():
            await asyncio.sleep(0.02)


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    one = Sink()
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def own(settings: Settings, sink: Sink, tmp_path: Path) -> AsyncIterator[NotificationsSettings]:
    clock_file = tmp_path / "clock"
    set_clock(clock_file, START)
    mongo = Mongo(settings.mongo, "notifications")
    await mongo.drop()
    mongo.close()
    async with TestServer(neighbours()) as server:
        around = {
            "clock_file": clock_file,
            "smtp": f"127.0.0.1:{sink.port}",
            "registration_url": str(server.make_url("")).rstrip("/"),
            "checkin_url": str(server.make_url("")).rstrip("/"),
        }
        yield NotificationsSettings.model_validate(settings.model_dump() | around)


def subjects(sink: Sink) -> list[str]:
    return [one.partition("Message-ID: ")[2].partition("\n")[0].strip() for one in sink.taken]


PUBLISHED = GatheringPublished(gathering_id=G, version=1, definition=DEFINITION.public())


async def test_each_fact_is_mailed_once_however_often_it_is_heard(own: NotificationsSettings, sink: Sink) -> None:
    ticket = TicketIssued(gathering_id=G, registration_id="a", version=1, doors=("policy-event-day-1",))
    wires = said(PUBLISHED, confirmed("a"), confirmed("b"), ticket)
    await publish(own, wires)
    async with running(own):
        await becomes(lambda: len(sink.taken) == 3)
        last = said(*[confirmed(f"later-{n}") for n in range(3)])
        await publish(own, [*wires, *reversed(wires), *wires, *last])
        await becomes(lambda: len(sink.taken) >= 6)
    assert len(set(subjects(sink))) == len(sink.taken) == 6
    facts = await everything_sent(own, 6)
    assert {one["message_id"] for one in facts} == set(subjects(sink))
    assert {one["registration_id"] for one in facts} == {"a", "b", "later-0", "later-1", "later-2"}


async def everything_sent(settings: Settings, number: int) -> list[dict[str, Any]]:
    consumer = AIOKafkaConsumer("notification-sent", bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        async with asyncio.timeout(PATIENCE):
            return [orjson.loads((await consumer.getone()).value) for _ in range(number)]
    finally:
        await consumer.stop()


async def test_mail_waits_for_its_server_and_what_became_untrue_is_not_sent(
    own: NotificationsSettings, sink: Sink
) -> None:
    await sink.stop()
    await publish(own, said(PUBLISHED, confirmed("a"), confirmed("b")))
    async with running(own):
        store = Mongo(own.mongo, "notifications")
        while await store["notifications"].count_documents({"status": "queued"}) < 2:
            await asyncio.sleep(0.02)
        await publish(own, said(fact(RegistrationCancelled, "b", 2, part(status="cancelled"))))
        while await store["notifications"].count_documents({}) < 3:
            await asyncio.sleep(0.02)
        await sink.start(sink.port)
        await becomes(lambda: len(sink.taken) == 2)
        while await store["notifications"].count_documents({"status": "queued"}):
            await asyncio.sleep(0.02)
        withheld = await store["notifications"].find_one({"status": "suppressed"})
        store.close()
    assert withheld is not None
    assert (withheld["registration_id"], withheld["template"], withheld["reason"]) == ("b", "confirmed", "superseded")
    assert sum("Confirm=C3=A9" in one or "Confirm" in one.partition("Subject:")[2][:40] for one in sink.taken) == 1


async def test_a_restart_in_the_middle_loses_nothing_and_repeats_nothing(
    own: NotificationsSettings, sink: Sink
) -> None:
    await publish(own, said(PUBLISHED, *(confirmed(f"p{n}") for n in range(60))))
    async with running(own):
        await becomes(lambda: len(sink.taken) >= 5)
    before = len(sink.taken)
    assert before < 60
    async with running(own):
        await becomes(lambda: len(sink.taken) >= 60)
    assert len(set(subjects(sink))) == len(sink.taken) == 60
