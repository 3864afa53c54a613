"""An application's life as a server leads it: started, used, ended."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp

NOTHING: Mapping[str, str] = {}


@asynccontextmanager
async def lifespan(app: ASGIApp) -> AsyncIterator[None]:
    told: asyncio.Queue[Any] = asyncio.Queue()
    says: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.ensure_future(app({"type": "lifespan", "state": {}}, told.get, says.put))
    await told.put({"type": "lifespan.startup"})
    started = await says.get()
    assert started["type"] == "lifespan.startup.complete", started
    try:
        yield
    finally:
        await told.put({"type": "lifespan.shutdown"})
        await life


async def cut_short(app: ASGIApp, method: str, path: str, headers: Mapping[str, str] = NOTHING) -> int:
    """Somebody begins to send JSON and goes away; the status that nobody hears any more."""
    pieces = [{"type": "http.request", "body": b'{"name": ', "more_body": True}, {"type": "http.disconnect"}]
    said: list[Any] = []

    async def receive() -> Any:
        return pieces.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    sent = {"content-type": "application/json"} | dict(headers)
    raw = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": raw}
    await app(scope, receive, send)
    status: int = said[0]["status"]
    return status
