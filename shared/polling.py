"""How the bus reads: FastStream's consumer made to wait inside, rest, fence rebalances, and leave records raw."""

import asyncio
import math
import signal
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER

from shared.messages import registry
from shared.telemetry import get_logger

log = get_logger(__name__)

AWAITED = frozenset(message.topic for message in registry.values() if message.awaited)


Records = dict[TopicPartition, list[ConsumerRecord]]

RUSH = 10  # records at once, from which on a consumer waits for as long as it may
AWAITED_SHARE = 1 / 50  # of the time for facts: somebody waits for the answer


class LongPollConsumer(AIOKafkaConsumer):
    """Waits for records inside the consumer: FastStream would sleep blindly after each empty poll.

    The more there is, the longer it lets more come together, so that a rush costs few large batches instead of many
    small ones. Submissions gather for a moment, a lone one not at all. Facts are handed over at once, and what follows
    them stays in the log for a while, where waiting costs nothing; a submission ends that rest.
    """

    polled_at = 0.0

    def __init__(self, gather: float, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        self._gather = gather
        self._rests_until = 0.0

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        most = max_records or math.inf
        records: Records = {}
        while not records:
            self._must_belong()
            LongPollConsumer.polled_at = now = time.monotonic()
            resting_ms = math.ceil((self._rests_until - now) * 1000)
            if resting_ms <= 0:
                self._wake()
            wait_ms = min(timeout_ms, resting_ms) if resting_ms > 0 else timeout_ms
            records = await super().getmany(*partitions, timeout_ms=wait_ms, max_records=max_records)
        if not _is_awaited(records):
            if _count(records) < most:  # else there is a backlog
                self._rest(min(_count(records), RUSH) * self._gather)
            return records
        self._wake()
        until = time.monotonic() + (min(_count(records), RUSH) - 1) * self._gather * AWAITED_SHARE
        while (left := until - time.monotonic()) > 0 and _count(records) < most:
            _add(records, await super().getmany(*partitions, timeout_ms=math.ceil(left * 1000), max_records=max_records))
        return records

    def _rest(self, seconds: float) -> None:
        """Nothing may come between a poll and this: the library asks for more as soon as it can."""
        self._rests_until = time.monotonic() + seconds
        self.pause(*(one for one in self.assignment() if one.topic not in AWAITED))

    def _wake(self) -> None:
        self._rests_until = 0.0
        self.resume(*self.paused())

    def _must_belong(self) -> None:
        """The library gives up its group for ever when uvloop reports a reset connection as no Kafka error.

        It would go on polling and read nothing: so the process stops gently, and whoever keeps it starts it anew.
        """
        coordination = getattr(self._coordinator, "_coordination_task", None)
        if coordination is not None and coordination.done() and not self._closed:
            log.error("out of the group for good: the process starts anew")
            signal.raise_signal(signal.SIGTERM)
            raise ConsumerStoppedError


def _count(records: Records) -> int:
    return sum(map(len, records.values()))


def _is_awaited(records: Records) -> bool:
    return not AWAITED.isdisjoint(partition.topic for partition in records)


def _add(gathered: Records, more: Records) -> None:
    """What a rebalance makes the consumer read again takes the place of what it had read before."""
    for partition, records in more.items():
        gathered[partition] = [*(r for r in gathered.get(partition, ()) if r.offset < records[0].offset), *records]


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
