"""Reading a request: the body within a time limit, the key; and answering for an owner."""

import asyncio
import re
from typing import Any

from starlette.requests import Request

from services.gateway.clients.replies import Reply
from shared.clock import random_id
from shared.http import Problem, idempotency_mismatch, parse_json, require_json

BODY_WITHIN = 15.0  # seconds
KEY = re.compile(r"[!-~]{16,255}", re.ASCII)
QUERY = re.compile(r"[!-~]*", re.ASCII)
OWN_FIELDS = frozenset({"type", "title", "status", "detail", "kind"})


async def body_of(request: Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_WITHIN):
            return await request.body()
    except TimeoutError:
        raise Problem(408, "too-slow", f"Send the whole body within {BODY_WITHIN:.0f} seconds.") from None


async def json_of(request: Request) -> Any:
    require_json(request)
    return parse_json(await body_of(request))


async def json_or_nothing(request: Request) -> Any:
    """The same where an empty body says as much as `{}`: the address says it all."""
    return await json_of(request) if await body_of(request) else {}


def key_of(request: Request) -> str:
    """The Idempotency-Key, opaque to us; one is made up where none is sent, and returned."""
    given = request.headers.getlist("idempotency-key")
    if not given:
        return random_id()
    if len(given) > 1 or not KEY.fullmatch(given[0]):
        raise Problem(400, "invalid-idempotency-key", "Send one Idempotency-Key of 16 to 255 printable characters.")
    return given[0]


def target_of(request: Request) -> str:
    """The path as it was matched, and the query as it was sent."""
    query = request.scope["query_string"].decode("latin-1")
    if not QUERY.fullmatch(query):
        raise Problem(400, "bad-request", "Percent-encode the query.")
    path: str = request.scope["path"]
    return f"{path}?{query}" if query else path


def refusal(reply: Reply) -> Problem:
    """An owner's reply that is not a success, as a problem."""
    if reply.status == 422:  # noqa: PLR2004  whatever it says: it may be about somebody else's submission
        return idempotency_mismatch()
    body = reply.body
    kind = str(body.get("kind") or str(body.get("type", "")).rpartition("/")[2] or body.get("reason") or "refused")
    detail = str(body.get("detail") or "This could not be done as things stand: see the other fields.")
    return Problem(reply.status, kind, detail, **{k: v for k, v in body.items() if k not in OWN_FIELDS})
