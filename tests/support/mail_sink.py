"""A mail server on this machine that answers as a test tells it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """A server that answers as it is told and remembers what it took."""

    port: int = 0
    at_recipient: str = "250 OK"
    at_data: str = "250 OK"
    greeting: str | None = None
    silent: bool = False  # takes the mail, and the line is cut before its 250
    hang: asyncio.Event | None = None
    taken: list[str] = field(default_factory=list)
    connections: int = 0
    open_at_once: int = 0
    _open: int = 0
    _server: asyncio.Server | None = None

    async def handle_RCPT(self, *said: Any) -> str:  # noqa: N802  aiosmtpd's name
        _, _, envelope, address, _ = said
        if self.at_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.at_recipient

    async def handle_DATA(self, server: Any, _: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hang is not None:
            await self.hang.wait()
        if self.at_data.startswith("250"):
            content = envelope.content
            self.taken.append(content.decode() if isinstance(content, bytes) else str(content))
        if self.silent:
            server.transport.abort()
        return self.at_data

    async def start(self, port: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Line(self, loop), "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def opened(self) -> None:
        self.connections += 1
        self._open += 1
        self.open_at_once = max(self.open_at_once, self._open)

    def closed(self) -> None:
        self._open -= 1


class _Line(SMTP):
    def __init__(self, sink: Sink, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(sink, hostname="sink", loop=loop, enable_SMTPUTF8=False)
        self._sink = sink

    def connection_made(self, transport: Any) -> None:
        self._sink.opened()
        if self._sink.greeting is not None:
            transport.write(f"{self._sink.greeting}\r\n".encode())
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._sink.closed()
        if self._sink.greeting is None:
            super().connection_lost(error)
