"""Whether a process lives, and whether it can work: for supervisors, not for the public edge."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import orjson
from fastapi import FastAPI, Request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from shared.telemetry import get_logger

log = get_logger(__name__)

PATIENCE = 4.0  # seconds for an answer; what takes longer is as good as away
ASK_EVERY, ASK_AGAIN = 2.0, 0.5  # while it answers, and while it does not

Check = Callable[[], str | None]  # what is wrong, or nothing
Measure = Callable[[], Awaitable[None]]


class Probe:
    """Asks for something that is needed, again and again: an idle process would not notice that it has gone."""

    def __init__(self, what: str, ask: Callable[[], Awaitable[None]]) -> None:
        self.wrong: str | None = f"{what} has not been reached yet"
        self._what = what
        self._ask = ask

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(ASK_EVERY if self.wrong is None else ASK_AGAIN)

    async def look(self) -> None:
        before = self.wrong
        try:
            async with asyncio.timeout(PATIENCE):
                await self._ask()
            self.wrong = None
        except Exception as error:  # whatever it is, it cannot be worked with  # noqa: BLE001
            self.wrong = f"{self._what} is away: {str(error) or type(error).__name__}"
        if self.wrong is not None and before is None:
            log.warning("not ready", reason=self.wrong)

    def __call__(self) -> str | None:
        return self.wrong


def install(app: FastAPI, *, ready: Sequence[Check], measure: Measure | None = None) -> None:
    """`/livez` answers as long as there is a process; `/readyz` says what keeps it from its work, if anything.

    `measure` is done when somebody reads `/metrics`: for what costs something to know, and is nobody's work to count.
    """

    async def livez(_: Request) -> Response:
        return _verdict(())

    async def readyz(_: Request) -> Response:
        return _verdict(ready)

    async def metrics(_: Request) -> Response:
        if measure is not None:
            await measure()
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    app.add_route("/livez", livez)
    app.add_route("/readyz", readyz)
    app.add_route("/metrics", metrics)


def _verdict(checks: Sequence[Check]) -> Response:
    wrong = [found for check in checks if (found := check()) is not None]
    content = {"status": "red" if wrong else "green", "wrong": wrong}
    return Response(orjson.dumps(content), 503 if wrong else 200, media_type="application/json")
