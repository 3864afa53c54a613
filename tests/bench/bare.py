"""The plainest way to decide: the same packages and the same durability, but no rule, no signature and no fact.

What is asked over HTTP is appended to a topic; its reader writes it down, one transaction a batch, and answers by
another topic. `uvicorn tests.bench.bare:app` is asked, `python -m tests.bench.bare` reads.
"""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated, Any

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from fastapi import FastAPI, Header, Response
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import WriteConcern

from services.gateway.api.bodies import RegistrationRequest

ASKED, ANSWERED = "bench-asked", "bench-answered"
KAFKA, MONGO = "BENCH_KAFKA", "BENCH_MONGO"
DURABLE = WriteConcern(w="majority", j=True)
POLL_MS = 1000


class Asking:
    """Appends what is asked, and knows who waits for which answer."""

    def __init__(self, producer: AIOKafkaProducer, answered: AIOKafkaConsumer) -> None:
        self._producer = producer
        self._answered = answered
        self._numbers = itertools.count()
        self._waiting: dict[bytes, asyncio.Future[None]] = {}

    async def append(self, body: RegistrationRequest) -> asyncio.Future[None]:
        """Return once it is in the log. The future is done once it is answered."""
        number = str(next(self._numbers)).encode()
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._producer.send_and_wait(
            ASKED, body.model_dump_json().encode(), b"bench", headers=[("number", number)]
        )
        return answer

    async def hear(self) -> None:
        while True:
            for record in await polled(self._answered):
                [(_, number)] = record.headers
                self._waiting.pop(number).set_result(None)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with producing() as producer, reading(ANSWERED) as answered, asyncio.TaskGroup() as tasks:
        app.state.asking = Asking(producer, answered)
        hearing = tasks.create_task(app.state.asking.hear())
        yield
        hearing.cancel()


app = FastAPI(lifespan=lifespan)


@app.post("/")
async def ask(body: RegistrationRequest, prefer: Annotated[str, Header()], response: Response) -> RegistrationRequest:
    answer = await app.state.asking.append(body)
    response.status_code = HTTPStatus.ACCEPTED
    if prefer != "respond-async":
        await answer
        response.status_code = HTTPStatus.CREATED
    return body


async def decide() -> None:
    """Until it is told to stop."""
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(os.environ[MONGO])
    documents = client["bench"]["decided"]
    async with producing() as producer, reading(ASKED, group_id="bench", auto_offset_reset="earliest") as asked:
        while True:
            if not (records := await polled(asked)):
                continue
            async with await client.start_session() as session, session.start_transaction(write_concern=DURABLE):
                await documents.insert_many([orjson.loads(one.value) for one in records], session=session)
            answers = [await producer.send(ANSWERED, one.value, headers=list(one.headers)) for one in records]
            await asyncio.gather(*answers)
            await asked.commit()


@asynccontextmanager
async def producing() -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=os.environ[KAFKA], acks="all", enable_idempotence=True)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@asynccontextmanager
async def reading(topic: str, **options: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=os.environ[KAFKA], enable_auto_commit=False, **options)
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def polled(consumer: AIOKafkaConsumer) -> list[Any]:
    return [record for records in (await consumer.getmany(timeout_ms=POLL_MS)).values() for record in records]


if __name__ == "__main__":
    uvloop.run(decide())
