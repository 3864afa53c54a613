"""Whether a process lives, and whether it can work: for supervisors, not for the public edge."""

from collections.abc import Callable, Sequence

import orjson
from fastapi import FastAPI, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

Check = Callable[[], str | None]  # what is wrong, or nothing


def install(app: FastAPI, *, alive: Sequence[Check] = (), ready: Sequence[Check] = ()) -> None:
    """`/livez` turns red only for what a restart mends; `/readyz` also when something needed is away."""

    async def livez(_: Request) -> Response:
        return _verdict(alive)

    async def readyz(_: Request) -> Response:
        return _verdict([*alive, *ready])

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    app.add_route("/livez", livez)
    app.add_route("/readyz", readyz)
    app.add_route("/metrics", metrics)


def _verdict(checks: Sequence[Check]) -> Response:
    wrong = [found for check in checks if (found := check()) is not None]
    content = {"status": "red" if wrong else "green", "wrong": wrong}
    return Response(orjson.dumps(content), 503 if wrong else 200, media_type="application/json")
