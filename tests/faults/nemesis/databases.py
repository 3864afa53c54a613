"""MongoDB killed, stepping down, paused, its connections reset, its disk full."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from tests.faults.nemesis.base import Nemesis, NotBack, NotStruck, Skipped

PAUSE = 4.0
RESETS, RESET_EVERY = 50, 0.1
FULL_FOR = 10.0
SPARE = 4096


async def killed(nemesis: Nemesis) -> None:
    await nemesis.kill("m1", "mongod")


async def steps_down(nemesis: Nemesis) -> None:
    with nemesis.breaking("m2", "mongod"):
        await _tell(nemesis, "replSetStepDown", 5, secondaryCatchUpPeriodSecs=0, force=True)
        for _ in range(200):
            if await nemesis.serves("mongod"):
                return
            await asyncio.sleep(0.1)
        raise NotBack("mongod is no primary again")


async def paused(nemesis: Nemesis) -> None:
    await nemesis.paused("m3", "mongod", PAUSE)


async def resets(nemesis: Nemesis) -> None:
    with nemesis.breaking("m4", "mongod"):
        for _ in range(RESETS):
            for link in nemesis.house.databases.values():
                link.cut()
            await asyncio.sleep(RESET_EVERY)


async def disk_full(nemesis: Nemesis) -> None:
    """Its files lie on a small disk of their own, which somebody fills."""
    if not nemesis.house.has_small_disk:
        raise Skipped("a small disk of its own needs root")
    filler = nemesis.house.root / "mongod" / "filler"
    pid = nemesis.house.pids()["mongod"]
    with nemesis.breaking("w1", "mongod"):
        with filler.open("wb") as file, suppress(OSError):
            while True:
                file.write(bytes(SPARE * 256))
                file.flush()
        await _tell(nemesis, "fsync")  # by itself it would write only once a minute
        await asyncio.sleep(FULL_FOR)
        is_gone = nemesis.house.pids().get("mongod") != pid
        filler.unlink()
        if not is_gone:
            raise NotStruck(f"mongod lived through a disk that was full for {FULL_FOR:g} s: nothing was tested")
        for _ in range(600):
            if await nemesis.serves("mongod"):
                return
            await asyncio.sleep(0.1)
        raise NotBack("mongod, after its disk was full")


async def _tell(nemesis: Nemesis, *words: Any, **more: Any) -> None:
    """It closes the connection it is asked on."""
    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        "127.0.0.1",
        nemesis.house.mongod_port,
        directConnection=True,
        socketTimeoutMS=5000,
        serverSelectionTimeoutMS=5000,
    )
    async with client:
        with suppress(PyMongoError):
            await client.admin.command(*words, **more)


STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {
    "m1": killed,
    "m2": steps_down,
    "m3": paused,
    "m4": resets,
    "w1": disk_full,
}
