"""The house the rehearsal is played in: a Foyer of its own, started as `make up` starts one, over its own state."""

import asyncio
import ctypes
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.rehearsal.passes import Passes
from cli.state import CHECKOUT, State

FIRST_DAY = datetime.fromisoformat("2021-10-01T09:00+02:00")
TRUST_LIST = Path("trust") / "eu-dcc.json"  # as the policy names it
USUAL_PORT = 8080
READY = "Foyer is ready: "
READY_WITHIN = 300.0
STOPS_WITHIN = 60.0
KEPT = frozenset({"FOYER_LOG_LEVEL", "FOYER_PARTITIONS"})
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


class NotReady(Exception):
    """The house did not open; its own words say why."""


class Theatre:
    """Opens, tells where everything is, and closes without leaving anything running."""

    def __init__(self, state: State, begins: datetime = FIRST_DAY, port: int = USUAL_PORT) -> None:
        """`port` is the gateway's; any free one is taken if that is taken, or 0."""
        self.state = state
        self._port = port
        self._begins = begins
        self.url = ""
        self._process: Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self._said: list[str] = []

    async def open(self, passes: Passes) -> None:
        self._empty()
        trust = self.state.root / TRUST_LIST
        trust.parent.mkdir(parents=True)
        trust.write_text(json.dumps(passes.trust_list))
        environment = {
            **_harmless(os.environ),
            "FOYER_STATE": str(self.state.root),
            "FOYER_CLOCK": self._begins.isoformat(),
            "FOYER_PORT": str(self._port if is_free(self._port) else 0),
            "FOYER_TRUST_DIR": str(self.state.root.resolve()),
            "PYTHONUNBUFFERED": "1",
        }
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.local"),
            cwd=CHECKOUT,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches the rehearsal, which closes in order
            preexec_fn=_end_with_parent,
        )
        self._reading = asyncio.create_task(self._listen(self._process))
        await asyncio.wait(
            {self._reading, opened := asyncio.create_task(self._opened.wait())},
            timeout=READY_WITHIN,
            return_when=asyncio.FIRST_COMPLETED,
        )
        opened.cancel()
        if not self._opened.is_set():
            raise NotReady("Foyer did not start:\n" + "\n".join(self._said[-20:]))

    async def close(self) -> None:
        """As Ctrl-C would: services first, then the servers."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOPS_WITHIN)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def until_closed(self) -> None:
        if self._process is not None:
            await self._process.wait()

    @property
    def run(self) -> dict[str, Any]:
        """What an outside checker reads."""
        content: dict[str, Any] = json.loads(self.state.run.read_text())
        return content

    @property
    def tokens(self) -> dict[str, str]:
        content: dict[str, str] = json.loads((CHECKOUT / self.run["tokens"]).read_text())
        return content

    async def _listen(self, process: Process) -> None:
        """Its words are kept, and shown as they come until it is ready."""
        if process.stdout is None:
            return
        async for line in process.stdout:
            words = line.decode(errors="replace").rstrip()
            self._said.append(words)
            print(words, flush=True)
            if words.startswith(READY):
                self.url = words.removeprefix(READY)
                self._opened.set()

    def _empty(self) -> None:
        """A rehearsal begins in 2021 and in an empty house; one that is being played is left alone."""
        if self.state.root.exists():
            with (self.state.root / "lock").open("a+") as lock, suppress(FileNotFoundError):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    raise NotReady(f"A rehearsal is already running over {self.state.root}. Stop it first.") from None
                shutil.rmtree(self.state.root)
        self.state.prepare()


def _harmless(given: Mapping[str, str]) -> dict[str, str]:
    """Without what points a Foyer at servers or keys: a rehearsal must never be played on a real one."""
    return {name: value for name, value in given.items() if not name.startswith("FOYER_") or name in KEPT}


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _end_with_parent() -> None:
    """Between fork and exec: a killed rehearsal takes its house with it, in order."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
