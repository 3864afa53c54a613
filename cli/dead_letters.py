"""Dead letters: read them, send them back, or leave them behind. What is settled is a committed offset."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from cli.talk import Row
from shared.errors import Unavailable
from shared.kafka import Producer
from shared.messages import dead_letters as topic_of
from shared.messages.envelope import Wire
from shared.settings import Settings

SETTLED_BY = "foyer-dead-letters"  # the group whose offsets say how far people have decided
ORIGIN = "dlq_"
REDRIVES = "dlq_redrives"
WITHIN = 10.0


@dataclass(frozen=True)
class Letter:
    """One record that a group could not handle."""

    group: str
    offset: int
    key: str
    value: bytes
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str:
        return dict(self.headers).get(name, "")

    def row(self) -> Row:
        origin = (self.header(f"dlq_original_{name}") for name in ("topic", "partition", "offset"))
        return {
            "group": self.group,
            "offset": self.offset,
            "gathering": self.key,
            "type": self.header("ce_type"),
            "origin": "/".join(origin),
            "reason": self.header("dlq_reason"),
        }

    def wire(self) -> Wire:
        """The record as it first was, plus how often it was sent back."""
        own = tuple((name, value) for name, value in self.headers if not name.startswith(ORIGIN))
        again = str(int(self.header(REDRIVES) or 0) + 1)
        return Wire(self.header("dlq_original_topic"), self.key, self.value, (*own, (REDRIVES, again)))


async def pending(settings: Settings, group: str, limit: int) -> list[Letter]:
    """What nobody has decided about yet, oldest first."""
    async with _reader(settings, group) as (consumer, place):
        (first,) = (await consumer.beginning_offsets([place])).values()
        return await _read(consumer, place, max(first, await consumer.committed(place) or 0), limit, group)


async def one(settings: Settings, group: str, offset: int) -> Letter | None:
    async with _reader(settings, group) as (consumer, place):
        (first,) = (await consumer.beginning_offsets([place])).values()
        letters = await _read(consumer, place, max(first, offset), 1, group)
        return next((letter for letter in letters if letter.offset == offset), None)


async def settle(settings: Settings, group: str, letters: Sequence[Letter], *, send: bool) -> None:
    """Send them back or not, then remember that these are decided."""
    if send:
        producer = Producer(settings, compressed=True)
        await producer.start()
        try:
            await producer.append([letter.wire() for letter in letters], within=WITHIN)
        finally:
            await producer.stop()
    async with _reader(settings, group) as (consumer, place):
        await consumer.commit({place: letters[-1].offset + 1})


@asynccontextmanager
async def _reader(settings: Settings, group: str) -> AsyncIterator[tuple[AIOKafkaConsumer, TopicPartition]]:
    place = TopicPartition(topic_of(group), 0)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=settings.kafka,
        group_id=SETTLED_BY,
        enable_auto_commit=False,
        fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
    )
    try:
        await consumer.start()
        consumer.assign([place])
        yield consumer, place
    except KafkaError as error:
        raise Unavailable(f"the broker at {settings.kafka}: {error}") from error
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, place: TopicPartition, start: int, limit: int, group: str) -> list[Letter]:
    (end,) = (await consumer.end_offsets([place])).values()
    consumer.seek(place, start)
    letters: list[Letter] = []
    while len(letters) < limit and await consumer.position(place) < end:
        batch = await consumer.getmany(place, timeout_ms=1000, max_records=limit - len(letters))
        letters += [_letter(group, record) for record in batch.get(place, ())]
    return letters


def _letter(group: str, record: ConsumerRecord) -> Letter:
    headers = tuple((name, value.decode(errors="replace")) for name, value in record.headers)
    return Letter(group, record.offset, (record.key or b"").decode(errors="replace"), record.value or b"", headers)
