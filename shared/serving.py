"""Running an app as a process: served until told to stop, and what is in hand is finished first."""

import asyncio
import ctypes
import gc
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from shared import telemetry
from shared.settings import Settings

LOADED_AFTER = 15.0  # seconds, when the broker and the database have been reached as well


class Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        asyncio.get_running_loop().call_later(LOADED_AFTER, _give_back)


def serve(name: str, settings: Settings, create_app: Callable[[], ASGIApp], **options: Any) -> None:
    """Run until told to stop. `options` are uvicorn's, where a process differs from the others."""
    telemetry.configure(name, settings.log_level)
    gc.set_threshold(20_000, 50, 100)  # what a request or a batch leaves behind holds no cycles to look for
    config = uvicorn.Config(
        create_app(),
        host=settings.http_host,
        port=settings.http_port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
        server_header=False,
        **options,
    )
    server = Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(1)


def _give_back() -> None:
    """What is loaded stays, so nobody need look at it again; what only loading needed goes back to the system."""
    gc.collect()
    gc.freeze()
    with suppress(AttributeError):  # a C library that knows no such thing
        ctypes.CDLL(None).malloc_trim(0)
