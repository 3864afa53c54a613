"""Lag: how many records each consumer group has still to handle."""

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError
from aiokafka.structs import OffsetAndMetadata

from cli.installation import Installation
from cli.talk import Row
from shared.errors import Unavailable
from shared.messages import GROUPS

RETRIES = 10  # a fresh broker makes its table of offsets with the first question about it


async def lags(installation: Installation) -> list[Row]:
    """One row per group and topic that it reads. Where it has committed nothing it stands before the first record."""
    from cli.asyncapi import HEARS  # noqa: PLC0415  all services, for this command alone

    async with installation.admin() as admin:
        places = {
            topic["topic"]: [TopicPartition(topic["topic"], one["partition"]) for one in topic["partitions"]]
            for topic in await admin.describe_topics()
        }
        consumer = AIOKafkaConsumer(bootstrap_servers=installation.settings.kafka)
        await consumer.start()
        try:
            assign_paused(consumer, [place for theirs in places.values() for place in theirs])
            rows: list[Row] = []
            for group in GROUPS:
                committed = await _offsets(admin, group)
                for topic in sorted({message.topic for message in HEARS[group]} & places.keys()):
                    behind = await _behind(consumer, places[topic], committed)
                    if behind or any(place in committed for place in places[topic]):
                        rows.append({"group": group, "topic": topic, "lag": behind})
            return rows
        finally:
            await consumer.stop()


def assign_paused(consumer: AIOKafkaConsumer, places: Sequence[TopicPartition]) -> None:
    """For one that only asks how far they reach: where it is not assigned, it asks slowly, topic by topic."""
    consumer.assign(places)
    consumer.pause(*places)


async def _behind(
    consumer: AIOKafkaConsumer,
    places: Sequence[TopicPartition],
    committed: Mapping[TopicPartition, OffsetAndMetadata],
) -> int:
    first, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    stands = {one: max(first[one], committed[one].offset if one in committed else 0) for one in places}
    return sum(end[one] - stands[one] for one in places)


async def _offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    for _ in range(RETRIES):
        try:
            found: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:
            await asyncio.sleep(0.5)
        else:
            return found
    raise Unavailable(f"the broker does not say where {group} stands")
