"""A mail server that is away, slow, busy, strict, or forgets to answer."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from tests.faults.nemesis.base import Nemesis
from tests.faults.sink import Manner

AWAY, SHORT = 6.0, 3.0


async def away(nemesis: Nemesis) -> None:
    with nemesis.breaking("s1", "mail"):
        await nemesis.house.sink.stop()
        await asyncio.sleep(AWAY)
        await nemesis.house.sink.start()


async def _behaves(nemesis: Nemesis, id_: str, *manners: Manner, seconds: float = SHORT) -> None:
    sink = nemesis.house.sink
    with nemesis.breaking(id_, "mail"):
        for manner in manners:
            sink.manner = manner
            await asyncio.sleep(seconds)
        sink.manner = Manner.WELL


async def slow(nemesis: Nemesis) -> None:
    await _behaves(nemesis, "s2", Manner.SLOW, seconds=2 * SHORT)


async def not_now(nemesis: Nemesis) -> None:
    await _behaves(nemesis, "s3", Manner.BUSY, Manner.GREY, Manner.LATER)


async def never(nemesis: Nemesis) -> None:
    await _behaves(nemesis, "s4", Manner.NO_SUCH, Manner.NEVER, seconds=1.0)


async def answer_lost(nemesis: Nemesis) -> None:
    await _behaves(nemesis, "s5", Manner.MUTE)


STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {
    "s1": away,
    "s2": slow,
    "s3": not_now,
    "s4": never,
    "s5": answer_lost,
}
