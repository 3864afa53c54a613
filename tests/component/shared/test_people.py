"""Asking registration for names: once while they are known, never after an erasure, and not a second too long."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared import people
from shared.access import HEADER, Access
from shared.clock import Clock
from shared.errors import Unavailable
from shared.people import People
from shared.tokens import Tokens
from tests.support.registration import GATHERING, definition

ADA = {"name": "Ada", "email": "ada@example.org", "language": "en", "manage_token": "t", "added": "later"}


@dataclass
class Registration:
    """Answers like the service, and counts how often it was asked."""

    names: dict[str, Any] = field(default_factory=lambda: {"r1": ADA, "r2": ADA})
    asked: list[Any] = field(default_factory=list)
    version: int = 1
    status: int = 200
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers[HEADER]
        body = await request.json() if request.can_read_body else None
        self.asked.append(body or request.path)
        await self.gate.wait()
        if self.status != 200:
            return web.json_response({}, status=self.status)
        if body is not None:
            return web.json_response(
                {"people": {i: self.names[i] for i in body["registration_ids"] if i in self.names}}
            )
        if request.path.startswith("/internal/gatherings"):
            written = definition().model_dump(mode="json", by_alias=True)
            return web.json_response({"version": self.version, "definition": written})
        if "/former/" in request.path:
            return web.json_response(ADA | {"parts": ["talk"]} if request.method == "GET" else {})
        return web.json_response({"code": "c"})


@pytest.fixture
async def asked(secrets_directory: Path) -> AsyncIterator[tuple[Registration, People]]:
    service = Registration()
    service.gate.set()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", service.answer)
    async with TestServer(app) as server:
        client = People(str(server.make_url("")).rstrip("/"), Access(Tokens(secrets_directory), Clock()), "checkin", 1)
        yield service, client
        await client.close()


async def test_a_name_is_asked_for_once(asked: tuple[Registration, People]) -> None:
    service, client = asked
    assert set(await client.get(["r1", "nobody"])) == {"r1"}
    assert set(await client.get(["r1", "r2"])) == {"r1", "r2"}
    assert await client.get(["r1"]) == {"r1": people.Person.model_validate(ADA)}
    assert service.asked == [{"registration_ids": ["nobody", "r1"]}, {"registration_ids": ["r2"]}]
    assert await client.get([]) == {}


async def test_who_is_erased_is_not_known_any_more(asked: tuple[Registration, People]) -> None:
    service, client = asked
    await client.get(["r1"])
    del service.names["r1"]
    client.forget("r1")
    client.forget("nobody")
    assert await client.get(["r1"]) == {}


async def test_who_is_erased_while_the_answer_is_on_its_way_is_not_remembered(
    asked: tuple[Registration, People],
) -> None:
    service, client = asked
    service.gate.clear()
    asking = asyncio.create_task(client.get(["r1", "r2"]))
    async with asyncio.timeout(5):
        while not service.asked:
            await asyncio.sleep(0)
    client.forget("r1")
    service.gate.set()
    assert set(await asking) == {"r1", "r2"}
    service.names.clear()
    assert set(await client.get(["r1", "r2"])) == {"r2"}


async def test_only_so_many_are_remembered(asked: tuple[Registration, People], monkeypatch: pytest.MonkeyPatch) -> None:
    service, client = asked
    monkeypatch.setattr(people, "REMEMBERED", 1)
    assert len(await client.get(["r1", "r2"])) == 2
    await client.get(["r1"])
    assert len(service.asked) == 2


async def test_a_definition_is_asked_for_until_it_is_new_enough(asked: tuple[Registration, People]) -> None:
    service, client = asked
    for version in (1, 1, 2):
        service.version = version
        found = await client.definition(GATHERING, version)
        assert found == definition()
    assert len(service.asked) == 2
    service.status = 404
    assert await client.definition("unknown", 1) is None
    assert await client.invitation("unknown") is None
    service.status = 200
    assert await client.invitation("i1") == {"code": "c"}


async def test_whoever_handed_on_is_asked_for_every_time_and_forgotten(asked: tuple[Registration, People]) -> None:
    service, client = asked
    for _ in range(2):
        found = await client.former("r1", 2)
        assert found is not None
        assert (found.name, found.parts) == (ADA["name"], ("talk",))
    await client.forget_former("r1", 2)
    assert service.asked == ["/internal/people/r1/former/2"] * 3
    service.status = 404
    assert await client.former("r1", 2) is None


async def test_whatever_is_no_answer_is_unavailable(asked: tuple[Registration, People]) -> None:
    service, client = asked
    service.status = 503
    with pytest.raises(Unavailable):
        await client.get(["r1"])
    service.status = 200
    service.gate.clear()
    with pytest.raises(Unavailable):
        await client.get(["r1"])  # it does not answer in time
    service.gate.set()
    assert set(await client.get(["r1"])) == {"r1"}


async def test_nobody_there_is_unavailable(secrets_directory: Path) -> None:
    client = People("http://127.0.0.1:1", Access(Tokens(secrets_directory), Clock()), "checkin", 1)
    with pytest.raises(Unavailable):
        await client.get(["r1"])
    await client.close()
    await People("http://127.0.0.1:1", Access(Tokens(secrets_directory), Clock()), "checkin").close()
