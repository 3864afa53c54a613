"""Foyer's clock jumps forward, also right onto a deadline while people press the button."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from tests.faults.gathering import BREAKFAST, DEADLINE
from tests.faults.nemesis.base import Nemesis

JUMP = timedelta(minutes=5)
BEFORE = timedelta(seconds=3)
PEOPLE, TIMES = 6, 12


async def jumps(nemesis: Nemesis) -> None:
    with nemesis.breaking("c1", "clock"):
        await _set(nemesis, nemesis.crowd.stage.clock.now() + JUMP)


async def at_the_deadline(nemesis: Nemesis) -> None:
    """People come from three seconds before it until three after; registration sleeps over the moment itself."""
    if nemesis.crowd.stage.clock.now() > DEADLINE - BEFORE:
        return
    with nemesis.breaking("c2", "clock"):
        await _set(nemesis, DEADLINE - BEFORE)
        for turn in range(TIMES):
            if turn == TIMES // 3:
                pid = nemesis.send("registration", signal.SIGSTOP)
            elif turn == 2 * TIMES // 3:
                os.kill(pid, signal.SIGCONT)
            nemesis.crowd.rush(BREAKFAST, PEOPLE)
            await asyncio.sleep(2 * BEFORE.total_seconds() / TIMES)


async def _set(nemesis: Nemesis, moment: datetime) -> None:
    command = (sys.executable, "-m", "cli.main", "clock", "set", moment.isoformat())
    environment = {**os.environ, "FOYER_STATE": str(nemesis.house.root)}
    await (await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)).wait()


STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {"c1": jumps, "c2": at_the_deadline}
