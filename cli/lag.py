"""Lag: how many records each consumer group has still to handle."""

from collections import defaultdict

from aiokafka import AIOKafkaConsumer

from cli.installation import Installation
from cli.talk import Row
from shared.messages import GROUPS


async def lags(installation: Installation) -> list[Row]:
    """One row per group and topic that it has committed to."""
    consumer = AIOKafkaConsumer(bootstrap_servers=installation.settings.kafka)
    async with installation.admin() as admin:
        await consumer.start()
        try:
            rows: list[Row] = []
            for group in GROUPS:
                offsets = await admin.list_consumer_group_offsets(group)
                committed = {place: found.offset for place, found in offsets.items() if found.offset >= 0}
                ends = await consumer.end_offsets(list(committed)) if committed else {}
                behind: dict[str, int] = defaultdict(int)
                for place, offset in committed.items():
                    behind[place.topic] += ends[place] - offset
                rows += [{"group": group, "topic": topic, "lag": behind[topic]} for topic in sorted(behind)]
            return rows
        finally:
            await consumer.stop()
