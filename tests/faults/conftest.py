"""A Foyer of its own, in this process's hands, for what it must still do while parts of it are away."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from cli.rehearsal.passes import Passes
from cli.rehearsal.people import Person, people
from cli.state import State, read
from deploy.local.__main__ import own
from tests.faults.gathering import HOT, definition
from tests.faults.house import FaultHouse, prepare


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    retry_after: str | None


@dataclass
class Desk:
    """Somebody at a browser, and the staff's tokens."""

    house: FaultHouse
    session: aiohttp.ClientSession
    tokens: dict[str, str]
    passes: Passes

    def __post_init__(self) -> None:
        self.crowd = people(random.Random(7))  # noqa: S311  synthetic people

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str = "", wait: int = 5, key: str = ""
    ) -> Answer:
        headers = {"Prefer": f"wait={wait}"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        async with self.session.request(method, path, json=body, headers=headers) as answer:
            return Answer(answer.status, await answer.json(content_type=None), answer.headers.get("Retry-After"))

    async def register(
        self, part: str, mode: str = "in-person", *, wait: int = 5, person: Person | None = None
    ) -> Answer:
        """One person, under a key that is theirs alone: the same person may ask again."""
        person = person or next(self.crowd)
        body = {
            "attendee": person.form,
            "parts": [{"part": part, "mode": mode}],
            "consents": {"privacy": True},
        }
        key = f"the-key-of-{person.canary}"
        return await self.ask("POST", f"/v1/gatherings/{HOT}/registrations", body, wait=wait, key=key)

    async def look(self, registration: dict[str, Any]) -> Answer:
        return await self.ask("GET", f"/v1/registrations/{registration['id']}", token=registration["manage_token"])


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    state = State(tmp_path_factory.mktemp("foyer") / "state")
    passes = Passes.make(random.Random(7))  # noqa: S311
    prepare(state, passes)
    house = FaultHouse(state, seed=7)
    with own(state):
        try:
            await house.up()
            async with aiohttp.ClientSession(house.gateway) as session:
                desk = Desk(house, session, read(state.tokens), passes)
                organiser = desk.tokens["organiser"]
                await desk.ask("PUT", f"/v1/gatherings/{HOT}", definition(HOT), token=organiser)
                await desk.ask("POST", f"/v1/gatherings/{HOT}/publish", token=organiser)
                yield desk
        finally:
            await house.down()
