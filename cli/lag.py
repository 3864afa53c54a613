"""Lag: how many records each consumer group has still to handle."""

import asyncio
from collections import defaultdict

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
    """One row per group and topic that it has committed to."""
    async with installation.admin() as admin:
        consumer = AIOKafkaConsumer(bootstrap_servers=installation.settings.kafka)
        await consumer.start()
        try:
            rows: list[Row] = []
            for group in GROUPS:
                offsets = await _offsets(admin, group)
                committed = {place: found.offset for place, found in offsets.items() if found.offset >= 0}
                ends = await consumer.end_offsets(list(committed)) if committed else {}
                behind: dict[str, int] = defaultdict(int)
                for place, offset in committed.items():
                    behind[place.topic] += ends[place] - offset
                rows += [{"group": group, "topic": topic, "lag": behind[topic]} for topic in sorted(behind)]
            return rows
        finally:
            await consumer.stop()


async def _offsets(admin: AIOKafkaAdminClient, group: str) -> dict[TopicPartition, OffsetAndMetadata]:
    for _ in range(RETRIES):
        try:
            found: dict[TopicPartition, OffsetAndMetadata] = await admin.list_consumer_group_offsets(group)
        except GroupCoordinatorNotAvailableError:
            await asyncio.sleep(0.5)
        else:
            return found
    raise Unavailable(f"the broker does not say where {group} stands")
