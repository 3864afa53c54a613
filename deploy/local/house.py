"""Foyer as `make up` runs it: servers first, then topics, then the services, then the gatherings."""

import sys
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from cli import topics
from cli.gatherings import Gateway
from cli.keyring import hand_out
from cli.state import State, from_checkout, write_tokens
from cli.state import replace as replace_file
from deploy.local import environment, kafka, mongod, ports, process, seeding, tansu
from deploy.local.environment import SERVICES, Backends
from deploy.local.process import Program
from deploy.local.supervisor import Kept, Supervisor
from shared import secrets
from shared.clock import Clock
from shared.messages import topics as wanted_topics

CHOSEN = (*(name for name in SERVICES if name != "gateway"), "kafka", "kafka-controller", "mongod", "mail")


class House:
    """One installation over one state directory."""

    def __init__(self, state: State, given: Mapping[str, str], gateway_port: int) -> None:
        self._state = state
        self._given = given
        self._ports = {**ports.choose_and_remember(CHOSEN, state.ports), "gateway": gateway_port}
        self._backends = Backends(
            kafka=given.get("FOYER_KAFKA", f"127.0.0.1:{self._ports['kafka']}"),
            mongo=given.get("FOYER_MONGO", mongod.url(self._ports["mongod"])),
            smtp=given.get("FOYER_SMTP", f"127.0.0.1:{self._ports['mail']}"),
        )
        self._supervisor = Supervisor(state.log, self._write_run)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports['gateway']}"

    async def up(self) -> None:
        secrets.create(self._state.secrets)
        hand_out(self._state.secrets, self._state.keyrings)
        tokens = write_tokens(self._state, Clock())
        broker, broker_environment = await self._broker()
        servers = [broker] if broker else []
        if "FOYER_MONGO" not in self._given:
            servers.append(mongod.program(self._state.root / "mongod", self._ports["mongod"]))
        if "FOYER_SMTP" not in self._given:
            servers.append(self._mail())
        await self._supervisor.keep(*servers)
        if broker is None:
            await self._apply_topics()
        await self._supervisor.keep(*self._services(broker_environment))
        for gathering in await seeding.load(Gateway(self.url, tokens["organiser"]), self._state.applied):
            print(f"  {gathering:<14} published")
        print(f"Foyer is ready: {self.url}", flush=True)

    async def down(self) -> None:
        """Services first: they finish what they hold while the servers are still there."""
        await self._supervisor.stop(*SERVICES)
        await self._supervisor.stop()
        self._state.run.unlink(missing_ok=True)

    async def _broker(self) -> tuple[Program | None, Mapping[str, str]]:
        if "FOYER_KAFKA" in self._given:
            return None, {}
        port = self._ports["kafka"]
        missing = kafka.missing()
        if missing:
            print(tansu.WARNING.format(missing=missing, install=kafka.INSTALL), flush=True)
            broker, environment = await tansu.program(port), tansu.ENVIRONMENT
        else:
            await kafka.fetch_jars()
            broker = await kafka.program(self._state.root / "kafka", port, self._ports["kafka-controller"])
            environment = {}
        return replace(broker, ready=partial(self._has_topics, broker.ready)), environment

    async def _has_topics(self, answers: Callable[[], Awaitable[bool]]) -> bool:
        """A broker is ready once its topics are there."""
        try:
            if await answers():
                await self._apply_topics()
                return True
        except KafkaError:  # it went away in between
            pass
        return False

    async def _apply_topics(self) -> None:
        partitions = int(self._given.get("FOYER_PARTITIONS", "3"))
        admin = AIOKafkaAdminClient(bootstrap_servers=self._backends.kafka)
        await admin.start()
        try:
            todo = await topics.plan(admin, wanted_topics(), partitions)
            await topics.apply(admin, todo)
            if todo.conflicts:
                print(
                    f"  FOYER_PARTITIONS={partitions} comes too late: the topics that are there keep theirs", flush=True
                )
        finally:
            await admin.close()

    def _mail(self) -> Program:
        port = self._ports["mail"]
        files = ("--log", from_checkout(self._state.mail_log), "--directory", from_checkout(self._state.root / "mail"))
        command = (sys.executable, "-m", "deploy.local.mail", "--port", str(port), *files)
        return Program("mail", command, port, partial(process.listens, port), yields=True)

    def _services(self, broker_environment: Mapping[str, str]) -> list[Program]:
        environments = environment.for_services(self._state, self._backends, self._ports, self._given)
        return [
            Program(
                name,
                (sys.executable, "-m", f"services.{name}"),
                self._ports[name],
                partial(process.serves, f"http://127.0.0.1:{self._ports[name]}/readyz"),
                {**broker_environment, **environments[name]},
                yields=name == "notifications",  # in a rush, decisions come before the mails about them
            )
            for name in SERVICES
        ]

    def _write_run(self, kept: Iterable[Kept]) -> None:
        running = [(one.program, one.process) for one in kept if one.process is not None]
        replace_file(
            self._state.run,
            {
                "processes": [{"name": p.name, "pid": process.pid, "port": p.port} for p, process in running],
                "kafka": self._backends.kafka,
                "mongo": self._backends.mongo,
                "smtp": self._backends.smtp,
                "mail_log": from_checkout(self._state.mail_log),
                "tokens": from_checkout(self._state.tokens),
            },
        )
