"""The whole service between a real broker and a real MongoDB."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer

from services.registration.app import create_app
from services.registration.settings import RegistrationSettings
from shared.access import Access, Actor
from shared.clock import Clock, set_clock
from shared.kafka import Producer
from shared.messages import REPLIES
from shared.messages.envelope import ReplyTo, encode
from shared.messages.registration import CancellationSubmitted, RegistrationSubmitted, Wish
from shared.mongo import Mongo
from shared.seal import Seal
from shared.settings import Settings
from shared.tokens import Role, Tokens
from tests.support.registration import AT, GATHERING, definition

HERE = f"/v1/gatherings/{GATHERING}"
SAYS = ("gathering-published", "registration-confirmed", "registration-declined", "registration-cancelled", REPLIES)


@asynccontextmanager
async def served(settings: RegistrationSettings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://registration") as client,
    ):
        async with asyncio.timeout(30):
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
        yield client


@pytest.fixture
async def own(settings: Settings, tmp_path: Path) -> AsyncIterator[RegistrationSettings]:
    clock_file = tmp_path / "clock"
    set_clock(clock_file, AT)
    mongo = Mongo(settings.mongo, "registration")
    await mongo.drop()
    yield RegistrationSettings.model_validate(settings.model_dump() | {"clock_file": clock_file})
    await mongo.drop()
    mongo.close()


def submission(settings: Settings, name: str, gathering: str = GATHERING) -> RegistrationSubmitted:
    personal = {
        "attendee": {"name": name, "email": f"{name}@example.org"},
        "answers": {},
        "consents": {"privacy": True},
        "membership_code": None,
        "invitation": None,
    }
    return RegistrationSubmitted(
        gathering_id=gathering,
        registration_id=name,
        accepted_at=AT,
        key=f"key-{name}",
        delegation=None,
        parts=(Wish(part="talk", mode="in-person"),),
        sealed=Seal.for_service(settings.secrets, "registration").seal(personal, name),
    )


async def append(settings: Settings, *messages: RegistrationSubmitted | CancellationSubmitted) -> None:
    producer = Producer(settings)
    await producer.start()
    wires = [
        encode(one, cause=one.submission_id(), time=AT, reply_to=ReplyTo(3, one.submission_id())) for one in messages
    ]
    await producer.append(wires, within=10)
    await producer.stop()


async def heard(settings: Settings, count: int) -> dict[str, list[Any]]:
    """So many records of what it says, by topic."""
    consumer = AIOKafkaConsumer(*SAYS, bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    found: dict[str, list[Any]] = {}
    try:
        async with asyncio.timeout(30):
            for _ in range(count):
                record = await consumer.getone()
                found.setdefault(record.topic, []).append(record)
    finally:
        await consumer.stop()
    return found


async def test_what_is_submitted_is_decided_told_and_answered(own: RegistrationSettings) -> None:
    organiser = Access(Tokens(own.secrets), Clock()).header(Actor(Role.ORGANISER, "olga"))
    cancellation = CancellationSubmitted(
        gathering_id=GATHERING, registration_id="a", accepted_at=AT, key="key-x", id="x", generation=0
    )
    async with served(own) as client:
        written = definition().model_dump(mode="json", by_alias=True)
        assert (await client.put(HERE, json=written, headers=organiser)).status_code == 200
        assert (await client.post(f"{HERE}/publish", headers=organiser)).status_code == 200
        await append(own, submission(own, "a"), submission(own, "lost", "unknown"), cancellation, submission(own, "a"))
        found = await heard(own, 4 + 4)
        read = await client.get("/v1/registrations/a", headers=organiser)
        assert read.json()["parts"][0]["status"] == "cancelled"
    assert {topic: len(records) for topic, records in found.items()} == {
        "gathering-published": 1,
        "registration-confirmed": 1,
        "registration-declined": 1,
        "registration-cancelled": 1,
        REPLIES: 4,
    }
    confirmed = dict(found["registration-confirmed"][0].headers)
    caused = [dict(record.headers)["ce_causationid"] for record in found["registration-confirmed"]]
    assert confirmed["ce_sequence"] == b"2"
    assert len(set(caused)) == 1
    declined = orjson.loads(found["registration-declined"][0].value)
    assert declined["parts"][0]["reason"] == "unknown-gathering"
    statuses = [orjson.loads(record.value)["status"] for record in found[REPLIES]]
    assert sorted(statuses) == [200, 201, 201, 201]
    assert {record.partition for record in found[REPLIES]} == {3}


async def test_what_was_submitted_while_it_was_away_is_decided_when_it_is_back(own: RegistrationSettings) -> None:
    organiser = Access(Tokens(own.secrets), Clock()).header(Actor(Role.ORGANISER, "olga"))
    async with served(own) as client:
        written = definition().model_dump(mode="json", by_alias=True)
        await client.put(HERE, json=written, headers=organiser)
        await client.post(f"{HERE}/publish", headers=organiser)
    await append(own, submission(own, "a"))
    async with served(own) as client:
        found = await heard(own, 3)
        assert set(found) == {"gathering-published", "registration-confirmed", REPLIES}
        assert (await client.get(f"{HERE}/registrations", headers=organiser)).json()["items"][0]["id"] == "a"
