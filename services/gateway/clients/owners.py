"""The services that own the data: where they listen, and one authenticated hop to them over kept connections."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from yarl import URL

from services.gateway.settings import GatewaySettings
from shared.access import Access, Actor
from shared.errors import Unavailable

KEEP_ALIVE = 4.0  # seconds; the services close an idle connection after five, so it is never taken up too late
CONNECTED_WITHIN = 0.5
REDIRECTS = False  # an owner's redirect is the caller's to follow


@dataclass(frozen=True, slots=True)
class Answer:
    """What an owner said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Owners:
    """One client session for all owners."""

    def __init__(self, settings: GatewaySettings, access: Access) -> None:
        self._urls = {
            "registration": settings.registration_url,
            "scheduling": settings.scheduling_url,
            "checkin": settings.checkin_url,
            "notifications": settings.notifications_url,
        }
        self._access = access
        self._patience = settings.patience
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def ask(
        self,
        owner: str,
        method: str,
        target: str,
        actor: Actor | None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        within: float | None = None,
        wait: float = 0,
    ) -> Answer:
        """Raises `Unavailable`; then something may have been done all the same."""
        async with self.reach(
            owner, method, target, actor, headers=headers, body=body, within=within, wait=wait
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    @asynccontextmanager
    async def reach(
        self,
        owner: str,
        method: str,
        target: str,
        actor: Actor | None,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        within: float | None = None,
        wait: float = 0,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The open response, for what is too large to hold. Raises `Unavailable`, also while it is being read.

        `within` so many seconds as a whole; without it, as long as the owner goes on answering, which it may put off
        for as long as the caller would `wait`.
        """
        caller = self._access.own_header("gateway") if actor is None else self._access.header(actor)
        silent = aiohttp.ClientTimeout(total=None, sock_connect=CONNECTED_WITHIN, sock_read=self._patience + wait)
        patience = silent if within is None else aiohttp.ClientTimeout(total=within)
        url = URL(self._urls[owner] + target, encoded=True)
        try:
            async with self._connected().request(
                method,
                url,
                headers={**(headers or {}), **caller},
                data=body,
                timeout=patience,
                allow_redirects=REDIRECTS,
            ) as response:
                yield response
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unavailable(f"{owner} does not answer: {type(error).__name__}") from error

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE)
            self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)
        return self._session
