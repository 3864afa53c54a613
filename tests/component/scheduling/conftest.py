"""The service without its servers: handlers and routes over a store in memory, and a registration that can be away."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from services.scheduling.api import Office, router
from services.scheduling.feeds import Feeds
from services.scheduling.handlers import Handlers
from services.scheduling.latecomers import Latecomers
from services.scheduling.proposals import Proposals
from services.scheduling.rooms import Rooms
from shared import http
from shared.access import Access, Actor
from shared.bus import Reply
from shared.clock import Clock
from shared.errors import Unavailable
from shared.messages import Message
from shared.messages.envelope import Received, ReplyTo, message_id
from shared.messages.gathering import Definition
from shared.people import People, Person
from shared.seal import Seal
from shared.tokens import Role, Tokens
from tests.component.scheduling.memory import MemoryStore
from tests.unit.scheduling.building import DESKS, EARLY, G, definition

ROOM = "https://example.org/anna"


class StandingClock(Clock):
    """Stands still until it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.at = EARLY

    def now(self) -> datetime:
        return self.at


class FakePeople(People):
    """Registration, as far as scheduling asks it."""

    def __init__(self) -> None:
        self.away = False
        self.forgotten: list[str] = []
        self.gone = {"bob"}
        self.generations: dict[str, int] = {}
        self.countries: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.rooms_join: dict[str, object] | None = None
        self.partnering_join: dict[str, object] | None = None

    async def get(self, registration_ids: Iterable[str]) -> dict[str, Person]:
        self._must_answer()
        known = (one for one in registration_ids if one not in self.gone)
        return {
            one: _person(one, self.names.get(one, one.title()), self.generations.get(one, 0), self.countries.get(one))
            for one in known
        }

    async def definition(self, gathering_id: str, version: int) -> Definition | None:  # noqa: ARG002
        self._must_answer()
        if gathering_id != G:
            return None
        desks = [DESKS[0] | {"join": {"url": ROOM}, "email": "anna@example.org"}, DESKS[1]]
        return definition(desks=desks, working_groups=self.rooms_join, partnering=self.partnering_join)

    def forget(self, registration_id: str) -> None:
        self.forgotten.append(registration_id)

    def _must_answer(self) -> None:
        if self.away:
            raise Unavailable("away")


def _person(who: str, name: str, generation: int, country: str | None) -> Person:
    return Person(
        name=name,
        email=f"{who}@example.org",
        language="en",
        organisation="Org",
        country=country,
        generation=generation,
        manage_token="t",
    )


class Service:
    """Handlers and routes over one store."""

    def __init__(self, secrets_directory: Path) -> None:
        self.clock = StandingClock()
        self.store = MemoryStore(self.clock)
        self.people = FakePeople()
        self.seal = Seal.for_service(secrets_directory, "scheduling")
        tokens = Tokens(secrets_directory)
        self.access = Access(tokens, self.clock)
        rooms = Rooms(self.people, tokens, "http://foyer.test/")
        self.tokens = tokens
        self.handlers = Handlers(self.store, self.clock, rooms, self.people.forget)
        self.app = FastAPI()
        http.install(self.app)
        feeds = Feeds(tokens, "http://foyer.test/")
        self.proposals = Proposals(self.store, self.people, self.clock, beat=0.02)
        self.latecomers = Latecomers(self.store, self.people, self.clock)
        office = Office(
            store=self.store,
            people=self.people,
            rooms=rooms,
            seal=self.seal,
            access=self.access,
            tokens=tokens,
            clock=self.clock,
            feeds=feeds,
            proposals=self.proposals,
            domain="foyer.test",
        )
        self.app.include_router(router(office))
        self._offset = 0

    async def hear(self, *messages: Message) -> list[Reply]:
        """One batch from the log; every message asks for a reply, by its subject."""
        return list(await self.handlers.process([self._received(one) for one in messages]))

    async def tell(self, *messages: Message) -> dict[str, tuple[int, dict[str, object]]]:
        """The same, answers by what they answer."""
        return {one.to.request_id: (one.status, one.body) for one in await self.hear(*messages)}

    def headers(self, role: str, **also: object) -> dict[str, str]:
        return self.access.header(Actor(role=role, subject="someone", **also))  # type: ignore[arg-type]

    def holder(self, who: str, generation: int = 0) -> dict[str, str]:
        return self.headers(Role.ATTENDEE, gatherings=(G,), registration_id=who, generation=generation)

    def _received(self, message: Message) -> Received[Message]:
        self._offset += 1
        subject = message.subject()
        return Received(
            message,
            id=message_id("test", message.topic, subject),
            subject=subject,
            time=self.clock.now(),
            topic=message.topic,
            partition=0,
            offset=self._offset,
            reply_to=ReplyTo(0, subject.removeprefix("submissions/")),
        )


@pytest.fixture
def service(secrets_directory: Path) -> Service:
    return Service(secrets_directory)


@pytest.fixture
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://scheduling") as made:
        yield made
