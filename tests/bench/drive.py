"""wrk, which drives: one load at one concurrency, and what came back."""

import asyncio
import json
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

LUA = Path(__file__).parent / "lua"
DRY = b"DRY\n"
LONGEST = 3600  # seconds that a load may take which ends by itself


class Failed(Exception):
    """wrk did not do what it was told."""


@dataclass(frozen=True)
class Load:
    """What to send where, and which answers are good."""

    script: str
    url: str
    settings: Mapping[str, str]


@dataclass(frozen=True)
class Driven:
    seconds: float
    good: int
    bad: int
    p50_ms: float
    p99_ms: float
    refused: str | None = None  # the first answer that was not good

    @property
    def per_second(self) -> float:
        return self.good / self.seconds


async def drive(load: Load, concurrency: int, seconds: float | None = None) -> Driven:
    """For so long, or until the load has run dry. One thread of wrk is faster than anything here answers."""
    duration = LONGEST if seconds is None else seconds
    options = ["-t", "1", "-c", str(concurrency), "-d", f"{duration:.0f}s", "--timeout", "20s"]
    environment = {**os.environ, **load.settings, "BENCH_LUA": str(LUA)}
    command = ["wrk", *options, "-s", str(LUA / f"{load.script}.lua"), load.url]
    running = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE)
    try:
        lines = await _said(running)
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()
    if running.returncode:
        raise Failed(f"wrk ended with {running.returncode}: {load.url}")
    return read(lines)


async def _said(running: Process) -> list[str]:
    if running.stdout is None:
        raise Failed("wrk says nothing")
    lines: list[str] = []
    async for line in running.stdout:
        if line == DRY and DRY.decode() not in lines:  # once: it ends by that, and may be gone when it is told again
            running.send_signal(signal.SIGINT)
        lines.append(line.decode(errors="replace"))
    await running.wait()
    return lines


def read(lines: Iterable[str]) -> Driven:
    """What counting.lua wrote at the end."""
    marked = {mark: rest.strip() for mark, _, rest in (line.partition(" ") for line in lines)}
    if "RESULT" not in marked:
        raise Failed("wrk gave no result")
    return Driven(**json.loads(marked["RESULT"]), refused=marked.get("REFUSED"))
