"""Every topic to its last byte, how far each group has read, and old records told again."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from cli.lag import assign_paused
from cli.rehearsal.evidence import Record
from tests.faults.checker.case import DEAD_LETTERS, Copy, Place
from tests.faults.house import OWNERS
from tests.faults.published import hears

NOT_READ = ("__", "gateway-replies")
IDLE = 500  # milliseconds
AT_ONCE = 200


async def places(kafka: str) -> list[TopicPartition]:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        described = await admin.describe_topics()
    finally:
        await admin.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
        if not topic["topic"].startswith(NOT_READ)
    ]


@asynccontextmanager
async def _reader(kafka: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, max_partition_fetch_bytes=8_388_608, check_crcs=False
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def ends(kafka: str) -> dict[TopicPartition, int]:
    async with _reader(kafka) as consumer:
        there = await places(kafka)
        assign_paused(consumer, there)
        found: dict[TopicPartition, int] = await consumer.end_offsets(there)
        return found


async def dump(kafka: str) -> list[Copy]:
    where = {place: end for place, end in (await ends(kafka)).items() if end > 0}
    async with _reader(kafka) as consumer:
        consumer.assign(list(where))
        await consumer.seek_to_beginning(*where)
        found: list[Copy] = []
        while any([await consumer.position(place) < end for place, end in where.items()]):
            batches = await consumer.getmany(timeout_ms=IDLE, max_records=5000)
            found += [_copy(one) for batch in batches.values() for one in batch]
        return found


def _copy(one: ConsumerRecord) -> Copy:
    headers = tuple((name, content or b"") for name, content in one.headers)
    return Copy(one.topic, one.partition, one.offset, one.key or b"", headers, one.value or b"")


def records(copies: Iterable[Copy], poisoned: frozenset[Place]) -> list[Record]:
    """As the judges of a rehearsal read them: no dead letters, no poison."""
    return [_record(one) for one in copies if not one.is_dead_letter and one.place not in poisoned]


def _record(one: Copy) -> Record:
    headers = {name: content.decode(errors="replace") for name, content in one.headers}
    value: Any = {}
    with suppress(ValueError):
        value = json.loads(one.value)
    return Record(*one.place, one.key.decode(), headers, value if isinstance(value, dict) else {})


async def lag(kafka: str) -> dict[tuple[str, str, int], int]:
    """How many records stand before each group; one that has committed nothing stands at the first."""
    newest = await ends(kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        read = await asyncio.gather(*(admin.list_consumer_group_offsets(group) for group in OWNERS))
    finally:
        await admin.close()
    found = {}
    for group, offsets in zip(OWNERS, read, strict=True):
        for place, end in newest.items():
            if group in hears().get(place.topic, frozenset()):
                at = offsets[place].offset if place in offsets else 0
                found[group, place.topic, place.partition] = end - max(at, 0)
    return found


async def tell_again(kafka: str, copies: Sequence[Copy]) -> None:
    """The same bytes under the same headers, into the same partitions."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, max_request_size=2_000_000)
    await producer.start()
    try:
        for start in range(0, len(copies), AT_ONCE):
            sent = [
                await producer.send(one.topic, one.value, one.key, partition=one.partition, headers=list(one.headers))
                for one in copies[start : start + AT_ONCE]
            ]
            await asyncio.gather(*sent)
    finally:
        await producer.stop()


def good(copies: Iterable[Copy], poisoned: frozenset[Place]) -> list[Copy]:
    return [one for one in copies if not one.topic.endswith(DEAD_LETTERS) and one.place not in poisoned]


def waiting(lags: Mapping[tuple[str, str, int], int]) -> int:
    return sum(lags.values())
