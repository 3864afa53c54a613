"""Everything about a gathering, or about a person, from all services that own a part of it: whole, or 503."""

import tempfile
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import IO, Any

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.gateway.api.answering import json_response
from services.gateway.api.callers import Callers, actor_of
from services.gateway.api.forwarding import Forwarding
from services.gateway.api.routes import ORGANISER, Owner
from services.gateway.clients.gatherings import Gatherings
from services.gateway.clients.owners import Owners
from shared.errors import Unavailable
from shared.http import Problem
from shared.tokens import Role

LINES = "application/x-ndjson"
IN_MEMORY = 4 * 1024 * 1024
CHUNK = 256 * 1024


class Export:
    """Collected before the first byte is sent, so that a service which fails half-way is a 503 and not a short file.

    Each part is known to be whole by its transport: a cut chunked answer is an error, and the last line must end.
    """

    def __init__(
        self, callers: Callers, gatherings: Gatherings, owners: Owners, forwarding: Forwarding, patience: float
    ) -> None:
        self._callers = callers
        self._gatherings = gatherings
        self._owners = owners
        self._forwarding = forwarding
        self._patience = patience

    async def export(self, request: Request) -> Response:
        staff = self._callers.staff_with(request, ORGANISER)
        personal = _flag(request)
        if personal and staff.role not in {Role.ORGANISER, Role.ADMIN}:
            raise Problem(403, "role-too-small", "Personal data takes the role organiser.")
        await self._gatherings.must_not_be_unknown(request.path_params["g"])
        target = f"/internal/export?gathering={request.path_params['g']}" + ("&personal=true" if personal else "")
        collected = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed when it has been sent
        try:
            for owner in Owner:
                await self._collect(owner, target, collected)
        except BaseException:
            collected.close()
            raise
        size = collected.tell()
        collected.seek(0)
        disposition = f'attachment; filename="{request.path_params["g"]}.jsonl"'
        headers = {"Content-Length": str(size), "Content-Disposition": disposition}
        return StreamingResponse(_sent(collected), HTTPStatus.OK, headers, LINES)

    async def person(self, request: Request) -> Response:
        """First from who knows whether there is such a person, and who may ask."""
        staff = self._callers.staff_with(request, ORGANISER)
        own = await self._forwarding.pass_on(request, Owner.REGISTRATION, actor_of(staff))
        if own.status_code != HTTPStatus.OK:
            return own
        held: dict[str, Any] = orjson.loads(own.body)
        target = f"/internal/people/{held['id']}?gathering={held['gathering']}"
        for owner in (Owner.SCHEDULING, Owner.CHECKIN, Owner.NOTIFICATIONS):
            answer = await self._owners.ask(owner, "GET", target, None)
            if answer.status != HTTPStatus.OK:
                raise Unavailable(f"{owner} answered {answer.status} to an export")
            held |= answer.json()
        return json_response(HTTPStatus.OK, held, {"Cache-Control": "no-store"})

    async def _collect(self, owner: Owner, target: str, into: IO[bytes]) -> None:
        last = b"\n"
        async with self._owners.reach(owner, "GET", target, None, within=self._patience) as response:
            if response.status != HTTPStatus.OK:
                raise Unavailable(f"{owner} answered {response.status} to an export")
            async for chunk in response.content.iter_chunked(CHUNK):
                await run_in_threadpool(into.write, chunk)
                last = chunk
        if not last.endswith(b"\n"):
            raise Unavailable(f"the export of {owner} ends within a line")


async def _sent(collected: IO[bytes]) -> AsyncIterator[bytes]:
    with collected:
        while chunk := await run_in_threadpool(collected.read, CHUNK):
            yield chunk


def _flag(request: Request) -> bool:
    given = request.query_params.getlist("personal")
    if given and (len(given) > 1 or given[0] not in {"true", "false"}):
        error = {"pointer": "/personal", "detail": "is true or false"}
        raise Problem(422, "invalid-request", "Correct the parameters named in `errors`.", errors=[error])
    return given == ["true"]
