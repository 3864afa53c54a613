"""One child process: started directly (its pid is its own, never a shell's), tied to its parent's life."""

import asyncio
import ctypes
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path

import aiohttp

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class CannotStart(Exception):
    """What stands in the way, and what to do about it."""


@dataclass(frozen=True)
class Program:
    """What to start, and how to see that it serves."""

    name: str
    command: tuple[str, ...]
    port: int
    ready: Callable[[], Awaitable[bool]]
    env: Mapping[str, str] = field(default_factory=dict)
    yields: bool = False  # to everything else, when the machine is busy


async def start(program: Program, log: Path) -> Process:
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *program.command,
            env={**os.environ, **program.env},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=asyncio.subprocess.STDOUT,
            process_group=0,  # Ctrl-C reaches the supervisor alone; one session, for the kernel shares by session first
            preexec_fn=partial(_settle, program.yields),
        )


def _settle(yields: bool) -> None:  # noqa: FBT001  the only thing it is told
    """Between fork and exec: nothing outlives a killed supervisor, and what can wait gives way."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if yields:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


async def stop(process: Process, within: float = 10.0) -> None:
    """Ask it to end; insist after `within` seconds."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), within)
    except TimeoutError:
        process.kill()
        await process.wait()


async def until_ready(program: Program, every: float = 0.1) -> None:
    while not await program.ready():  # noqa: ASYNC110  another process cannot set an event of ours
        await asyncio.sleep(every)


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def serves(url: str) -> bool:
    """Whether a GET of `url` answers 200."""
    timeout = aiohttp.ClientTimeout(total=5)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(url) as answer:
            return answer.status == HTTPStatus.OK
    except (aiohttp.ClientError, TimeoutError):
        return False
