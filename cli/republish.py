"""Republishing: the outboxes keep what they published, so a broker that lost its log can be filled again."""

from collections.abc import AsyncIterator
from datetime import datetime

from shared.kafka import Producer
from shared.messages import GROUPS
from shared.messages.envelope import Wire
from shared.mongo import Mongo, outcomes
from shared.settings import Settings

AT_ONCE = 500
WITHIN = 30.0


async def republish_since(settings: Settings, since: datetime) -> dict[str, int]:
    """Append every kept message again, each service's in the order they were first said; count them by service."""
    producer = Producer(settings, compressed=True)
    await producer.start()
    try:
        return {service: await _service(settings, service, producer, since) for service in GROUPS}
    finally:
        await producer.stop()


async def _service(settings: Settings, service: str, producer: Producer, since: datetime) -> int:
    mongo = Mongo(settings.mongo, service)
    count = 0
    batch: list[Wire] = []
    try:
        async for wire in _kept(mongo, since):
            batch.append(wire)
            if len(batch) >= AT_ONCE:
                await producer.append(batch, within=WITHIN)
                count += len(batch)
                batch = []
        await producer.append(batch, within=WITHIN)
        return count + len(batch)
    finally:
        mongo.close()


async def _kept(mongo: Mongo, since: datetime) -> AsyncIterator[Wire]:
    # within a stream, ids sort in the order of publication
    with outcomes():
        async for document in mongo["outbox"].find({"created_at": {"$gte": since}}).sort("_id", 1):
            for message in document["messages"]:
                yield Wire.from_document(message)
