"""The supervisor, over small programs of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from functools import partial
from pathlib import Path

import pytest

from deploy.local import ports, process
from deploy.local.process import Program
from deploy.local.supervisor import Kept, StartFailed, Supervisor

SERVER = "import socket, time; s = socket.socket(); s.bind(('127.0.0.1', {port})); s.listen(); time.sleep(600)"


def _server(name: str, code: str = SERVER) -> Program:
    port = ports.any_free()
    return Program(name, (sys.executable, "-c", code.format(port=port)), port, partial(process.listens, port))


class _Pids:
    """The pids that were last announced, by name."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def __call__(self, kept: Iterable[Kept]) -> None:
        self.known = {one.program.name: one.process.pid for one in kept if one.process is not None}


@pytest.fixture
def pids() -> _Pids:
    return _Pids()


@pytest.fixture
async def supervisor(tmp_path: Path, pids: _Pids) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(lambda name: tmp_path / f"{name}.log", pids)
    yield supervisor
    await supervisor.stop()


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):  # the second, if it ends between opening and reading
        return False


async def test_what_is_killed_is_started_again_and_announced(supervisor: Supervisor, pids: _Pids) -> None:
    await supervisor.keep(_server("one"), _server("two"))
    first = dict(pids.known)

    os.kill(first["one"], signal.SIGKILL)

    await _until(lambda: pids.known["one"] != first["one"])
    assert pids.known["two"] == first["two"]


async def test_what_is_stopped_stays_stopped(supervisor: Supervisor, pids: _Pids) -> None:
    await supervisor.keep(_server("one"), _server("two"))

    await supervisor.stop("one")

    assert not _lives(pids.known["one"])
    assert _lives(pids.known["two"])


async def test_what_never_serves_is_given_up_with_the_end_of_its_log(supervisor: Supervisor) -> None:
    broken = _server("broken", "raise SystemExit('no key')")

    with pytest.raises(StartFailed, match=r"(?s)broken does not start.*no key"):
        await supervisor.keep(broken)


async def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    code = f"""
import asyncio, pathlib
from deploy.local import process
from deploy.local.process import Program
async def main():
    child = Program("child", ("sleep", "600"), 0, None)
    running = await process.start(child, pathlib.Path({str(tmp_path / "log")!r}))
    print(running.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert _lives(child)

    parent.kill()
    await parent.wait()

    await _until(lambda: not _lives(child))
