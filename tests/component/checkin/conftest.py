"""Checkin wired over fakes: its routes, its handlers, a clock that stands still."""

import json
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from cli.rehearsal import dcc
from services.checkin.api import routes
from services.checkin.api.parts import Parts
from services.checkin.doors import Doors
from services.checkin.handlers import Handlers
from services.checkin.names import Names
from services.checkin.proofs import Proofs, TrustLists
from services.checkin.tickets import Press, numbering, press_from
from shared import http
from shared.access import Access, Actor
from shared.messages import Message
from shared.messages.envelope import Received
from shared.messages.registration import GatheringPublished
from shared.tokens import Role, Tokens
from tests.support.checkin import DOOR, GATHERING, OPEN_AT, FakePeople, FakeStore, StandingClock, confirmed, definition

GUARD = Actor(Role.DOOR, "door-1")
ISSUER = dcc.Issuer.make()
NEGATIVE = ISSUER.certify(dcc.sample(OPEN_AT - timedelta(hours=20)), OPEN_AT - timedelta(hours=20))
SHOWN = {"id-document": True, "health": {"hc1": NEGATIVE}}


@dataclass
class Checkin:
    """The whole service, without a broker and without a database."""

    client: httpx.AsyncClient
    store: FakeStore
    people: FakePeople
    clock: StandingClock
    handlers: Handlers
    access: Access
    tokens: Tokens
    press: Press
    trust: Path
    heard: int = field(default=0)

    async def hear(self, *messages: Message) -> None:
        batch = []
        for message in messages:
            self.heard += 1
            batch.append(
                Received(
                    message=message,
                    id=f"m{self.heard}",
                    subject=message.subject(),
                    time=self.clock.now(),
                    topic=message.topic,
                    partition=0,
                    offset=self.heard,
                    correlation_id="c1",
                )
            )
        await self.handlers.process(batch)

    def ticket_of(self, registration_id: str = "r1", before: int = 0) -> str:
        return self.press.print(GATHERING, numbering(self.tokens)(registration_id, before))

    async def check_in(self, actor: Actor = GUARD, gathering: str = GATHERING, **call: Any) -> httpx.Response:
        body: dict[str, Any] = {"door": DOOR, "scan_id": str(uuid.uuid5(uuid.NAMESPACE_OID, "s1"))}
        if "registration_id" not in call:
            body["ticket"] = self.ticket_of()
        body |= {"presented": SHOWN} | call
        return await self.client.post(
            f"/v1/gatherings/{gathering}/check-ins", json=body, headers=self.access.header(actor)
        )

    async def get(self, path: str, actor: Actor = GUARD) -> httpx.Response:
        return await self.client.get(path, headers=self.access.header(actor))


def scan_id(name: object) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, str(name)))


@pytest.fixture
async def checkin(secrets_directory: Path, tmp_path: Path) -> AsyncIterator[Checkin]:
    clock = StandingClock()
    tokens = Tokens(secrets_directory)
    access = Access(tokens, clock)
    store, people, press = FakeStore(clock), FakePeople(), press_from(secrets_directory)
    names = Names(people)
    trust = tmp_path / "trust" / "eu-dcc.json"
    trust.parent.mkdir()
    trust.write_text(json.dumps(dcc.trust_list(ISSUER)))
    parts = Parts(
        store=store,
        doors=Doors(store, clock, names.of),
        proofs=Proofs(TrustLists(tmp_path)),
        names=names,
        definitions=people,
        press=press,
        tokens=tokens,
        access=access,
        clock=clock,
    )
    app = FastAPI()
    http.install(app)
    app.include_router(routes(parts))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://checkin") as client:
        handlers = Handlers(store, clock, numbering(tokens), people.forget)
        yield Checkin(client, store, people, clock, handlers, access, tokens, press, trust)


def published(version: int = 1, **changes: Any) -> GatheringPublished:
    return GatheringPublished(gathering_id=GATHERING, version=version, definition=definition(**changes).public())


@pytest.fixture
async def opened(checkin: Checkin) -> Checkin:
    """A gathering with one confirmed person, whose ticket is issued."""
    await checkin.hear(published(), confirmed())
    return checkin
