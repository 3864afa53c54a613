"""The broker paused, killed, cut off, or heard by nobody."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from tests.faults.nemesis.base import Nemesis
from tests.support.chaosproxy import Mode, Way

PAUSE = 5.0
LOST_FOR = 1.0
CUT_OFF = 6.0
TIMES = 4


async def paused(nemesis: Nemesis) -> None:
    await nemesis.paused("b1", "kafka", PAUSE)


async def killed(nemesis: Nemesis) -> None:
    await nemesis.kill("b2", "kafka")


async def acks_lost(nemesis: Nemesis) -> None:
    """What is sent arrives, what is answered does not: everybody must send again what is already there."""
    links = nemesis.house.brokers.values()
    with nemesis.breaking("b4", "kafka"):
        for _ in range(TIMES):
            for link in links:
                await link.set(mode=Mode.STALL, way=Way.DOWN)
            await asyncio.sleep(LOST_FOR)
            for link in links:
                link.cut()
                await link.heal()
            await asyncio.sleep(LOST_FOR)


async def cut_off(nemesis: Nemesis) -> None:
    """One service alone, one way or both, then flapping; the others go on talking to the broker."""
    name = nemesis.chance.choice(tuple(nemesis.house.brokers))
    link = nemesis.house.brokers[name]
    with nemesis.breaking("b5", f"{name} from kafka"):
        await link.set(mode=Mode.STALL, way=nemesis.chance.choice(list(Way)))
        await asyncio.sleep(CUT_OFF)
        await link.heal()
        for _ in range(TIMES):
            await link.set(mode=Mode.BLACKHOLE)
            await asyncio.sleep(LOST_FOR)
            await link.heal()
            await asyncio.sleep(LOST_FOR)


STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {
    "b1": paused,
    "b2": killed,
    "b4": acks_lost,
    "b5": cut_off,
}
