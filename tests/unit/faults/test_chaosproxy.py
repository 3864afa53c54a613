"""The fault proxy must itself do what it says."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.support.chaosproxy import Link, Mode, Trigger, Way

WITHIN = 2.0
SHORT = 0.2
OPEN: "list[Caller]" = []  # closed after each test


class Echo:
    """Says back what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while content := await reader.read(65536):
                self.heard += content
                writer.write(content)
                await writer.drain()
        writer.close()


@pytest.fixture
async def echo() -> Echo:
    return Echo()


@pytest.fixture
async def link(echo: Echo) -> AsyncIterator[Link]:
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()[:2]
    link = Link((host, port), seed=1)
    await link.start()
    yield link
    while OPEN:
        await OPEN.pop().close()
    await link.stop()
    server.close()


class Caller:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def of(cls, link: Link) -> "Caller":
        caller = cls(*await asyncio.open_connection(*link.listen))
        OPEN.append(caller)
        return caller

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def says(self, content: bytes) -> None:
        self._writer.write(content)
        await self._writer.drain()

    async def asks(self, content: bytes) -> bytes:
        await self.says(content)
        return await self.hears(len(content))

    async def hears(self, length: int) -> bytes:
        return await asyncio.wait_for(self._reader.readexactly(length), WITHIN)

    async def end(self) -> str:
        """How the connection is: closed, reset, or silent."""
        try:
            return "closed" if await asyncio.wait_for(self._reader.read(1), SHORT) == b"" else "talking"
        except ConnectionResetError:
            return "reset"
        except TimeoutError:
            return "silent"


async def test_everything_passes_whole_also_more_than_the_buffer(link: Link) -> None:
    caller, big = await Caller.of(link), bytes(range(256)) * 8192

    speaking = asyncio.create_task(caller.says(big))

    assert await caller.hears(len(big)) == big
    await speaking


async def test_latency_delays_and_does_not_add_up(link: Link) -> None:
    caller = await Caller.of(link)
    await link.set(latency=0.1)

    started = time.monotonic()
    for _ in range(30):
        await caller.says(b"x")
        await asyncio.sleep(0.01)  # or they would travel as one
    await caller.hears(30)

    assert 0.19 < time.monotonic() - started < 2  # seconds; they would add up to three


async def test_a_stalled_link_keeps_what_was_said(link: Link) -> None:
    caller = await Caller.of(link)
    await caller.asks(b"a")
    await link.set(mode=Mode.STALL)
    await caller.says(b"kept")

    silent = await caller.end()
    await link.heal()

    assert (silent, await caller.hears(4)) == ("silent", b"kept")


async def test_an_answer_may_be_lost_though_the_server_acted(link: Link, echo: Echo) -> None:
    caller = await Caller.of(link)
    await caller.asks(b"a")
    await link.set(mode=Mode.STALL, way=Way.DOWN)
    await caller.says(b"effect")

    assert await caller.end() == "silent"
    assert echo.heard.endswith(b"effect")
    assert link.cut() == 1
    assert await caller.end() == "reset"


async def test_a_stream_with_a_hole_is_never_resumed(link: Link) -> None:
    caller = await Caller.of(link)
    await caller.asks(b"a")
    await link.set(mode=Mode.BLACKHOLE)
    await caller.says(b"lost")

    silent = await caller.end()
    await link.heal()

    assert (silent, await caller.end()) == ("silent", "reset")


async def test_a_refusing_link_takes_nobody_new_and_comes_back(link: Link) -> None:
    caller = await Caller.of(link)
    await caller.asks(b"a")
    await link.set(mode=Mode.REFUSE)

    with pytest.raises(ConnectionRefusedError):
        await Caller.of(link)
    assert await caller.asks(b"stays") == b"stays"
    await link.heal()

    assert await (await Caller.of(link)).asks(b"b") == b"b"


async def test_the_nth_answer_that_matches_is_lost_once_also_across_chunks(link: Link, echo: Echo) -> None:
    struck: list[str] = []
    link.strike_at(Trigger(b"250 ", nth=2, strike=lambda: struck.append("now")))
    caller = await Caller.of(link)

    assert await caller.asks(b"250 a") == b"250 a"
    assert await caller.asks(b"25") == b"25"
    await caller.says(b"0 b")

    assert await caller.end() == "reset"
    assert (echo.heard, struck) == (b"250 a250 b", ["now"])
    assert await (await Caller.of(link)).asks(b"250 c") == b"250 c"


async def test_a_struck_connection_may_stay_open_and_silent(link: Link) -> None:
    link.strike_at(Trigger(b"\xde\xad", way=Way.UP, quietly=True))
    caller = await Caller.of(link)
    await caller.says(b"\xde\xad")

    silent = await caller.end()
    await link.heal()

    assert (silent, await caller.end()) == ("silent", "reset")


async def test_a_server_that_is_down_resets_its_callers() -> None:
    link = Link(("127.0.0.1", 1))
    await link.start()

    caller = await Caller.of(link)

    assert await caller.end() in {"reset", "closed"}
    await caller.close()
    await link.stop()
