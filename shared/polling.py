"""How the bus reads: FastStream's consumer made to wait inside, rest, fence rebalances, and leave records raw."""

import asyncio
import math
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
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

RUSH = 10  # facts at once, from which on a consumer rests for as long as it may


class LongPollConsumer(AIOKafkaConsumer):
    """Waits for records inside the consumer: FastStream would sleep blindly after each empty poll.

    Between polls nothing is fetched. The library would at once ask for more, and keep the first few that come, for
    however long a batch takes; left in the log, all that arrives meanwhile is the next batch. Facts, for which nobody
    waits, stay there a while longer, the more of them there are: a rush costs few large batches instead of many small
    ones. A submission ends that rest.
    """

    polled_at = 0.0

    def __init__(self, rest: float, *topics: str, **options: Any) -> None:
        super().__init__(*topics, **options)
        self._rest = rest
        self._rests_until = 0.0

    async def getmany(self, *partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        records: Records = {}
        while not records:
            self._must_belong()
            LongPollConsumer.polled_at = now = time.monotonic()
            left_ms = math.ceil((self._rests_until - now) * 1000)
            self.resume(*(one for one in self.paused() if left_ms <= 0 or one.topic in AWAITED))
            wait_ms = min(timeout_ms, left_ms) if left_ms > 0 else timeout_ms
            records = await super().getmany(*partitions, timeout_ms=wait_ms, max_records=max_records)
        count = sum(map(len, records.values()))
        if AWAITED.isdisjoint(one.topic for one in records):
            self._rests_until = time.monotonic() + min(count, RUSH) * self._rest
        else:
            self._rests_until = 0.0
        if max_records is None or count < max_records:  # else there is more here already, and a pause would drop it
            self.pause(*self.assignment())
        return records

    def _must_belong(self) -> None:
        """The library gives up its group for ever when an error it does not know ends its coordination.

        It would go on polling and read nothing: so the process stops gently, and whoever keeps it starts it anew.
        """
        coordination = getattr(self._coordinator, "_coordination_task", None)
        if coordination is not None and coordination.done() and not self._closed:
            log.error("out of the group for good: the process starts anew")
            signal.raise_signal(signal.SIGTERM)
            raise ConsumerStoppedError


class LongPollBroker(KafkaBroker):
    def __init__(self, *addresses: str, rest: float, **options: Any) -> None:
        super().__init__(*addresses, **options)
        self._rest = rest

    async def _connect(self) -> Any:
        plain: Any = await super()._connect()
        self.config.broker_config.builder = partial(LongPollConsumer, self._rest, **plain.keywords)
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


async def undecoded(message: KafkaMessage) -> Sequence[ConsumerRecord]:
    """FastStream decodes a batch as a whole: one bad record would take the good ones with it."""
    return message.raw_message


async def unparsed(records: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """It parses a batch as a whole as well, and drops it without a word over a header that is no text."""
    return KafkaMessage(body=b"", raw_message=records, consumer=FAKE_CONSUMER)
