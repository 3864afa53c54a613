"""How the bus reads: FastStream's consumer made to wait inside, gather, fence rebalances, and leave records raw."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from shared.messages import registry

AWAITED = frozenset(message.topic for message in registry.values() if message.awaited)


class LongPollConsumer(AIOKafkaConsumer):
    """Waits for records inside the consumer: FastStream would sleep blindly after each empty poll.

    Where nobody waits for an answer it gathers a while, so that a rush costs few large batches instead of many small.
    """

    polled_at = 0.0

    def __init__(self, gather: float, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        self._gather = gather

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        while True:
            LongPollConsumer.polled_at = time.monotonic()
            records = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
            if not records:
                continue
            if not AWAITED.isdisjoint(partition.topic for partition in records):
                return records
            await asyncio.sleep(self._gather)
            more = await super().getmany(*partitions, max_records=max_records)
            return {one: [*records.get(one, ()), *more.get(one, ())] for one in records.keys() | more.keys()}


class LongPollBroker(KafkaBroker):
    def __init__(self, *addresses: str, gather: float, **options: Any) -> None:
        super().__init__(*addresses, **options)
        self._gather = gather

    async def _connect(self) -> Any:
        plain: Any = await super()._connect()
        self.config.broker_config.builder = partial(LongPollConsumer, self._gather, **plain.keywords)
        return self.config.broker_config.builder


class Fence(ConsumerRebalanceListener):
    """A rebalance waits for the batch in flight. It is a courtesy: the fence that counts is the ledger's version."""

    def __init__(self, finished: Callable[[], Awaitable[None]]) -> None:
        self.lock = asyncio.Lock()
        self._finished = finished

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002
        async with self.lock:
            await self._finished()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        pass


async def undecoded(message: KafkaMessage) -> None:
    """FastStream decodes a batch as a whole: one bad record would take the good ones with it."""


async def unparsed(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """It parses a batch as a whole as well, and drops it without a word over a header that is no text."""
    return KafkaMessage(body=b"", raw_message=records, consumer=FAKE_CONSUMER)
