"""The rehearsal's only way in: HTTP at the gateway. What stays unknown is asked again under the same key."""

import asyncio
import json
import random
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import aiohttp

from cli.rehearsal.journal import Exchange, Journal, Shown
from shared.clock import Clock

AT_ONCE = 100  # connections: a rush, as far as one machine can play one
TRIES = 40
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
RELOADS = 6  # of ten seconds each: what is undecided then stays so, and is a breach
AGAIN = frozenset({429, 502, 503, 504})  # nothing was decided, or nobody knows


class Unanswered(Exception):
    """A request that never got a definite answer, however often it was sent."""


class Client:
    """Speaks JSON and notes everything in the journal. Its ids come from the seed, so a run can be played again."""

    def __init__(self, url: str, journal: Journal, clock: Clock, chance: random.Random) -> None:
        self.url = url
        self.act = ""
        self._journal = journal
        self._clock = clock
        self._chance = chance
        timeout = aiohttp.ClientTimeout(total=30)
        self._session = aiohttp.ClientSession(
            url, connector=aiohttp.TCPConnector(limit=AT_ONCE), timeout=timeout, cookie_jar=aiohttp.DummyCookieJar()
        )

    async def close(self) -> None:
        await self._session.close()

    def fresh_id(self) -> str:
        """Sixteen bytes as a UUID, which a scan's id must look like."""
        digits = f"{self._chance.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        shown: Shown | None = None,
    ) -> Exchange:
        """Send it until the answer is definite; every try stands in the journal."""
        pause = FIRST_PAUSE
        for _ in range(TRIES):
            exchange = await self._try(method, path, body, token, key, headers or {}, shown)
            if exchange.status is not None and exchange.status not in AGAIN:
                return exchange
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        raise Unanswered(f"{method} {path} has no definite answer after {TRIES} tries")

    async def submit(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, key: str | None = None
    ) -> Exchange:
        """Ask until it is decided: a 202 is asked again under its key, as a person would reload the page."""
        key = key or self.fresh_id()
        exchange = await self.ask(method, path, body, token=token, key=key)
        for _ in range(RELOADS):
            if exchange.status != HTTPStatus.ACCEPTED:
                break
            exchange = await self.ask(method, path, body, token=token, key=key)
        return exchange

    async def _try(
        self,
        method: str,
        path: str,
        body: Any,
        token: str | None,
        key: str | None,
        headers: Mapping[str, str],
        shown: Shown | None,
    ) -> Exchange:
        request_id = self.fresh_id()
        sent = {"X-Request-Id": request_id, "Prefer": "wait=10", **headers}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if key is not None:
            sent["Idempotency-Key"] = key
        sent_at, started = self._clock.now(), time.monotonic()
        status, answer, returned = await self._send(method, path, body, sent)
        exchange = Exchange(
            id=request_id,
            act=self.act,
            method=method,
            path=path,
            sent_at=sent_at,
            answered_at=self._clock.now(),
            key=key,
            body=body,
            status=status,
            answer=answer,
            headers=returned,
            took=time.monotonic() - started,
            shown=shown,
        )
        self._journal.note(exchange)
        return exchange

    async def _send(
        self, method: str, path: str, body: Any, headers: Mapping[str, str]
    ) -> tuple[int | None, Any, dict[str, str]]:
        try:
            async with self._session.request(method, path, json=body, headers=headers, allow_redirects=False) as answer:
                content = await answer.read()
                return answer.status, _read(content), dict(answer.headers)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None, None, {}


def _read(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return content.decode(errors="replace")
