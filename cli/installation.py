"""Which Foyer a command speaks to: what the environment says, else what runs over the state directory."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from cli.gatherings import Gateway
from cli.state import State, read
from shared.clock import Clock
from shared.errors import Unavailable
from shared.settings import Settings
from shared.tokens import ALL_GATHERINGS, Role, Staff, Tokens

ONE_CALL = timedelta(minutes=5)


class Installation:
    """Everything a command may need of it, looked up when it is needed."""

    def __init__(self) -> None:
        self.state = State(Path(os.environ.get("FOYER_STATE", ".foyer")))

    @cached_property
    def settings(self) -> Settings:
        found = {name: value for name, value in self._found().items() if f"FOYER_{name.upper()}" not in os.environ}
        return Settings(**found)

    def _found(self) -> dict[str, Any]:
        running = read(self.state.run)
        ports = {process["name"]: process["port"] for process in running.get("processes", ())}
        found: dict[str, Any] = {name: running[name] for name in ("kafka", "mongo", "smtp") if name in running}
        found |= {f"{name}_url": f"http://127.0.0.1:{port}" for name, port in ports.items()}
        return {**found, "secrets": self.state.secrets, "clock_file": self.state.clock}

    @property
    def clock(self) -> Clock:
        return self.settings.clock

    def mint(self, staff: Staff, ttl: timedelta) -> str:
        return Tokens(self.settings.secrets).staff(staff, self.clock.wall(), ttl)

    @property
    def gateway(self) -> Gateway:
        organiser = Staff(Role.ORGANISER, (ALL_GATHERINGS,), "foyer-command")
        return Gateway(self.settings.gateway_url, self.mint(organiser, ONE_CALL))

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.kafka, request_timeout_ms=10_000)
        try:
            await admin.start()
        except KafkaError as error:
            raise Unavailable(f"the broker at {self.settings.kafka} does not answer") from error
        else:
            yield admin
        finally:
            await admin.close()
