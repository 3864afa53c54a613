"""Binding calls to functions: one Starlette route per path, ids checked by its pattern, methods told apart inside."""

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from fastapi import FastAPI
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

Endpoint = Callable[[Request], Awaitable[Response]]
Call = tuple[str, str, Endpoint]  # method, path, function


ID = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class _Pattern(Convertor[str]):
    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class _Id(_Pattern):
    regex = ID.pattern


class _Code(_Pattern):
    regex = r"[A-Za-z0-9._-]{1,2000}"


register_url_convertor("id", _Id())
register_url_convertor("code", _Code())


def mount(app: FastAPI, calls: Iterable[Call]) -> None:
    """In the order given: what is called most is found first."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for method, path, endpoint in calls:
        by_path.setdefault(path, {})[method] = endpoint
    for path, endpoints in by_path.items():
        app.add_route(_patterned(path), _told_apart(endpoints), sorted(endpoints), include_in_schema=False)


def _patterned(path: str) -> str:
    """`{g}` takes an id, `{code}` a code: whatever else stands there is no address at all."""
    return path.replace("{code}", "{code:code}").replace("}", ":id}").replace(":code:id}", ":code}")


def _told_apart(endpoints: dict[str, Endpoint]) -> Any:
    if len(endpoints) == 1:
        return next(iter(endpoints.values()))

    async def dispatch(request: Request) -> Response:
        return await endpoints["GET" if request.method == "HEAD" else request.method](request)

    return dispatch


class Shortcut:
    """Finds the hottest calls without the framework, whose way through costs as much as all that they do themselves."""

    def __init__(self, app: ASGIApp, calls: Iterable[Call]) -> None:
        self._app = app
        self._calls = [(method, compile_path(_patterned(path))[0], endpoint) for method, path, endpoint in calls]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for method, pattern, endpoint in self._calls:
                if method == scope["method"] and (found := pattern.match(scope["path"])):
                    scope["path_params"] = found.groupdict()
                    response = await endpoint(Request(scope, receive))
                    await response(scope, receive, send)
                    return
        await self._app(scope, receive, send)
