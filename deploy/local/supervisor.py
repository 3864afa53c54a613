"""Keeps programs running: starts each, waits until it serves, starts it again when it ends, stops it when asked."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Callable, Iterable
from pathlib import Path

from deploy.local.process import CannotStart, Program, start, stop, until_ready

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0  # seconds before a program is started again
STEADY = 5.0  # seconds after which the pause is forgotten
PATIENCE = 5  # times a program may end before it was ever ready
TAIL = 12  # lines of its log that are shown then


class StartFailed(CannotStart):
    """A program ends again and again without ever serving."""

    def __init__(self, program: Program, log: Path) -> None:
        lines = log.read_text(errors="replace").splitlines()[-TAIL:]
        words = "\n".join(f"    {line}" for line in lines)
        super().__init__(f"{program.name} does not start. The end of {log}:\n{words}")


class Kept:
    """One program and the process that runs it now."""

    def __init__(self, program: Program, log: Path, changed: Callable[[], None]) -> None:
        self.program = program
        self.process: Process | None = None
        self._log = log
        self._changed = changed
        self._has_served = asyncio.Event()
        self._task = asyncio.create_task(self._keep())

    async def ready(self) -> None:
        """Wait until it serves for the first time; raise if it never will."""
        served = asyncio.create_task(self._has_served.wait())
        await asyncio.wait({served, self._task}, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            served.cancel()
            await self._task

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait({self._task})
        if self.process is not None:
            await stop(self.process)

    async def _keep(self) -> None:
        pause, ended = FIRST_PAUSE, 0
        while self._has_served.is_set() or ended < PATIENCE:
            began = asyncio.get_running_loop().time()
            code = await self._run_once()
            ended += 1
            if asyncio.get_running_loop().time() - began > STEADY:
                pause = FIRST_PAUSE
            if self._has_served.is_set():
                self._say(f"{_ending(code)}; starting it again")
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise StartFailed(self.program, self._log)

    async def _run_once(self) -> int:
        self.process = await start(self.program, self._log)
        self._changed()
        watching = asyncio.create_task(self._watch())
        try:
            return await self.process.wait()
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        await until_ready(self.program)
        self._say(f"ready   127.0.0.1:{self.program.port}")
        self._has_served.set()

    def _say(self, words: str) -> None:
        print(f"  {self.program.name:<14} {words}", flush=True)


def _ending(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


class Supervisor:
    """All that is kept, in the order it was started."""

    def __init__(self, log: Callable[[str], Path], changed: Callable[[Iterable[Kept]], None]) -> None:
        self._log = log
        self._changed = changed
        self._kept: list[Kept] = []

    async def keep(self, *programs: Program) -> None:
        """Start these at once and wait until all of them serve."""
        started = [Kept(program, self._log(program.name), self._announce) for program in programs]
        self._kept += started
        await asyncio.gather(*(kept.ready() for kept in started))

    def _announce(self) -> None:
        self._changed(self._kept)

    async def stop(self, *names: str) -> None:
        """Stop these at once and forget them; without names, all that are left."""
        leaving = [kept for kept in self._kept if not names or kept.program.name in names]
        self._kept = [kept for kept in self._kept if kept not in leaving]
        await asyncio.gather(*(kept.stop() for kept in leaving))
