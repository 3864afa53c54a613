"""Topics, lag and republishing, on real servers."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from cli import topics as foyer_topics
from cli.installation import Installation
from cli.lag import lags
from cli.republish import republish_since
from shared.clock import Clock
from shared.kafka import Producer
from shared.messages import topics as wanted
from shared.messages.envelope import Wire
from shared.mongo import Mongo
from shared.settings import Settings

SAID = Wire("slot-booked", "g", b"{}", (("ce_id", "1"), ("ce_sequence", "1")))


@pytest.fixture
def installation(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("FOYER_KAFKA", settings.kafka)
    return Installation()


async def test_what_apply_has_made_is_what_plan_asks_for(installation: Installation) -> None:
    async with installation.admin() as admin:
        assert not await foyer_topics.plan(admin, wanted(), 3)

        changed = [topic.model_copy(update={"retention_ms": 5000}) for topic in wanted()]
        await foyer_topics.apply(admin, await foyer_topics.plan(admin, changed, 3))

        async with asyncio.timeout(10):
            while await foyer_topics.plan(admin, changed, 3):  # a broker shows a change a moment after it took it
                await asyncio.sleep(0.05)
        existing = await foyer_topics.read(admin)
        assert existing["gateway-replies"].config["segment.ms"] == "60000"


async def test_lag_counts_what_a_group_has_still_to_handle(installation: Installation, settings: Settings) -> None:
    producer = Producer(settings)
    await producer.start()
    await producer.append([SAID, SAID, SAID], within=10, partition=0)
    await producer.append([SAID], within=10, partition=1)  # of which nothing was ever committed
    await producer.stop()
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, group_id="notifications", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition("slot-booked", 0)])
    await consumer.commit({TopicPartition("slot-booked", 0): 1})
    await consumer.stop()

    assert {"group": "notifications", "topic": "slot-booked", "lag": 3} in await lags(installation)


async def test_a_lost_log_is_filled_again_from_what_the_outboxes_kept(settings: Settings) -> None:
    mongo = Mongo(settings.mongo, "scheduling")
    now = Clock().wall()
    kept = {"created_at": now, "messages": [SAID.to_document(), SAID.to_document()]}
    older = {"created_at": now - timedelta(days=2), "messages": [SAID.to_document()]}
    await mongo["outbox"].insert_many([{"_id": "g:1", **kept}, {"_id": "g:0", **older}])

    counts = await republish_since(settings, now - timedelta(days=1))
    await mongo.drop()
    mongo.close()

    assert counts == {"registration": 0, "scheduling": 2, "notifications": 0, "checkin": 0}
    consumer = AIOKafkaConsumer("slot-booked", bootstrap_servers=settings.kafka, auto_offset_reset="earliest")
    await consumer.start()
    record = await consumer.getone()
    await consumer.stop()
    assert dict(record.headers)["ce_id"] == b"1"
    assert datetime.fromtimestamp(record.timestamp / 1000, UTC) >= now - timedelta(seconds=1)
