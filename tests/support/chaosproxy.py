"""A TCP proxy that breaks connections on command: slow, stalled, thrown away, reset, or struck at a byte pattern."""

import asyncio
import random
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

CHUNK = 64 * 1024
BUFFER = 1 << 20  # bytes held per direction before the proxy stops reading
Address = tuple[str, int]
Chunks = asyncio.Queue[tuple[float, bytes]]


class Way(StrEnum):
    UP = "up"  # from client to server
    DOWN = "down"
    BOTH = "both"


class Mode(StrEnum):
    PASS = "pass"
    STALL = "stall"  # nothing moves; bytes are kept, and move again once it is healed: a partition that TCP survives
    BLACKHOLE = "blackhole"  # bytes are read and thrown away; such a stream is reset when healed, never resumed
    REFUSE = "refuse"  # nobody listens; live connections stay


@dataclass
class Trigger:
    """Strike when a pattern has been seen for the n-th time; the chunk that holds it is not delivered.

    The connection is reset; `quietly` leaves it open and silent, `sparing` lets everything pass.
    """

    pattern: bytes
    way: Way = Way.DOWN
    nth: int = 1
    quietly: bool = False
    sparing: bool = False
    strike: Callable[[], None] = lambda: None  # called at that very moment


@dataclass(frozen=True)
class Settings:
    mode: Mode = Mode.PASS
    way: Way = Way.BOTH
    latency: float = 0.0  # seconds of delay of each chunk; order is kept
    jitter: float = 0.0
    rate: float = 0.0  # bytes per second; 0 for no limit

    def applies(self, way: Way) -> bool:
        return self.way in (Way.BOTH, way)


@dataclass
class Counters:
    accepted: int = 0
    live: int = 0
    resets: int = 0
    struck: int = 0
    passed: int = 0
    discarded: int = 0


class Connection:
    """One client's connection and its twin to the server."""

    def __init__(self, link: "Link", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._link = link
        self._reader, self._writer = reader, writer
        self._server: asyncio.StreamWriter | None = None
        self._tail = {Way.UP: b"", Way.DOWN: b""}
        self._tasks: list[asyncio.Task[None]] = []
        self._done = asyncio.Event()
        self.holed = False  # bytes were thrown away: this stream is never resumed

    async def run(self) -> None:
        try:
            from_server, self._server = await asyncio.open_connection(*self._link.upstream)
        except OSError:
            self.reset()
            return
        self._tasks = [
            asyncio.create_task(self._pump(Way.UP, self._reader, self._server)),
            asyncio.create_task(self._pump(Way.DOWN, from_server, self._writer)),
        ]
        await asyncio.wait(self._tasks)
        if self.holed:
            await self._done.wait()  # the client hears nothing until it is healed

    async def _pump(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read into a bounded queue that another task delivers, so that latency does not cap throughput."""
        queue: Chunks = asyncio.Queue(maxsize=BUFFER // CHUNK)
        sender = asyncio.create_task(self._deliver(way, queue, writer))
        due = 0.0
        try:
            while not sender.done():
                try:
                    content = await reader.read(CHUNK)
                except OSError:
                    self.reset()
                    return
                due = max(due, time.monotonic() + self._link.delay(way))  # never reordered
                await _put(queue, (due, content), sender)
                if not content:
                    break
            await sender
        finally:
            sender.cancel()

    async def _deliver(self, way: Way, queue: Chunks, writer: asyncio.StreamWriter) -> None:
        alive = True
        while alive:
            due, content = await queue.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            alive = await self._send(way, content, writer) and bool(content)

    async def _send(self, way: Way, content: bytes, writer: asyncio.StreamWriter) -> bool:
        link = self._link
        while link.settings.mode is Mode.STALL and link.settings.applies(way):
            await link.changed.wait()
        if self.holed or (link.settings.mode is Mode.BLACKHOLE and link.settings.applies(way)):
            self.holed = self.holed or bool(content)
            link.counters.discarded += len(content)
            return True
        if not content:
            with suppress(OSError, RuntimeError):
                writer.write_eof()
            return False
        trigger = link.trigger
        if trigger is not None and trigger.way is way and self._has_come(way, content, trigger):
            link.trigger = None
            link.counters.struck += 1
            trigger.strike()
            if not trigger.sparing:
                return self._lost(trigger, len(content))
        return await self._write(way, content, writer)

    def _lost(self, trigger: Trigger, size: int) -> bool:
        self._link.counters.discarded += size
        if not trigger.quietly:
            self.reset()
            return False
        self.holed = True
        return True

    async def _write(self, way: Way, content: bytes, writer: asyncio.StreamWriter) -> bool:
        settings = self._link.settings
        limited = settings.rate > 0 and settings.applies(way)
        piece = max(1, int(settings.rate / 20)) if limited else len(content)
        try:
            for start in range(0, len(content), piece):
                writer.write(content[start : start + piece])
                await writer.drain()
                if limited:
                    await asyncio.sleep(piece / settings.rate)
        except (OSError, RuntimeError):
            self.reset()
            return False
        self._link.counters.passed += len(content)
        return True

    def _has_come(self, way: Way, content: bytes, trigger: Trigger) -> bool:
        window = self._tail[way] + content  # a match may straddle two chunks
        keep = len(trigger.pattern) - 1
        self._tail[way] = window[-keep:] if keep else b""
        before, self._link.seen = self._link.seen, self._link.seen + window.count(trigger.pattern)
        return before < trigger.nth <= self._link.seen

    def reset(self) -> None:
        """Close both sides with RST rather than FIN."""
        self._link.counters.resets += 1
        for writer in (self._writer, self._server):
            if writer is not None:
                _abort(writer)
        for task in self._tasks:
            if task is not asyncio.current_task():
                task.cancel()
        self._done.set()

    def close(self) -> None:
        for writer in (self._writer, self._server):
            if writer is not None:
                writer.close()


@dataclass
class Link:
    """A listening address and the server behind it."""

    upstream: Address
    seed: int = 0
    listen: Address = ("127.0.0.1", 0)
    settings: Settings = field(default_factory=Settings)
    counters: Counters = field(default_factory=Counters)
    trigger: Trigger | None = None
    seen: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  a run can be played again
        self._connections: set[Connection] = set()
        self._server: asyncio.Server | None = None
        self.changed = asyncio.Event()

    @property
    def address(self) -> str:
        return f"{self.listen[0]}:{self.listen[1]}"

    async def start(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, *self.listen)
            host, port = self._server.sockets[0].getsockname()[:2]
            self.listen = (host, port)

    async def stop(self) -> None:
        await self._refuse()
        self.cut()
        await asyncio.sleep(0)

    async def set(self, **changes: Any) -> None:
        before, self.settings = self.settings, replace(self.settings, **changes)
        if before.mode is Mode.BLACKHOLE and self.settings.mode is not Mode.BLACKHOLE:
            self._reset_holed()
        self.changed.set()
        self.changed = asyncio.Event()
        await (self._refuse() if self.settings.mode is Mode.REFUSE else self.start())

    def strike_at(self, trigger: Trigger) -> None:
        self.trigger, self.seen = trigger, 0

    async def heal(self) -> None:
        self.trigger = None
        await self.set(**vars(Settings()))
        self._reset_holed()

    def cut(self) -> int:
        """Reset every live connection; how many there were."""
        live = list(self._connections)
        for connection in live:
            connection.reset()
        return len(live)

    def delay(self, way: Way) -> float:
        if not self.settings.applies(way):
            return 0.0
        return max(0.0, self.settings.latency + self._chance.uniform(-1, 1) * self.settings.jitter)

    def _reset_holed(self) -> None:
        for connection in list(self._connections):
            if connection.holed:
                connection.reset()

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            await asyncio.sleep(0)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = Connection(self, reader, writer)
        self._connections.add(connection)
        self.counters.accepted += 1
        self.counters.live += 1
        try:
            await connection.run()
        except asyncio.CancelledError:
            pass
        finally:
            self._connections.discard(connection)
            self.counters.live -= 1
            connection.close()


async def _put(queue: Chunks, item: tuple[float, bytes], sender: asyncio.Task[None]) -> None:
    """Wait for room, but not for a sender that has ended."""
    putting = asyncio.create_task(queue.put(item))
    await asyncio.wait({putting, sender}, return_when=asyncio.FIRST_COMPLETED)
    putting.cancel()


def _abort(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
