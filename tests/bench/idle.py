"""Waits until nobody has anything left to handle: the tail of one way must not be charged to the next."""

import asyncio
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from cli.lag import assign_paused
from tests.faults.published import hears

DECIDING = ("registration", "scheduling", "checkin")
MAILING = ("notifications",)
EVERY = 0.2  # seconds
PATIENCE = 120.0


class StillBusyError(Exception):
    """There is a backlog that does not go away."""


class Idle:
    """How far each group is behind. The mails of a rush take longer than the rush, so nobody waits for them."""

    def __init__(self, kafka: str) -> None:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
        self._places: dict[str, list[TopicPartition]] = {}
        self._started = False

    async def start(self) -> None:
        await self._admin.start()
        await self._consumer.start()
        self._started = True
        for described in await self._admin.describe_topics():
            topic = described["topic"]
            for group in hears().get(topic, ()):
                there = [TopicPartition(topic, one["partition"]) for one in described["partitions"]]
                self._places.setdefault(group, []).extend(there)
        assign_paused(self._consumer, list({place for theirs in self._places.values() for place in theirs}))

    async def stop(self) -> None:
        if self._started:
            await self._consumer.stop()
            await self._admin.close()

    async def behind(self, *groups: str) -> int:
        """Records that these groups have still to handle."""
        ends = await self._consumer.end_offsets(list({place for group in groups for place in self._places[group]}))
        left = 0
        for group in groups:
            read = await self._admin.list_consumer_group_offsets(group)
            left += sum(
                ends[place] - max(read[place].offset if place in read else 0, 0) for place in self._places[group]
            )
        return left

    async def mails_waiting(self) -> int:
        """Facts of which notifications has not yet made its mails."""
        return await self.behind(*MAILING)

    async def wait(self, *groups: str, patience: float = PATIENCE) -> float:
        """Return the seconds it took until these, or all that decide, have handled everything."""
        began = time.monotonic()
        while left := await self.behind(*(groups or DECIDING)):
            if time.monotonic() - began > patience:
                raise StillBusyError(f"{left} records are not handled after {patience:.0f} s")
            await asyncio.sleep(EVERY)
        return time.monotonic() - began
