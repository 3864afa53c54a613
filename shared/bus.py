"""Delivery, in one place: the only subscriber Foyer has, and what follows each outcome of a batch (ARCHITECTURE §4).

FastStream's own acknowledgement policies each lose or block something (ADR 0003), so this one acknowledges by hand.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import CommitFailedError, IllegalStateError, KafkaError
from faststream import AckPolicy

from shared import telemetry
from shared.errors import LostRace, Unavailable
from shared.kafka import Producer
from shared.letters import dead_letter
from shared.messages import REPLIES, REPLY_PARTITIONS, Message
from shared.messages.envelope import REQUEST_ID, Received, ReplyTo, Unreadable, Wire, decode
from shared.polling import Fence, LongPollBroker, LongPollConsumer, undecoded, unparsed
from shared.settings import Settings
from shared.telemetry import get_logger

log = get_logger(__name__)

LONG_POLL_MS = 1000
STALE_AFTER = 30.0  # seconds without a poll: the loop is stuck
RACES = 5  # lost in a row over the same batch before it is split to find the culprit
ATTEMPTS = 3  # at a single record that fails for no known reason, before it is parked
PAUSE = 0.5  # seconds before a batch is read again; far below the session time-out, so that no rebalance waits for it
PUBLISH_WITHIN = 5.0
COMMIT_WITHIN = 5.0
COMMIT_AFTER = 0.5  # seconds; whatever a crash leaves uncommitted is recognised when it is read again


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one submission, for the gateway process that waits for it."""

    to: ReplyTo
    status: int
    body: dict[str, Any]


Batch = Sequence[Received[Message]]
Process = Callable[[Batch], Awaitable[Sequence[Reply]]]  # load once, decide in log order, commit once
Settled = Callable[[], Awaitable[None]]


class Bus:
    """One service's consumer: everything it hears, in batches, from one group named after the service."""

    def __init__(
        self,
        settings: Settings,
        group: str,
        hears: Sequence[type[Message]],
        process: Process,
        producer: Producer,
        settled: Settled,
    ) -> None:
        self.group = group
        self.hears = tuple(hears)
        self.blocked: str | None = None  # why the last batch could not be handled
        self._process = process
        self._producer = producer
        self._settled = settled
        self._clock = settings.clock
        self._finishing: asyncio.Task[None] | None = None
        self._committing: asyncio.Task[None] | None = None
        self._handled: dict[TopicPartition, int] = {}  # the next offset of each, not yet committed
        self._fence = Fence(self._handed_over)
        self._longest_batch = settings.kafka_max_poll_interval_ms / 1000
        self.broker = LongPollBroker(
            settings.kafka,
            rest=settings.kafka_rest_ms / 1000,
            client_id=group,
            logger=None,
            graceful_timeout=15,
            consumer_only=True,
            apply_types=False,  # there is nothing to inject, and the looking costs a thread a batch
            allow_auto_create_topics=False,
            request_timeout_ms=settings.kafka_request_timeout_ms,
        )
        self._subscriber = self.broker.subscriber(
            *sorted({message.topic for message in hears}),
            batch=True,
            batch_timeout_ms=LONG_POLL_MS,
            max_records=settings.kafka_batch_records,
            group_id=group,
            group_instance_id=settings.kafka_group_instance,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            auto_offset_reset="earliest",
            parser=unparsed,
            decoder=undecoded,
            listener=self._fence,
            partition_assignment_strategy=(RangePartitionAssignor,),
            fetch_max_wait_ms=settings.kafka_fetch_max_wait_ms,
            max_partition_fetch_bytes=settings.kafka_max_partition_fetch_bytes,
            session_timeout_ms=settings.kafka_session_timeout_ms,
            heartbeat_interval_ms=settings.kafka_heartbeat_interval_ms,
            max_poll_interval_ms=settings.kafka_max_poll_interval_ms,
        )
        self._subscriber(self._on_batch)

    async def start(self) -> None:
        try:
            await self.broker.start()
        except BaseException:
            if self._subscriber.consumer is not None:  # one that got half-way holds connections
                await self._subscriber.consumer.stop()
            raise

    async def stop(self) -> None:
        """What is in hand is finished, and its offsets committed, while there is a consumer."""
        async with self._fence.lock:
            await self._committed()
        await self.broker.stop()

    @property
    def stale(self) -> bool:
        """Whether the consumer's loop has stopped turning; a batch in hand may take as long as its group allows."""
        polled = LongPollConsumer.polled_at
        patience = self._longest_batch if self._fence.lock.locked() else STALE_AFTER
        return polled > 0 and time.monotonic() - polled > patience

    async def _on_batch(self, records: Sequence[ConsumerRecord]) -> None:
        consumer: AIOKafkaConsumer = self._subscriber.consumer
        async with self._fence.lock:
            assigned = consumer.assignment()
            ours = [one for one in records if TopicPartition(one.topic, one.partition) in assigned]
            if ours:
                await self._deliver(consumer, ours)

    async def _deliver(self, consumer: AIOKafkaConsumer, records: Sequence[ConsumerRecord]) -> None:
        letters: list[Wire] = []
        try:
            readable = self._readable(records, letters)
            self._measure(readable)
            with telemetry.BATCH_SECONDS.labels(self.group).time():
                replies = await self._handle(readable, records, letters)
            await self._producer.append(letters, within=PUBLISH_WITHIN)
            self.blocked = None
        except Unavailable as reason:
            self.blocked = str(reason)
            log.warning("batch will be read again", group=self.group, reason=self.blocked)
            await self._read_again(consumer, records)
            return
        except Exception as fault:  # our own: FastStream would go on, and the next batch's commit would lose this one
            self.blocked = type(fault).__name__
            log.exception("batch will be read again", group=self.group)
            await self._read_again(consumer, records)
            return
        await self._finished()
        self._finishing = asyncio.create_task(self._finish(consumer, _last(records), replies))

    async def _read_again(self, consumer: AIOKafkaConsumer, records: Sequence[ConsumerRecord]) -> None:
        await asyncio.sleep(PAUSE)
        with suppress(IllegalStateError):  # its partition has moved meanwhile
            _seek_back(consumer, records)

    async def _finish(
        self, consumer: AIOKafkaConsumer, last: Mapping[TopicPartition, int], replies: Sequence[Reply]
    ) -> None:
        """Answer, and commit soon after the facts are out: while the next batch is being decided already."""
        try:
            await self._answer(replies)
            await self._settled()
        except Exception:  # nothing is lost: the facts are in the outbox, the offsets go with the next batch's
            log.exception("batch not finished", group=self.group)
            return
        self._handled |= {partition: offset + 1 for partition, offset in last.items()}
        if self._committing is None or self._committing.done():
            self._committing = asyncio.create_task(self._commit(consumer))

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        """For all batches of a moment at once; what is handled meanwhile makes up the next."""
        while self._handled:
            await asyncio.sleep(COMMIT_AFTER)
            handled, self._handled = self._handled, {}
            try:
                await consumer.commit(handled)
            except (CommitFailedError, IllegalStateError):
                log.info("partitions moved: their new owner reads this batch again", group=self.group)
            except KafkaError as error:
                self.blocked = f"offsets not committed: {type(error).__name__}"
                log.warning("offsets not committed", group=self.group, reason=self.blocked)

    async def _finished(self) -> None:
        if self._finishing is not None:
            await self._finishing

    async def _committed(self) -> None:
        """A broker that does not answer holds nobody up: what stays uncommitted is read again, and recognised."""
        await self._finished()
        if self._committing is not None:
            await asyncio.wait({self._committing}, timeout=COMMIT_WITHIN)
            self._committing.cancel()  # one that is done does not notice; `wait_for` would be cancelled by it next time

    async def _handed_over(self) -> None:
        await self._committed()
        self.blocked = None  # whatever could not be handled is read by its next owner

    def _measure(self, batch: Batch) -> None:
        for kind, count in Counter(received.message.type for received in batch).items():
            telemetry.RECORDS.labels(self.group, kind).inc(count)
        if batch:
            oldest = self._clock.now() - min(received.time for received in batch)
            telemetry.OLDEST_IN_BATCH.labels(self.group).set(oldest.total_seconds())

    def _readable(self, records: Sequence[ConsumerRecord], letters: list[Wire]) -> list[Received[Message]]:
        readable = []
        for record in records:
            try:
                readable.append(decode(record))
            except Unreadable as reason:
                letters.append(self._dead_letter(record, str(reason)))
        return readable

    async def _handle(self, batch: Batch, records: Sequence[ConsumerRecord], letters: list[Wire]) -> Sequence[Reply]:
        """Process the batch; if it fails for no known reason, halve it until the culprit stands alone."""
        if not batch:
            return []
        single = len(batch) == 1
        for attempt in range(RACES):
            try:
                return await self._process(batch)
            except Unavailable:
                raise
            except LostRace as reason:
                telemetry.LOST_RACES.labels(self.group).inc()
                failure: Exception = reason
            except Exception as reason:  # whatever it is, it must not block the partition or lose a neighbour
                failure = reason
                log.exception("batch failed", group=self.group, records=len(batch), attempt=attempt)
                if not single or attempt + 1 >= ATTEMPTS:
                    break
            await asyncio.sleep(0.01 * 2**attempt)
        if isinstance(failure, LostRace) and not failure.duplicate:
            raise Unavailable("other writers keep winning")
        if not single:
            middle = len(batch) // 2
            return [
                *await self._handle(batch[:middle], records, letters),
                *await self._handle(batch[middle:], records, letters),
            ]
        place = (batch[0].topic, batch[0].partition, batch[0].offset)
        record = next(r for r in records if (r.topic, r.partition, r.offset) == place)
        letters.append(self._dead_letter(record, f"failed {attempt + 1} times: {type(failure).__name__}"))
        return []

    async def _answer(self, replies: Sequence[Reply]) -> None:
        """A lost reply costs the caller a question to the owner, nothing else."""
        by_partition: dict[int, list[Wire]] = {}
        for reply in replies:
            if not 0 <= reply.to.partition < REPLY_PARTITIONS:
                continue  # no gateway of ours waits there
            value = orjson.dumps({"status": reply.status, "body": reply.body})
            wire = Wire(REPLIES, reply.to.request_id, value, ((REQUEST_ID, reply.to.request_id),))
            by_partition.setdefault(reply.to.partition, []).append(wire)
        try:
            for partition, wires in by_partition.items():
                await self._producer.append(wires, within=PUBLISH_WITHIN, partition=partition)
        except Unavailable as reason:
            log.warning("not answered", group=self.group, reason=str(reason), replies=len(replies))

    def _dead_letter(self, record: ConsumerRecord, reason: str) -> Wire:
        telemetry.DEAD_LETTERS.labels(self.group).inc()
        log.error("dead letter", group=self.group, topic=record.topic, offset=record.offset, reason=reason)
        return dead_letter(self.group, record, reason)


def _last(records: Sequence[ConsumerRecord]) -> dict[TopicPartition, int]:
    return {TopicPartition(record.topic, record.partition): record.offset for record in records}


def _seek_back(consumer: AIOKafkaConsumer, records: Sequence[ConsumerRecord]) -> None:
    assigned = consumer.assignment()
    first = {TopicPartition(record.topic, record.partition): record.offset for record in reversed(records)}
    for partition, offset in first.items():
        if partition in assigned:
            consumer.seek(partition, offset)
