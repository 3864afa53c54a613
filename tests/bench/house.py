"""Foyer as `make up` runs it, with its own state, and the yardsticks beside it."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from cli.gatherings import Gateway
from cli.state import State
from deploy.local import ports, process
from deploy.local.__main__ import own
from deploy.local.house import House
from deploy.local.process import Program
from shared.clock import Clock, set_clock
from tests.bench import bare
from tests.bench.gatherings import BEGINS
from tests.bench.idle import Idle

AT_ONCE = 8  # gatherings that are published at the same time


class BenchHouse(House):
    """Its supervisor runs in this very process, so that a service can be stopped, started and multiplied."""

    def __init__(self, state: State) -> None:
        super().__init__(state, os.environ | {"FOYER_LIMITS": "off"}, ports.any_free())
        self.state = state
        self.clock = Clock(state.clock)
        self.idle = Idle(self._backends.kafka)
        self._programs: dict[str, Program] = {}

    @property
    def kafka(self) -> str:
        return self._backends.kafka

    @property
    def tokens(self) -> dict[str, str]:
        tokens: dict[str, str] = json.loads(self.state.tokens.read_text())
        return tokens

    async def up(self) -> None:
        await super().up()
        await self.idle.start()

    async def down(self) -> None:
        await self.idle.stop()
        await super().down()

    def _services(self, broker_environment: Mapping[str, str]) -> list[Program]:
        programs = super()._services(broker_environment)
        self._programs = {program.name: program for program in programs}
        return programs

    def pids(self) -> dict[str, int]:
        return {
            one.program.name: one.process.pid
            for one in self._supervisor._kept
            if one.process is not None and one.process.returncode is None
        }

    async def stop(self, *names: str) -> None:
        await self._supervisor.stop(*names)

    async def start(self, name: str) -> None:
        await self._supervisor.keep(self._programs[name])

    async def start_echo(self) -> str:
        return await self._serve("echo", {})

    async def start_bare(self) -> str:
        """The plainest way to decide, over the same broker and the same database."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka)
        await admin.start()
        await admin.create_topics([NewTopic(topic, 1, 1) for topic in (bare.ASKED, bare.ANSWERED)])
        await admin.close()
        env = {bare.KAFKA: self.kafka, bare.MONGO: self._backends.mongo}
        command = (sys.executable, "-m", "tests.bench.bare")
        await self._supervisor.keep(Program("bare-owner", command, ports.any_free(), _at_once, env))
        return await self._serve("bare", env)

    async def _serve(self, name: str, env: Mapping[str, str]) -> str:
        """As the gateway is served: one process, no access log."""
        port = ports.any_free()
        options = ("--port", str(port), "--no-access-log", "--log-level", "warning")
        command = (sys.executable, "-m", "uvicorn", f"tests.bench.{name}:app", *options)
        ready = partial(process.serves, f"http://127.0.0.1:{port}/openapi.json")
        await self._supervisor.keep(Program(name, command, port, ready, env))
        return f"http://127.0.0.1:{port}"

    @asynccontextmanager
    async def replicas(self, name: str, more: int) -> AsyncIterator[None]:
        """So many more of a service beside the one that runs."""
        others = [self._another(self._programs[name], number) for number in range(1, more + 1)]
        await self._supervisor.keep(*others)
        await self.idle.wait()
        try:
            yield
        finally:
            await self._supervisor.stop(*(one.name for one in others))

    def _another(self, program: Program, number: int) -> Program:
        port = ports.any_free()
        # without a fixed place in the group, as with --scale: what it leaves is taken over at once
        free = {name: value for name, value in program.env.items() if name != "FOYER_KAFKA_GROUP_INSTANCE"}
        ready = partial(process.serves, f"http://127.0.0.1:{port}/readyz")
        return replace(
            program, name=f"{program.name}-{number}", port=port, ready=ready, env={**free, "FOYER_HTTP_PORT": str(port)}
        )

    async def publish(self, definitions: Iterable[dict[str, Any]]) -> None:
        gateway = Gateway(self.url, self.tokens["organiser"])
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(definition: dict[str, Any]) -> None:
            path = f"/v1/gatherings/{definition['gathering']}"
            headers = {"Content-Type": "application/json"}
            async with turn:
                for answer in (
                    await gateway.call("PUT", path, body=json.dumps(definition).encode(), headers=headers),
                    await gateway.call("POST", f"{path}/publish"),
                ):
                    if not answer.ok:
                        raise RuntimeError(f"{path}: {answer.status} {answer.body.decode()}")

        await asyncio.gather(*(one(definition) for definition in definitions))
        await self.idle.wait()


async def _at_once() -> bool:
    return True


@asynccontextmanager
async def foyer(root: Path) -> AsyncIterator[BenchHouse]:
    """The whole system over an empty state, its clock where the gatherings' doors are open."""
    state = State(root)
    async with AsyncExitStack() as leaving:
        state.prepare()
        leaving.enter_context(own(state))
        for old in root.iterdir():
            if old.name != "lock":
                shutil.rmtree(old) if old.is_dir() else old.unlink()
        state.prepare()
        set_clock(state.clock, BEGINS)
        house = BenchHouse(state)
        leaving.push_async_callback(house.down)
        await house.up()
        yield house
