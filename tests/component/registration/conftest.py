"""Registration's HTTP face over a real MongoDB, called as the gateway calls it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.registration.api import Office, router
from services.registration.clients import Attended
from services.registration.identities import Identities
from services.registration.store import Queries
from shared import http
from shared.access import Access, Actor
from shared.clock import Clock
from shared.messages.gathering import Definition
from shared.tokens import Role
from tests.support.registration import GATHERING, definition
from tests.support.registration_service import Replica, replica

ORGANISER = Actor(Role.ORGANISER, "olga")
SERVICE = Actor("service", "notifications")
HERE = f"/v1/gatherings/{GATHERING}"


@dataclass
class FakeAttendance:
    """What check-in knows; nothing is known while it is away."""

    known: Attended | None = None

    async def of(self, _: str) -> Attended | None:
        return self.known


@dataclass
class Registration:
    client: httpx.AsyncClient
    access: Access
    service: Replica
    attendance: FakeAttendance

    async def call(
        self, method: str, path: str, body: Any = None, *, actor: Actor = ORGANISER, key: str = "", if_match: str = ""
    ) -> httpx.Response:
        sent = self.access.header(actor) | ({"Idempotency-Key": key} if key else {})
        sent |= {"If-Match": if_match} if if_match else {}
        return await self.client.request(method, path, json=body, headers=sent)

    async def get(self, path: str, actor: Actor = ORGANISER) -> Any:
        answer = await self.call("GET", path, actor=actor)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, status: int = 200, key: str = "") -> Any:
        answer = await self.call("POST", f"{HERE}/{path}", body, key=key)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def put(self, given: Definition, if_match: str = "") -> httpx.Response:
        return await self.call("PUT", HERE, given.model_dump(mode="json", by_alias=True), if_match=if_match)

    async def publish(self, given: Definition) -> None:
        there = await self.call("GET", f"{HERE}?draft=true")
        answer = await self.put(given, there.headers.get("ETag", ""))
        assert answer.status_code == 200, answer.text
        await self.post("publish")

    async def status(self, name: str, part: str) -> str:
        found = await self.get(f"/v1/registrations/{name}")
        standing = next(one for one in found["parts"] if one["part"] == part)
        said = standing["status"] + (f": {standing['reason']}" if standing["reason"] else "")
        return str(said if standing["mode"] == "in-person" else f"{said} ({standing['mode']})")


@pytest.fixture
async def unpublished(mongo_url: str, database: str, secrets_directory: Path) -> AsyncIterator[Registration]:
    service = replica(mongo_url, database, secrets_directory, 1)
    await service.outbox.prepare()
    await service.store.prepare()
    access = Access(service.tokens, Clock())
    app = FastAPI()
    http.install(app)
    attendance = FakeAttendance()
    queries, identities = Queries(service.mongo), Identities(service.tokens)
    office = Office(service.store, queries, identities, access, service.clock, attendance)
    app.include_router(router(office))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registration") as client:
        yield Registration(client, access, service, attendance)
    await service.outbox.stop()
    await service.mongo.drop()
    service.mongo.close()


@pytest.fixture
async def here(unpublished: Registration) -> Registration:
    """The gathering is published."""
    await unpublished.publish(definition())
    return unpublished
