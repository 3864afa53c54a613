"""An application's life as a server leads it: started, used, ended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.types import ASGIApp


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
