"""A plain subscriber, and when it sees each fact: how long after the gateway accepted what led to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from aiokafka import AIOKafkaConsumer

from shared.clock import Clock
from shared.messages.registration import RegistrationConfirmed


@asynccontextmanager
async def watching(kafka: str, clock: Clock) -> AsyncIterator[list[float]]:
    """The milliseconds from `accepted_at` to here, of every confirmation that comes meanwhile."""
    consumer = AIOKafkaConsumer(RegistrationConfirmed.topic, bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    await consumer.seek_to_end()
    for place in consumer.assignment():
        await consumer.position(place)  # from here on
    seen: list[float] = []
    reading = asyncio.create_task(_read(consumer, clock, seen))
    try:
        yield seen
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, clock: Clock, seen: list[float]) -> None:
    while True:
        batches = await consumer.getmany(timeout_ms=1000)
        now = clock.now()
        for records in batches.values():
            for record in records:
                accepted_at = datetime.fromisoformat(json.loads(record.value)["accepted_at"])
                seen.append((now - accepted_at).total_seconds() * 1000)
