"""Foyer as `make up` runs it, with fault proxies between it and its servers, and a mail server that misbehaves."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import Process
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from cli.rehearsal.passes import Passes
from cli.state import State
from deploy.local import kafka, ports, process
from deploy.local.__main__ import own
from deploy.local.environment import SERVICES, Backends
from deploy.local.house import House
from deploy.local.process import Program
from shared.clock import Clock, set_clock
from tests.faults import wrongclock
from tests.faults.gathering import BEGINS
from tests.faults.sink import Sink
from tests.support.chaosproxy import Link

OWNERS = ("registration", "scheduling", "notifications", "checkin")
CONSUMER = {"FOYER_KAFKA_SESSION_TIMEOUT_MS": "6000", "FOYER_KAFKA_HEARTBEAT_INTERVAL_MS": "1000"}
EMPTY_WITHIN = 60.0
SMALL_DISK = "500m"


class FaultHouse(House):
    """Its supervisor runs in this very process: whoever breaks things can also ask what is running."""

    def __init__(self, state: State, seed: int, faults: Collection[str] = ()) -> None:
        super().__init__(state, {"FOYER_SMTP": "here"}, ports.any_free())
        self.state = state
        self.root = state.root
        self.brokers = {name: Link(("127.0.0.1", ports.any_free()), seed) for name in SERVICES}
        self.databases = {name: Link(("127.0.0.1", self._ports["mongod"]), seed) for name in OWNERS}
        self.sink = Sink(state.mail_log, state.root / "mail", Clock(state.clock))
        self.extra: dict[str, list[Process]] = {}
        self.has_small_disk = "w1" in faults and os.geteuid() == 0
        self.faketime = wrongclock.library() if "c4" in faults else None
        self.off_time = OWNERS[seed % len(OWNERS)]  # whose clock may be wrong: under libfaketime it is slower as well
        self._programs: dict[str, Program] = {}

    @property
    def gateway(self) -> str:
        return self.url

    @property
    def mongod_port(self) -> int:
        return self._ports["mongod"]

    @property
    def _links(self) -> list[Link]:
        return [*self.brokers.values(), *self.databases.values()]

    async def up(self) -> None:
        if self.has_small_disk:
            (self.root / "mongod").mkdir(parents=True, exist_ok=True)
            await _run("mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(self.root / "mongod"))
        for link in self._links:
            await link.start()
        await self.sink.start()
        self._backends = Backends(self._backends.kafka, self._backends.mongo, f"127.0.0.1:{self.sink.port}")
        await super().up()

    async def down(self) -> None:
        await self.heal()
        for name in list(self.extra):
            await self.end_extra(name)
        await super().down()
        for link in self._links:
            await link.stop()
        await self.sink.stop()
        if self.has_small_disk:
            await _run("umount", str(self.root / "mongod"))

    async def heal(self) -> None:
        for link in self._links:
            await link.heal()
        if self.faketime is not None:
            wrongclock.put(self.wrong_clock, timedelta())

    async def _broker(self) -> tuple[Program | None, Mapping[str, str]]:
        """Each service has a listener of its own, which advertises that service's proxy: nobody goes round it."""
        await kafka.fetch_jars()
        program = await kafka.program(self.root / "kafka", self._ports["kafka"], self._ports["kafka-controller"])
        file = self.root / "kafka" / "server.properties"
        file.write_text(listening(file.read_text(), self.brokers))
        return replace(program, ready=self._with_topics(program)), {}

    def _with_topics(self, program: Program) -> Any:
        async def ready() -> bool:
            return await self._has_topics(program.ready)

        return ready

    def _services(self, broker_environment: Mapping[str, str]) -> list[Program]:
        programs = [  # none gives way: whatever else this machine does must not look like a mail that is lost
            replace(program, env={**program.env, **self._own(program.name)}, yields=False)
            for program in super()._services(broker_environment)
        ]
        self._programs = {program.name: program for program in programs}
        return programs

    def _own(self, name: str) -> dict[str, str]:
        own = {**CONSUMER, "FOYER_TRUST_DIR": str(self.root.resolve()), "FOYER_LOG_LEVEL": "info"}
        if name in self.brokers:
            own["FOYER_KAFKA"] = self.brokers[name].address
        if self.faketime is not None and name == self.off_time:
            own |= wrongclock.environment(self.faketime, self.wrong_clock)
        if name in self.databases:
            own["FOYER_MONGO"] = f"mongodb://{self.databases[name].address}/?directConnection=true"
        return own

    @property
    def wrong_clock(self) -> Path:
        """How far the machine of `off_time` is ahead of all others, where `faketime` is there."""
        return self.root / "clocks" / self.off_time

    def pids(self) -> dict[str, int]:
        """What the supervisor keeps running, as run.json says it."""
        return {
            one.program.name: one.process.pid
            for one in self._supervisor._kept
            if one.process is not None and one.process.returncode is None
        }

    def urls(self) -> dict[str, str]:
        return {name: f"http://127.0.0.1:{self._ports[name]}" for name in SERVICES}

    async def add_extra(self, name: str) -> Process:
        """A second replica of a service, beside the one that is kept."""
        program, port = self._programs[name], ports.any_free()
        number = len(self.extra.get(name, ()))
        own = {"FOYER_HTTP_PORT": str(port), "FOYER_KAFKA_GROUP_INSTANCE": f"extra-{number}"}
        second = replace(program, port=port, env={**program.env, **own})
        second = replace(second, ready=partial(process.serves, f"http://127.0.0.1:{port}/readyz"))
        running = await process.start(second, self.root / "logs" / f"{name}-extra-{number}.log")
        self.extra.setdefault(name, []).append(running)
        async with asyncio.timeout(EMPTY_WITHIN):
            await process.until_ready(second)
        return running

    async def end_extra(self, name: str, keep: int = 0) -> None:
        running = self.extra.pop(name, [])
        await asyncio.gather(*(process.stop(one) for one in running[keep:]))
        if running[:keep]:
            self.extra[name] = running[:keep]

    async def rewind(self, topics: Mapping[TopicPartition, int]) -> None:
        """Stop the services, let their groups begin again at the first record, start them."""
        await self._supervisor.stop(*OWNERS)
        for group in OWNERS:
            await self._commit(group, topics)
        await self._supervisor.keep(*(self._programs[name] for name in OWNERS))

    async def _commit(self, group: str, topics: Mapping[TopicPartition, int]) -> None:
        """A group's offsets may be moved once it has no members left, at the latest when their sessions end."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._backends.kafka, group_id=group, enable_auto_commit=False, session_timeout_ms=6000
        )
        await consumer.start()
        try:
            async with asyncio.timeout(EMPTY_WITHIN):
                while True:
                    try:
                        consumer.assign(list(topics))
                        committed = {one: at for one in topics if (at := await consumer.committed(one)) is not None}
                        await consumer.commit(dict.fromkeys(committed, 0))
                        break
                    except KafkaError:
                        await asyncio.sleep(0.5)
        finally:
            await consumer.stop()

    @property
    def kafka(self) -> str:
        """The broker itself: what looks on passes no proxy."""
        return self._backends.kafka

    def logs(self) -> list[Path]:
        return sorted((self.root / "logs").glob("*.log"))


def listening(properties: str, links: Mapping[str, Link]) -> str:
    """A broker's properties with one more listener for each link: behind it, and advertising it."""
    also = {
        "listeners": (f"{name.upper()}://{link.upstream[0]}:{link.upstream[1]}" for name, link in links.items()),
        "advertised.listeners": (f"{name.upper()}://{link.address}" for name, link in links.items()),
    }
    lines = []
    for line in properties.splitlines():
        name, _, value = line.partition("=")
        lines.append(f"{name}={','.join([value, *also[name]])}" if name in also else line)
    protocols = ",".join(f"{name}:PLAINTEXT" for name in ("PLAINTEXT", "CONTROLLER", *map(str.upper, links)))
    return "\n".join([*lines, f"listener.security.protocol.map={protocols}", ""])


def running_services(house: FaultHouse) -> dict[str, int]:
    return {name: pid for name, pid in house.pids().items() if name in SERVICES}


def prepare(state: State, passes: Passes) -> None:
    """An empty house in which the clock stands at the beginning; one that is in use is left alone."""
    if state.root.exists():
        with own(state):
            shutil.rmtree(state.root)
    state.prepare()
    trust = state.root / "trust" / "eu-dcc.json"
    trust.parent.mkdir()
    trust.write_text(json.dumps(passes.trust_list))
    set_clock(state.clock, BEGINS)


async def _run(*command: str) -> None:
    if code := await (await asyncio.create_subprocess_exec(*command)).wait():
        raise OSError(f"{' '.join(command)} ended with {code}")
