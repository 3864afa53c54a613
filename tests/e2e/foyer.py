"""A Foyer of its own for these tests, and people who speak HTTP to it."""

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from cli.rehearsal.mailbox import Mailbox
from cli.rehearsal.passes import Passes
from cli.rehearsal.stage import IN_FORCE
from cli.rehearsal.theatre import Theatre
from cli.state import CHECKOUT, State
from shared.clock import Clock, set_clock

WITHIN = 30.0


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any
    headers: Mapping[str, str]  # by any spelling


@dataclass
class Foyer:
    """What runs, seen from outside."""

    url: str
    session: aiohttp.ClientSession
    tokens: dict[str, str]
    mailbox: Mailbox
    state: State

    @property
    def clock(self) -> Clock:
        return Clock(self.state.clock)

    async def ask(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **headers: str
    ) -> Answer:
        sent = {"Prefer": "wait=10", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if method == "POST":
            sent.setdefault("Idempotency-Key", uuid.uuid4().hex)  # noqa: TID251  a test is a client
        async with self.session.request(method, path, json=body, headers=sent, allow_redirects=False) as answer:
            content = await answer.text()
            return Answer(answer.status, _read(content), answer.headers.copy())

    async def staff(self, method: str, path: str, body: Any = None, role: str = "organiser", **headers: str) -> Answer:
        return await self.ask(method, path, body, token=self.tokens[role], **headers)

    async def move_clock(self, moment: datetime) -> None:
        set_clock(self.state.clock, moment)
        await asyncio.sleep(IN_FORCE)

    async def eventually(self, path: str, fits: Callable[[Answer], bool], token: str | None = None) -> Answer:
        """Ask until the answer fits: one service hears of another's decision a moment later."""
        answer = await self.ask("GET", path, token=token)
        deadline = asyncio.get_running_loop().time() + WITHIN
        while not fits(answer) and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.1)
            answer = await self.ask("GET", path, token=token)
        assert fits(answer), answer
        return answer


@asynccontextmanager
async def running_foyer(root: Path, begins: datetime) -> AsyncIterator[Foyer]:
    theatre = Theatre(State(root), begins, port=0)
    try:
        await theatre.open(Passes.make(random.Random(1)))  # noqa: S311  nobody shows a certificate here
        mailbox = Mailbox(CHECKOUT / theatre.run["mail_log"], CHECKOUT)
        async with aiohttp.ClientSession(theatre.url) as session:
            yield Foyer(theatre.url, session, theatre.tokens, mailbox, theatre.state)
    finally:
        await theatre.close()


def _read(content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content
