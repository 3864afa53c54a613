"""A service's process: the parts around its rules, started in order, waited for while away, stopped gently."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Protocol

from fastapi import FastAPI

from shared import health, http, telemetry
from shared.access import Access
from shared.bus import Bus, Process
from shared.errors import DeliveryError
from shared.health import Check, Probe
from shared.kafka import Producer
from shared.leases import Lease
from shared.messages import Message
from shared.mongo import Mongo
from shared.outbox import Outbox, StreamOf
from shared.settings import Settings
from shared.telemetry import get_logger
from shared.tokens import Tokens

log = get_logger(__name__)

LOOKS_FOR = 0.2  # seconds, at a consumer that has not found its place
RETRY_EVERY = 0.5  # seconds between attempts to reach the broker and MongoDB

Loop = Callable[[], Coroutine[None, None, None]]


class Runtime:
    """What every service has: its database, its outbox, its consumer, its keys."""

    def __init__(self, name: str, settings: Settings, stream_of: StreamOf) -> None:
        self.name = name
        self.settings = settings
        self.clock = settings.clock
        self.owner = f"{name}@{socket.gethostname()}:{os.getpid()}"
        self.mongo = Mongo(settings.mongo, name, settings.mongo_pool_size)
        self.producer = Producer(settings, compressed=True)
        self.outbox = Outbox(self.mongo, self.producer, self.clock, stream_of, self.owner)
        self.tokens = Tokens(settings.secrets)
        self.access = Access(self.tokens, self.clock)
        self._probes = (Probe("MongoDB", self.mongo.ping), Probe("the broker", self.producer.ping))
        self._bus: Bus | None = None
        self._waiting_for: str | None = "nothing has been reached yet"

    def lease(self, name: str, lasting: timedelta = timedelta(seconds=10)) -> Lease:
        """For work that one replica does for all."""
        return Lease(self.mongo, name, self.owner, self.clock, lasting)

    def app(
        self,
        *,
        prepare: Callable[[], Awaitable[None]],
        hears: Sequence[type[Message]],
        process: Process,
        loops: Sequence[Loop] = (),
        closing: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> FastAPI:
        """The service's FastAPI app, to which it adds its routes.

        `prepare` makes indexes; `loops` run until the end, begun again if they fail; `closing` releases clients.
        """
        self._bus = Bus(self.settings, self.name, hears, process, self.producer, self.outbox.settled)

        @asynccontextmanager
        async def lifespan(_: FastAPI) -> AsyncIterator[None]:
            own = [self.outbox.run, *(one.run for one in self._probes)]
            work = asyncio.create_task(self._run(prepare, [*own, *loops]))
            yield
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self._stop(closing)

        app = FastAPI(title=f"Foyer {self.name}", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
        http.install(app)
        ready: list[Check] = [lambda: self._waiting_for, *self._probes, self._stuck, self._blocked]
        health.install(app, ready=ready, measure=self._measure_lag)
        return app

    async def _run(self, prepare: Callable[[], Awaitable[None]], loops: Sequence[Loop]) -> None:
        assert self._bus is not None  # noqa: S101
        for step in (self.outbox.prepare, prepare, self.producer.start, self._bus.start):
            await self._reach(step)
        self._waiting_for = None
        log.info("ready")
        async with asyncio.TaskGroup() as group:  # at the end it waits for every loop's last words, unlike a gather
            for loop in loops:
                group.create_task(self._keep(loop))

    async def _reach(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await step()
            except Exception as error:  # whatever is away at the start, it is waited for  # noqa: BLE001
                self._waiting_for = f"{step.__qualname__}: {error}"
                log.warning("not ready", waiting_for=self._waiting_for)
                await asyncio.sleep(RETRY_EVERY)

    async def _keep(self, loop: Loop) -> None:
        while True:
            try:
                await loop()
            except DeliveryError as error:
                log.warning("loop waits", loop=loop.__qualname__, reason=str(error))
            except Exception:
                log.exception("loop failed", loop=loop.__qualname__)
            await asyncio.sleep(1)

    async def _stop(self, closing: Sequence[Callable[[], Awaitable[None]]]) -> None:
        assert self._bus is not None  # noqa: S101
        await self._bus.stop()
        await self.outbox.stop()
        await self.producer.stop()
        for close in closing:
            await close()
        self.mongo.close()

    def _stuck(self) -> str | None:
        return "the consumer's loop has stopped" if self._bus is not None and self._bus.stale else None

    def _blocked(self) -> str | None:
        return self._bus.blocked if self._bus is not None else None

    async def _measure_lag(self) -> None:
        """As far as the broker has told this process; what another replica reads is its to measure."""
        telemetry.LAG.clear()
        for one in self._bus.broker.subscribers if self._bus is not None else ():
            for topic, records in (await lag_of(one.consumer)).items():  # type: ignore[attr-defined]
                telemetry.LAG.labels(self.name, topic).set(records)


class Reads(Protocol):
    """A consumer, as far as its lag is known."""

    def assignment(self) -> Iterable[Any]: ...
    def highwater(self, partition: Any) -> int | None: ...
    async def position(self, partition: Any) -> int: ...


async def lag_of(consumer: Reads | None) -> Mapping[str, int]:
    """By topic; a partition of which nothing is known yet, or that moves away meanwhile, counts for nothing."""
    found = dict[str, int]()
    if consumer is None:
        return found
    for partition in consumer.assignment():
        found.setdefault(partition.topic, 0)
        with suppress(Exception):  # whatever it is: a measurement stops nothing
            end = consumer.highwater(partition)
            async with asyncio.timeout(LOOKS_FOR):
                found[partition.topic] += max(0, end - await consumer.position(partition)) if end is not None else 0
    return found
