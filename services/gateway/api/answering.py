"""How a submission is answered: decided, accepted but not yet decided, or refused; always with its key and address."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.reading import key_of
from shared.errors import Unavailable
from shared.http import RETRY_AFTER, Problem, problem_of
from shared.preferring import Preference
from shared.tokens import Manage

JSON = "application/json"


def json_response(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, dict(headers or {}), JSON)


def resource_response(status: int, content: Any, location: str, preference: Preference) -> Response:
    """A 201, 200 or 202 with the address of what it is about."""
    headers = {"Location": location}
    if preference.applied is not None:
        headers["Preference-Applied"] = preference.applied
    if status == HTTPStatus.ACCEPTED:
        headers["Retry-After"] = str(RETRY_AFTER)
    return json_response(status, content, headers)


async def keyed(request: Request, answer: Callable[[str], Awaitable[Response]]) -> Response:
    """Run `answer` under the request's key and say which it was; a key is worth most where the answer is "unknown"."""
    key = key_of(request)
    try:
        response = await answer(key)
    except (Problem, Unavailable) as error:
        problem = problem_of(error)
        problem.headers["Idempotency-Key"] = key
        raise problem from None
    response.headers["Idempotency-Key"] = key
    return response


def undecided(manage: Manage, accepted_at: str | None) -> dict[str, Any]:
    """The registration resource before its owner has decided: all that its own key says."""
    parts = [{"part": part, "mode": mode, "status": "received", "reason": None} for part, mode in manage.parts]
    return {
        "id": manage.registration_id,
        "gathering": manage.gathering_id,
        "accepted_at": accepted_at,
        "version": 0,
        "parts": parts,
    }
