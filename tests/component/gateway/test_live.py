"""`GET …/live`: everybody's numbers, the owners asked once for all who listen, and nobody waits for a slow client."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from starlette.requests import Request
from starlette.types import Message

from services.gateway.api import live
from services.gateway.api.callers import Callers
from services.gateway.api.live import Live, mark
from services.gateway.clients.owners import Owners as Clients
from shared.access import Access
from shared.http import Problem
from shared.tokens import Role, Tokens
from tests.component.gateway.conftest import GATHERING, House

ROOT = f"/v1/gatherings/{GATHERING}"


class Client:
    """Somebody who listens: what was sent to them, and whether they still read."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.reads = asyncio.Event()
        self.left = asyncio.Event()
        self.news = asyncio.Condition()
        self.reads.set()

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.reads.wait()
        async with self.news:
            self.got.append(message.get("body", b""))
            self.news.notify_all()

    async def until(self, text: bytes) -> bytes:
        async with asyncio.timeout(5), self.news:
            await self.news.wait_for(lambda: text in b"".join(self.got))
        return b"".join(self.got)


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Live]:
    tokens = Tokens(house.settings.secrets)
    clients = Clients(house.settings, Access(tokens, house.settings.clock))
    says(house, 7)
    house.owners.says("GET", f"{ROOT}/agenda", 200, {"release": 2, "label": "official", "published_at": None})
    house.owners.says("GET", f"{ROOT}/desks", 200, {"desks": [{"desk": "ada", "slots": [{"free": True}]}]})
    asked = [{"id": "q", "text": "Why?", "votes": 1, "status": "open"}]
    house.owners.says("GET", f"{ROOT}/sessions/opening/questions", 200, {"session": "opening", "questions": asked})
    house.owners.says("GET", f"{ROOT}/obligations", 200, {"obligations": [{"delegation": "d"}]})
    yield Live(Callers(tokens, house.settings.clock), clients, frozenset(), every=0.02)
    await clients.close()


def says(house: House, free: int) -> None:
    counts = [{"part": "main", "mode": "remote", "free": free}]
    house.owners.says("GET", ROOT, 200, {"gathering": GATHERING, "secret": "no", "availability": counts})


def asks(query: str = "", headers: dict[str, str] | None = None, address: str = "10.0.0.1") -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": f"{ROOT}/live", "headers": raw}
    return Request(scope | {"query_string": query.encode(), "path_params": {"g": GATHERING}, "client": (address, 1)})


async def listen(desk: Live, client: Client, request: Request | None = None) -> asyncio.Task[None]:
    stream = await desk.listen(request or asks())
    return asyncio.create_task(stream({}, client.receive, client.send))


def said(raw: bytes) -> dict[str, Any]:
    found = {}
    for block in raw.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in lines:
            found[lines["event"]] = orjson.loads(lines["data"])
    return found


async def leaves(client: Client, listening: asyncio.Task[None]) -> None:
    client.left.set()
    await asyncio.wait_for(listening, 5)


async def test_everything_is_said_first_then_what_changes(desk: Live, house: House) -> None:
    client = Client()
    listening = await listen(desk, client)
    first = said(await client.until(b"desks"))
    assert first["places"] == [{"part": "main", "mode": "remote", "free": 7}]
    assert first["agenda"] == {"release": 2, "label": "official", "published_at": None}
    assert first["desks"] == {"ada": 1}
    assert b"secret" not in b"".join(client.got)
    client.got.clear()
    says(house, 6)
    assert said(await client.until(b'"free":6')).keys() == {"places"}
    await leaves(client, listening)


async def test_who_comes_back_and_has_seen_it_is_told_nothing_twice(desk: Live, house: House) -> None:
    client = Client()
    listening = await listen(desk, client)
    told = await client.until(b"desks")
    await leaves(client, listening)
    seen = told.split(b"id: ")[1].split(b"\n")[0].decode()
    again = Client()
    listening = await listen(desk, again, asks(headers={"Last-Event-ID": seen}))
    assert said(await again.until(b"still here")) == {}
    says(house, 5)
    assert said(await again.until(b'"free":5')).keys() == {"places"}
    await leaves(again, listening)


async def test_questions_of_a_session_are_there_for_who_asks_and_more_for_staff(desk: Live, house: House) -> None:
    public, staff = Client(), Client()
    listening = [await listen(desk, public, asks("session=opening"))]
    listening.append(await listen(desk, staff, asks("session=opening", house.staff(Role.ORGANISER))))
    shown, more = said(await public.until(b"Why?")), said(await staff.until(b"obligations"))
    assert (shown["questions"][0]["text"], "obligations" in shown) == ("Why?", False)
    assert more["obligations"] == [{"delegation": "d"}]
    for client, task in zip((public, staff), listening, strict=True):
        await leaves(client, task)


@pytest.mark.parametrize(("role", "gathering"), [(Role.DOOR, GATHERING), (Role.ORGANISER, "another")])
async def test_staff_of_elsewhere_see_what_everybody_sees(desk: Live, house: House, role: Role, gathering: str) -> None:
    client = Client()
    listening = await listen(desk, client, asks(headers=house.staff(role, gathering)))
    assert "obligations" not in said(await client.until(b"desks"))
    await leaves(client, listening)


async def test_owners_are_asked_once_for_all_and_not_at_all_when_nobody_listens(desk: Live) -> None:
    clients = [Client() for _ in range(8)]
    tasks = [await listen(desk, client) for client in clients]
    for client in clients:
        await client.until(b"desks")
    assert len(desk._watches) == 1
    for client, task in zip(clients, tasks, strict=True):
        await leaves(client, task)
    assert (desk._watches, desk._open.total()) == ({}, 0)


async def test_a_client_that_does_not_read_is_cut_off(desk: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "SEND_WITHIN", 0.05)
    stuck, other = Client(), Client()
    listening = await listen(desk, stuck)
    reading = await listen(desk, other)
    await stuck.until(b"desks")
    stuck.reads.clear()
    monkeypatch.setattr(live, "STILL_HERE", 0.01)
    await other.until(b"desks")
    async with asyncio.timeout(5):
        while not listening.done():
            await asyncio.sleep(0.02)  # its watch goes on; it is the clock that cuts it off
            desk._watches[GATHERING, None, False].state = {"places": [str(listening)]}
            async with desk._watches[GATHERING, None, False].changed:
                desk._watches[GATHERING, None, False].changed.notify_all()
    assert not reading.done()
    await leaves(other, reading)


async def test_there_are_only_so_many_of_one_address_and_in_all(desk: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "OF_ONE_ADDRESS", 1)
    monkeypatch.setattr(live, "AT_ONCE", 2)
    clients = [Client(), Client()]
    tasks = [await listen(desk, clients[0], asks(address="10.0.0.1"))]
    await clients[0].until(b"desks")
    with pytest.raises(Problem) as refused:
        await desk.listen(asks(address="10.0.0.1"))
    assert refused.value.status == 429
    tasks.append(await listen(desk, clients[1], asks(address="10.0.0.2")))
    await clients[1].until(b"desks")
    with pytest.raises(Problem) as refused:
        await desk.listen(asks(address="10.0.0.3"))
    assert refused.value.status == 503
    for client, task in zip(clients, tasks, strict=True):
        await leaves(client, task)


async def test_what_does_not_exist_is_404_before_anything_is_sent(desk: Live, house: House) -> None:
    for query in ("session=none", "session=%0a"):
        with pytest.raises(Problem) as refused:
            await desk.listen(asks(query))
        assert refused.value.status == 404
    house.owners.says("GET", ROOT, 404, {})
    with pytest.raises(Problem) as refused:
        await desk.listen(asks())
    assert refused.value.status == 404


async def test_an_owner_that_is_away_changes_nothing(desk: Live, house: House) -> None:
    client = Client()
    listening = await listen(desk, client)
    await client.until(b"desks")
    house.owners.says("GET", f"{ROOT}/desks", 503, {})
    says(house, 1)
    house.owners.calls.clear()
    async with asyncio.timeout(5):
        while len(house.owners.calls) < 6:
            await asyncio.sleep(0.02)  # it is asked again and again
    assert b'"free":1' not in b"".join(client.got)
    house.owners.says("GET", f"{ROOT}/desks", 200, {"desks": []})
    await client.until(b'"free":1')
    await leaves(client, listening)


def test_the_mark_is_that_of_the_state_alone() -> None:
    assert mark({"a": 1, "b": [2]}) == mark({"b": [2], "a": 1}) != mark({"a": 2, "b": [2]})
