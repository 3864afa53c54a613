"""The whole service between a real broker and a real MongoDB."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer
from fastapi import FastAPI

from services.checkin.app import create_app
from services.checkin.settings import CheckinSettings
from shared.access import Access, Actor
from shared.clock import Clock, set_clock
from shared.kafka import Producer
from shared.messages import Message
from shared.messages.envelope import encode
from shared.messages.registration import GatheringPublished
from shared.mongo import Mongo
from shared.settings import Settings
from shared.tokens import Role, Tokens
from tests.support.checkin import DOOR, GATHERING, OPEN_AT, confirmed, definition

SAYS = ("ticket-issued", "attendee-admitted", "attendance-recorded", "entry-refused")
SCAN = "00000000-0000-4000-8000-000000000001"


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://checkin") as client,
    ):
        yield client


async def publish(settings: Settings, *messages: Message) -> None:
    producer = Producer(settings)
    await producer.start()
    wires = [encode(one, cause=f"c{n}", time=OPEN_AT, sequence=n) for n, one in enumerate(messages, 1)]
    await producer.append(wires, within=10)
    await producer.stop()


@asynccontextmanager
async def listening(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(*SAYS, bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


@pytest.fixture
def own(settings: Settings, tmp_path: Path) -> CheckinSettings:
    clock_file = tmp_path / "clock"
    set_clock(clock_file, OPEN_AT + timedelta(minutes=1))
    known = {"clock_file": clock_file, "trust_dir": tmp_path, "registration_url": "http://127.0.0.1:1"}
    return CheckinSettings.model_validate(settings.model_dump() | known)


async def test_a_confirmed_person_gets_a_ticket_and_passes_the_door_once(own: CheckinSettings) -> None:
    mongo = Mongo(own.mongo, "checkin")
    await mongo.drop()
    access = Access(Tokens(own.secrets), Clock())
    door, holder = Actor(Role.DOOR, "door-1"), Actor(Role.ATTENDEE, "r1", registration_id="r1")
    # the registration comes first: it waits for its gathering
    await publish(
        own, confirmed(), GatheringPublished(gathering_id=GATHERING, version=1, definition=definition().public())
    )
    async with served(create_app(own)) as client, listening(own) as consumer:
        issued = await consumer.getone()
        assert dict(issued.headers)["ce_sequence"] == b"1"
        assert orjson.loads(issued.value)["doors"] == [DOOR, "policy-event-day-2"]
        ticket = (await client.get("/v1/registrations/r1/ticket", headers=access.header(holder))).json()["ticket"]
        call = {
            "door": DOOR,
            "ticket": ticket,
            "scan_id": SCAN,
            "presented": {"id-document": True, "health": {"attested": "test"}},
        }
        path = f"/v1/gatherings/{GATHERING}/check-ins"
        answers = [await client.post(path, json=call, headers=access.header(door)) for _ in range(2)]
        assert [one.json()["outcome"] for one in answers] == ["admitted", "admitted"]
        assert answers[0].json()["attendee"] == {"name": None, "delegation": "escp-4x-01"}
        told = [await consumer.getone(), await consumer.getone()]
        assert sorted(one.topic for one in told) == ["attendance-recorded", "attendee-admitted"]
        assert {one.key for one in told} == {GATHERING.encode()}
        call |= {"scan_id": SCAN.replace("1", "2"), "ticket": ticket.lower()}
        refused = await client.post(path, json=call, headers=access.header(door))
        assert refused.json()["reason"] == "unknown-ticket"
        assert (await consumer.getone()).topic == "entry-refused"
        assert (await client.get("/readyz")).status_code == 200
    await mongo.drop()
    mongo.close()
