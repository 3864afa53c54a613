"""A bus over a real broker, with a process that does what a test tells it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from shared.bus import Batch, Bus, Reply
from shared.clock import Clock
from shared.kafka import Producer
from shared.messages.envelope import ReplyTo, Wire, encode
from shared.messages.registration import CancellationSubmitted
from shared.settings import Settings

AT = datetime(2021, 11, 1, 9, tzinfo=UTC)
GROUP = "registration"
TOPIC = "registration-submitted"
_groups = itertools.count(1)


class MovedClock(Clock):
    """The machine's time, which has gone on by so much."""

    ahead = timedelta()

    def wall(self) -> datetime:
        return super().wall() + self.ahead


def submission(number: int, gathering: str = "g", reply_to: ReplyTo | None = None) -> Wire:
    message = CancellationSubmitted(
        gathering_id=gathering,
        registration_id=f"r{number}",
        accepted_at=AT,
        key=f"k{number}",
        id=f"x{number}",
        generation=0,
    )
    return encode(message, cause=f"x{number}", time=AT, reply_to=reply_to)


@dataclass
class Heard:
    """What one process was given; `does` may refuse it."""

    does: Callable[[Batch], Awaitable[Sequence[Reply]]] | None = None
    batches: list[list[str]] = field(default_factory=list)
    handled: list[str] = field(default_factory=list)

    async def __call__(self, batch: Batch) -> Sequence[Reply]:
        names = [one.message.id for one in batch if isinstance(one.message, CancellationSubmitted)]
        self.batches.append(names)
        replies = [] if self.does is None else await self.does(batch)
        self.handled += names
        return replies

    async def until(self, *names: str) -> None:
        async with asyncio.timeout(30):
            while not set(names) <= set(self.handled):
                await asyncio.sleep(0.02)


async def nothing_to_settle() -> None:
    return


@dataclass
class Wired:
    """The broker as a test uses it."""

    settings: Settings
    producer: Producer
    raw: AIOKafkaProducer

    @asynccontextmanager
    async def hearing(self, heard: Heard, group: str = GROUP) -> AsyncIterator[Bus]:
        bus = Bus(self.settings, group, [CancellationSubmitted], heard, self.producer, nothing_to_settle)
        await bus.start()
        try:
            yield bus
        finally:
            await bus.stop()

    async def append(self, *wires: Wire) -> None:
        await self.producer.append(wires, within=10)

    async def records(self, topic: str, count: int, *, until: str = "") -> list[Any]:
        """The first so many of a topic, or all until one has that sequence."""
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=self.settings.kafka, auto_offset_reset="earliest")
        await consumer.start()
        try:
            async with asyncio.timeout(20):
                found: list[Any] = []
                while len(found) < count or (until and dict(found[-1].headers)["ce_sequence"] != until.encode()):
                    found.append(await consumer.getone())
                return found
        finally:
            await consumer.stop()

    async def committed(self, group: str = GROUP) -> int:
        """How many records of the intake the group has committed."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.settings.kafka, group_id=group, enable_auto_commit=False)
        await consumer.start()
        try:
            offsets = [await consumer.committed(TopicPartition(TOPIC, n)) for n in range(self.settings.partitions)]
            return sum(offset or 0 for offset in offsets)
        finally:
            await consumer.stop()


@pytest.fixture
async def wired(settings: Settings) -> AsyncIterator[Wired]:
    quick = settings.model_copy(
        update={"kafka_session_timeout_ms": 6000, "kafka_heartbeat_interval_ms": 300, "kafka_fetch_max_wait_ms": 50}
    )
    producer = Producer(quick)
    await producer.start()
    raw = AIOKafkaProducer(bootstrap_servers=quick.kafka)
    await raw.start()
    yield Wired(quick, producer, raw)
    await raw.stop()
    await producer.stop()


@pytest.fixture
def group() -> str:
    """A group that no test has used: its dead letters go nowhere."""
    return f"group-{next(_groups)}"
