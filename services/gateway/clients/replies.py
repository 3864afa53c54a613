"""Where the owners answer submissions: this process's own partition of `gateway-replies`, read without a group."""

import asyncio
import itertools
import os
import socket
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.gateway.settings import GatewaySettings
from shared.clock import random_id
from shared.messages import REPLIES, REPLY_PARTITIONS
from shared.messages.envelope import REQUEST_ID, Record, ReplyTo
from shared.telemetry import get_logger

log = get_logger(__name__)

POLL_MS = 1000
PROBE_WITHIN = 5.0
RETRY_EVERY = 0.5
STALE_AFTER = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """How the owner decided: an HTTP status and the body that belongs to it."""

    status: int
    body: dict[str, Any]


class Expected:
    """A reply that somebody waits for, as long as the context lasts."""

    def __init__(self, to: ReplyTo, waiting: dict[str, asyncio.Future[Reply]]) -> None:
        self.to = to
        self._waiting = waiting
        self._reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> Self:
        self._waiting[self.to.request_id] = self._reply
        return self

    def __exit__(self, *_: object) -> None:
        del self._waiting[self.to.request_id]

    async def within(self, seconds: float) -> Reply | None:
        timer = asyncio.get_running_loop().call_later(max(seconds, 0), self._reply.cancel)
        try:
            return await self._reply
        except asyncio.CancelledError:
            if _is_being_cancelled():
                raise
            return None
        finally:
            timer.cancel()


class Replies:
    """Two processes may share a partition: each looks for its own request ids before it decodes anything."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._partition = zlib.crc32(f"{socket.gethostname()}:{os.getpid()}".encode()) % REPLY_PARTITIONS
        self._process = random_id()
        self._numbers = itertools.count()
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._turned_at = time.monotonic()
        self.wrong: str | None = "replies have not been reached yet"

    def expected(self) -> Expected:
        return Expected(ReplyTo(self._partition, f"{self._process}-{next(self._numbers)}"), self._waiting)

    def stuck(self) -> str | None:
        return "the replies' loop has stopped" if time.monotonic() - self._turned_at > STALE_AFTER else None

    async def run(self) -> None:
        """Follow the partition for ever; a reply missed meanwhile is made up for by asking the owner."""
        while True:
            self._turned_at = time.monotonic()
            try:
                await self._follow()
            except asyncio.CancelledError as error:  # aiokafka cancels its readers, and so us, when a broker vanishes
                if _is_being_cancelled():
                    raise
                self._lost_sight(error)
            except Exception as error:  # whatever it is, the next consumer may do better  # noqa: BLE001
                self._lost_sight(error)
            await asyncio.sleep(RETRY_EVERY)

    def _lost_sight(self, error: BaseException) -> None:
        self.wrong = f"replies cannot be read: {type(error).__name__}"
        log.warning("replies lost sight of", reason=repr(error))

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._settings.kafka,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            fetch_max_wait_ms=self._settings.kafka_fetch_max_wait_ms,
            request_timeout_ms=self._settings.kafka_request_timeout_ms,
        )
        mine = TopicPartition(REPLIES, self._partition)
        try:
            await asyncio.wait_for(consumer.start(), PROBE_WITHIN)
            consumer.assign([mine])
            await asyncio.wait_for(consumer.seek_to_end(mine), PROBE_WITHIN)
            self.wrong = None
            while True:
                records = await consumer.getmany(timeout_ms=POLL_MS)
                self._turned_at = time.monotonic()
                for record in records.get(mine, ()):
                    self.take(record)
                if not records:  # silence looks the same whether the broker is quiet or gone
                    await asyncio.wait_for(consumer.end_offsets([mine]), PROBE_WITHIN)
        finally:
            with suppress(TimeoutError):
                await asyncio.wait_for(consumer.stop(), PROBE_WITHIN)

    def take(self, record: Record) -> None:
        for name, value in record.headers:
            if name == REQUEST_ID:
                waiting = self._waiting.get((value or b"").decode("latin-1"))
                if waiting is not None and not waiting.done():
                    _hand_over(record, waiting)
                return


def _is_being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _hand_over(record: Record, waiting: asyncio.Future[Reply]) -> None:
    try:
        content = orjson.loads(record.value or b"")
        waiting.set_result(Reply(content["status"], content["body"]))
    except (ValueError, KeyError, TypeError):
        log.warning("unreadable reply", partition=record.partition, offset=record.offset)  # its caller asks the owner
