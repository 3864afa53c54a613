"""The producer: one per process; its key routes each record, and what is said at once goes together."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError, KafkaError
from aiokafka.partitioner import murmur2
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.errors import Unavailable
from shared.messages.envelope import Wire
from shared.settings import Settings
from shared.telemetry import get_logger

log = get_logger(__name__)

BATCH_BYTES = 128 * 1024  # one request carries one batch of a partition, and what a rush decides at once is 30 KB

_send_as_it_comes = AIOKafkaConnection.send


def _send(connection: AIOKafkaConnection, *request: Any, **options: Any) -> Any:
    """To uvloop it is a `RuntimeError` that a connection has gone, and the library takes that for no error of Kafka's.

    The task that keeps its metadata would end with it, and everything that asks that task would wait for ever.
    """
    try:
        return _send_as_it_comes(connection, *request, **options)
    except RuntimeError as gone:
        connection.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(str(gone)) from gone


AIOKafkaConnection.send = _send  # of every producer and consumer in this process; ADR 3


@lru_cache(maxsize=4096)
def _hash(key: bytes) -> int:
    """Kafka's own; in the library it is Python, a step a byte, and a rush has few keys."""
    number: int = murmur2(key) & 0x7FFFFFFF
    return number


def partition_of(key: bytes, everywhere: Sequence[int], _: Sequence[int]) -> int:
    """As every Kafka client places a record that has a key."""
    return everywhere[_hash(key) % len(everywhere)]


async def _appended(producer: AIOKafkaProducer, wires: Sequence[Wire], partition: int | None) -> list[Awaitable[Any]]:
    """The acknowledgements to wait for. Many go as batches made here: one by one, each costs a future and a wait."""
    if len(wires) == 1:  # shares the batch of whatever others send at the same time
        [wire] = wires
        headers = wire.kafka_headers
        return [await producer.send(wire.topic, wire.value, wire.key.encode(), partition=partition, headers=headers)]
    places: dict[tuple[str, int], list[Wire]] = {}
    everywhere = {topic: sorted(await producer.partitions_for(topic)) for topic in {wire.topic for wire in wires}}
    for wire in wires:
        place = partition_of(wire.key.encode(), everywhere[wire.topic], ()) if partition is None else partition
        places.setdefault((wire.topic, place), []).append(wire)
    return [
        await producer.send_batch(batch, topic, partition=place)
        for (topic, place), together in places.items()
        for batch in _batches(producer, together)
    ]


def _batches(producer: AIOKafkaProducer, wires: Sequence[Wire]) -> Iterator[BatchBuilder]:
    batch = producer.create_batch()
    for wire in wires:
        record = {"timestamp": None, "key": wire.key.encode(), "value": wire.value, "headers": wire.kafka_headers}
        if batch.append(**record) is None:  # full; an empty one takes any record
            yield batch
            batch = producer.create_batch()
            batch.append(**record)
    batch.close()
    yield batch


class Producer:
    """Idempotent, acks from all, no linger: it still batches whatever arrives while a request is on its way."""

    def __init__(self, settings: Settings, *, compressed: bool = False) -> None:
        self._settings = settings
        self._compression = "zstd" if compressed else None
        self._producer: AIOKafkaProducer | None = None
        self._replacing = asyncio.Lock()
        self.unacknowledged = 0

    async def start(self) -> None:
        await self._instead_of(None)

    async def _connected(self) -> AIOKafkaProducer:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka,
            acks="all",
            enable_idempotence=self._settings.kafka_idempotent,
            linger_ms=0,
            max_batch_size=BATCH_BYTES,
            partitioner=partition_of,
            compression_type=self._compression,
            request_timeout_ms=self._settings.kafka_request_timeout_ms,
        )
        try:
            await producer.start()
        except BaseException as error:
            await producer.stop()  # one that got half-way holds connections
            if isinstance(error, KafkaError):
                raise Unavailable(f"the broker at {self._settings.kafka} does not answer: {error}") from error
            raise
        return producer

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()

    async def ping(self) -> None:
        """Ask the broker something small. Raises `Unavailable` when it cannot be asked."""
        producer = self._producer or await self._instead_of(None)
        if not await producer.client.force_metadata_update():
            raise Unavailable("it does not say where the topics are")

    async def append(self, wires: Sequence[Wire], *, within: float, partition: int | None = None) -> None:
        """Append in order and return when all are acknowledged.

        Raises `Unavailable` after `within` seconds: then some may be in the log, and some may still get there.
        """
        if not wires:
            return
        self.unacknowledged += len(wires)
        producer = self._producer
        try:
            async with asyncio.timeout(within):
                producer = producer or await self._instead_of(None)
                acknowledged = await _appended(producer, wires, partition)
                await (asyncio.gather(*acknowledged) if len(acknowledged) > 1 else acknowledged[0])
        except TimeoutError:
            raise Unavailable("the broker did not acknowledge in time") from None
        except KafkaError as error:
            if not error.retriable:
                # an idempotent producer that lost its sequence stays broken (aiokafka #1017): take a new one
                log.warning("producer replaced", error=type(error).__name__)
                await self._instead_of(producer)
            raise Unavailable(f"the broker refused: {type(error).__name__}") from error
        finally:
            self.unacknowledged -= len(wires)

    async def _instead_of(self, broken: AIOKafkaProducer | None) -> AIOKafkaProducer:
        """A connected producer other than `broken`; many may ask at once, one makes it. Raises `Unavailable`."""
        async with self._replacing:
            if self._producer is broken:
                self._producer = None
                if broken is not None:
                    await broken.stop()
                self._producer = await self._connected()
            return self._producer
