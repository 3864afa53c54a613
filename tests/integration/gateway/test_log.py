"""The gateway over a real broker: what is acknowledged is in the log, and its reply finds back, also after a crash."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from cli import topics as foyer_topics
from deploy.local import kafka as embedded
from deploy.local import ports, process
from services.gateway.app import create_app
from services.gateway.settings import GatewaySettings
from shared.messages import REPLIES
from shared.messages import topics as wanted_topics
from shared.messages.envelope import REPLY_PARTITION, REQUEST_ID
from tests.component.gateway.conftest import registration_body
from tests.support import servers
from tests.support.asgi import lifespan
from tests.support.nowhere import NOWHERE

PATH = "/v1/gatherings/spring-forum/registrations"
WITHIN = 30.0


def settings_for(broker: str, secrets_directory: Path) -> GatewaySettings:
    return GatewaySettings(
        kafka=broker,
        secrets=secrets_directory,
        limits=False,
        registration_url=f"http://{NOWHERE}",
        scheduling_url=f"http://{NOWHERE}",
        checkin_url=f"http://{NOWHERE}",
        notifications_url=f"http://{NOWHERE}",
    )


@asynccontextmanager
async def gateway(settings: GatewaySettings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    async with (
        lifespan(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway") as client,
    ):
        async with asyncio.timeout(WITHIN):
            while (await client.get("/readyz")).status_code != 200:
                await asyncio.sleep(0.05)
        yield client


@asynccontextmanager
async def owner(broker: str) -> AsyncIterator[list[str]]:
    """Confirms whatever is submitted and answers where the submission says; gives the ids it has seen."""
    seen: list[str] = []
    consumer = AIOKafkaConsumer("registration-submitted", bootstrap_servers=broker, auto_offset_reset="earliest")
    producer = AIOKafkaProducer(bootstrap_servers=broker)
    await consumer.start()
    await producer.start()

    async def answer() -> None:
        async for record in consumer:
            headers = {name: value.decode() for name, value in record.headers}
            seen.append(headers["ce_id"])
            if REQUEST_ID in headers:
                body = {"id": orjson.loads(record.value)["registration_id"], "parts": []}
                value = orjson.dumps({"status": 201, "body": body})
                where = int(headers[REPLY_PARTITION])
                header = [(REQUEST_ID, headers[REQUEST_ID].encode())]
                await producer.send_and_wait(REPLIES, value, partition=where, headers=header)

    answering = asyncio.create_task(answer())
    yield seen
    answering.cancel()
    await asyncio.gather(answering, return_exceptions=True)
    await producer.stop()
    await consumer.stop()


async def make_topics(broker: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    try:
        await foyer_topics.apply(admin, await foyer_topics.plan(admin, wanted_topics(), 3))
    finally:
        await admin.close()


@pytest.mark.usefixtures("topics")
async def test_a_submission_is_in_the_log_and_its_reply_comes_back(kafka: str, secrets_directory: Path) -> None:
    key = {"Idempotency-Key": "the-same-key-both-times"}
    async with gateway(settings_for(kafka, secrets_directory)) as client, owner(kafka) as seen:
        first = await client.post(PATH, json=registration_body(), headers=key)
        second = await client.post(PATH, json=registration_body(), headers=key)
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json()["manage_token"] == second.json()["manage_token"]
        assert len(seen) == 2
        assert len(set(seen)) == 1


@pytest.mark.usefixtures("topics")
async def test_a_hundred_at_once_each_get_their_own_answer(kafka: str, secrets_directory: Path) -> None:
    async with gateway(settings_for(kafka, secrets_directory)) as client, owner(kafka) as seen:
        bodies = [registration_body(delegation=f"d-{number}") for number in range(100)]
        answers = await asyncio.gather(*(client.post(PATH, json=body) for body in bodies))
        ids = [answer.json()["id"] for answer in answers]
        tokens = [answer.headers["location"].removeprefix("/v1/registrations/") for answer in answers]
        assert {answer.status_code for answer in answers} == {201}
        assert ids == tokens
        assert len(set(seen)) == 100


async def test_a_killed_broker_means_unknown_and_the_same_key_finds_out(
    tmp_path: Path, secrets_directory: Path
) -> None:
    if missing := embedded.missing():
        pytest.skip(f"{missing} is missing: no broker to kill")
    await embedded.fetch_jars()
    port, controller = ports.choose(("kafka", "kafka-controller"), {}).values()
    program = await embedded.program(tmp_path / "kafka", port, controller)
    broker = f"127.0.0.1:{port}"
    running = await servers.started(program, tmp_path)
    try:
        await make_topics(broker)
        settings = settings_for(broker, secrets_directory).model_copy(update={"kafka_acknowledge_within": 2.0})
        async with gateway(settings) as client:
            assert (await client.post(PATH, json=registration_body(), headers={"Prefer": "wait=0"})).status_code == 202
            running.kill()
            await running.wait()
            began = time.monotonic()
            unknown = await client.post(PATH, json=registration_body())
            assert (unknown.status_code, unknown.json()["type"]) == (503, "/problems/not-acknowledged")
            assert time.monotonic() - began < 5
            running = await servers.started(program, tmp_path)
            key = {"Idempotency-Key": unknown.headers["idempotency-key"], "Prefer": "wait=1"}
            async with owner(broker) as seen, asyncio.timeout(WITHIN):
                while (found := await client.post(PATH, json=registration_body(), headers=key)).status_code != 201:
                    assert found.status_code in {202, 503}
                assert found.json()["id"]  # by a reply: whoever else could tell is nowhere
                assert len(set(seen)) == 2
    finally:
        await process.stop(running)
