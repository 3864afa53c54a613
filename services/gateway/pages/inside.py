"""The pages' way in: the programming interface's own functions, called in this process with the reader's own key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message

from services.gateway.api.mounting import ID, Call
from shared.errors import Unavailable
from shared.http import Problem, not_found, request_id_of

JSON = b"application/json"


@dataclass(frozen=True, slots=True)
class Said:
    """What the interface answered: what was asked for, or a problem and its `kind`."""

    status: int
    content: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return self.status < HTTPStatus.BAD_REQUEST

    @property
    def kind(self) -> str:
        return str(self.content.get("type", "")).rpartition("/")[2]

    @property
    def detail(self) -> str:
        return str(self.content.get("detail", ""))


class Inside:
    """A page can do nothing that its reader could not do by hand, and is refused in the same words."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._endpoints = {(method, path): endpoint for method, path, endpoint in calls}

    def reader(self, request: Request, token: str | None) -> "Reader":
        return Reader(self, request, token)

    async def call(self, method: str, path: str, given: Request) -> Response:
        return await self._endpoints[method, path](given)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever looks at a page, and the key they hold."""

    inside: Inside
    request: Request
    token: str | None

    async def get(self, path: str, /, query: str = "", **ids: str) -> Said:
        return await self.say("GET", path, None, key=None, query=query, headers=None, **ids)

    async def say(
        self,
        method: str,
        path: str,
        /,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        **ids: str,
    ) -> Said:
        """`path` as the interface names it, `{g}` and the like filled in from `ids`."""
        try:
            response = await self.fetch(method, path, body, key=key, query=query, headers=headers, **ids)
        except Problem as problem:
            return Said(problem.status, problem.body())
        except Unavailable:
            return Said(HTTPStatus.SERVICE_UNAVAILABLE, {"type": "/problems/unavailable"})
        content = orjson.loads(response.body) if response.body else {}
        return Said(response.status_code, content)

    async def fetch(
        self,
        method: str,
        path: str,
        /,
        body: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        **ids: str,
    ) -> Response:
        """The answer as it is, for what is no JSON; raises what the function raises.

        A form may have named some of `ids`: what can be none is as little an address here as it is at the edge.
        """
        if not all(map(ID.fullmatch, ids.values())):
            raise not_found()
        sent = b"" if body is None else orjson.dumps(body)
        named = dict(headers or {})
        if self.token is not None:
            named["authorization"] = f"Bearer {self.token}"
        if key is not None:
            named["idempotency-key"] = key
        raw = [(name.encode(), value.encode("latin-1")) for name, value in named.items()]
        scope: dict[str, Any] = dict(self.request.scope) | {
            "method": method,
            "path": _filled(path, ids),
            "path_params": ids,
            "query_string": query.encode(),
            "headers": [*raw, (b"content-type", JSON), (b"accept", b"*/*")],
            "state": {"request_id": request_id_of(self.request)},
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": sent, "more_body": False}

        return await self.inside.call(method, path, Request(scope, receive))


def _filled(path: str, ids: Mapping[str, str]) -> str:
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    return path
