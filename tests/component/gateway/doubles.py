"""Doubles around the gateway: a broker that says what it is told, and owners on a real port that remember calls."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from services.gateway.clients.replies import Replies
from services.gateway.settings import GatewaySettings
from shared.access import HEADER, Access, Actor
from shared.clock import Clock
from shared.errors import Unavailable
from shared.kafka import Producer
from shared.messages import Message
from shared.messages.envelope import REQUEST_ID, Received, Wire, decode
from shared.tokens import Tokens


@dataclass
class Record:
    topic: str
    key: bytes | None
    value: bytes | None
    headers: Iterable[tuple[str, bytes | None]]
    partition: int = 0
    offset: int = 0


Decide = Callable[[Received[Message]], tuple[int, dict[str, Any]] | None]


class FakeReplies(Replies):
    """Replies are handed over by the fake producer."""

    async def run(self) -> None:
        self.wrong = None


class FakeProducer(Producer):
    """Appends to a list; an owner behind it may decide at once."""

    def __init__(self, settings: GatewaySettings, replies: Replies) -> None:
        super().__init__(settings)
        self.replies = replies
        self.log: list[Received[Message]] = []
        self.decide: Decide = lambda _: None
        self.away = False

    async def ping(self) -> None:
        if self.away:
            raise Unavailable("the broker is away")

    async def stop(self) -> None:
        pass

    async def append(self, wires: Sequence[Wire], *, within: float, partition: int | None = None) -> None:
        assert within > 0
        assert partition is None
        if self.away:
            raise Unavailable("the broker is away")
        for wire in wires:
            received = decode(Record(wire.topic, wire.key.encode(), wire.value, wire.kafka_headers))
            self.log.append(received)
            decided = self.decide(received)
            if decided is not None and received.reply_to is not None:
                value = orjson.dumps({"status": decided[0], "body": decided[1]})
                header = (REQUEST_ID, received.reply_to.request_id.encode())
                self.replies.take(Record("gateway-replies", None, value, [header]))


@dataclass
class Called:
    method: str
    target: str
    actor: Actor
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, Any]


@dataclass
class Owners:
    """All four owners on one port. What has no answer set is not there: 404."""

    access: Access
    answers: dict[tuple[str, str], Answer | web.Response] = field(default_factory=dict)
    calls: list[Called] = field(default_factory=list)
    url: str = ""
    dies_after_its_first_chunk: bool = False

    def says(self, method: str, path: str, status: int, content: Any) -> None:
        self.answers[method, path] = (status, content)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        actor = self._actor(request)
        called = Called(
            request.method,
            request.path_qs,
            actor,
            {name.lower(): value for name, value in request.headers.items()},
            body,
        )
        self.calls.append(called)
        answer = self.answers.get((request.method, request.path), (404, {"type": "/problems/not-found"}))
        if isinstance(answer, web.Response):
            return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
        status, content = answer
        if isinstance(content, bytes) and self.dies_after_its_first_chunk:
            return await _cut(request, content)
        if isinstance(content, bytes):
            return web.Response(status=status, body=content, content_type="application/x-ndjson")
        kind = "application/json" if status < 400 else "application/problem+json"
        return web.Response(status=status, body=orjson.dumps(content), content_type=kind)

    def _actor(self, request: web.Request) -> Actor:
        claims = self.access._tokens.read_service(request.headers[HEADER], Clock().wall())
        given = claims["actor"]
        return Actor(**given | {"gatherings": tuple(given["gatherings"])})

    def forwarded(self) -> list[Called]:
        """Without the gateway's own questions."""
        return [called for called in self.calls if called.actor.role != "service"]


async def _cut(request: web.Request, content: bytes) -> web.StreamResponse:
    """As a process ends that is killed: what it said so far, and no last chunk."""
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(content)
    assert request.transport is not None
    request.transport.close()
    return response


def owners_for(tokens: Tokens) -> Owners:
    return Owners(Access(tokens, Clock()))
