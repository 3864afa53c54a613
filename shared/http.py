"""What every HTTP face of Foyer does alike: problems (RFC 9457), a strict body reader, limits, request ids."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import clock
from shared.errors import LostRace, Unavailable
from shared.telemetry import get_logger

log = get_logger(__name__)

PROBLEM = "application/problem+json"
MAX_BODY = 256 * 1024
MAX_DEPTH = 32
MAX_HEADERS = 64
MAX_HEADER_BYTES = 16 * 1024
RETRY_AFTER = 1  # seconds
INTERNAL = 500
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
ENUM_VALUE = re.compile(r"<\w+\.\w+: ('[^']*')>")  # as Python shows one


class Problem(Exception):
    """An answer that is not a success. `detail` says what to do; it never repeats what was sent."""

    def __init__(
        self, status: int, kind: str, detail: str, *, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> None:
        super().__init__(kind)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    def body(self) -> dict[str, Any]:
        title = self.kind.replace("-", " ").capitalize()
        about = {"type": f"/problems/{self.kind}", "title": title, "status": self.status, "detail": self.detail}
        return about | self.extra

    def response(self) -> Response:
        return Response(orjson.dumps(self.body()), self.status, self.headers, PROBLEM)


def not_found() -> Problem:
    """The same for what does not exist and for what is somebody else's."""
    return Problem(404, "not-found", "Nothing is here, or it is not yours: check the address and the token.")


def idempotency_mismatch() -> Problem:
    detail = "This Idempotency-Key was used with another body: send the same body, or take a new key."
    return Problem(422, "idempotency-mismatch", detail)


def unavailable(kind: str, detail: str) -> Problem:
    return Problem(503, kind, detail, headers={"Retry-After": str(RETRY_AFTER)})


class Body(BaseModel):
    """Base of every request body: a field that is not in the contract is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


B = TypeVar("B", bound=BaseModel)


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("duplicate key")
    return content


def parse_json(raw: bytes) -> Any:
    """JSON as RFC 8259 means it: UTF-8, finite numbers, each key once, no lone surrogate, depth at most 32."""
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _depth(raw) > MAX_DEPTH:
        raise Problem(400, "invalid-json", f"The body is nested deeper than {MAX_DEPTH} levels: flatten it.")
    try:
        content = orjson.loads(raw)
        if raw.count(b":") != _keys(content):  # orjson lets a key stand twice: then there are more colons than keys
            json.loads(raw, object_pairs_hook=_refuse_duplicates)
    except (ValueError, RecursionError) as error:
        why = "has a key twice" if str(error) == "duplicate key" else "is not valid JSON in UTF-8"
        raise Problem(400, "invalid-json", f"The body {why}: correct it and send it again.") from None
    return content


def _keys(content: Any) -> int:
    """How many keys there are, at all depths."""
    if isinstance(content, dict):
        return len(content) + sum(map(_keys, content.values()))
    return sum(map(_keys, content)) if isinstance(content, list) else 0


def _depth(raw: bytes) -> int:
    depth = deepest = 0
    text = False
    escaped = False
    for byte in raw:
        if text:
            text = escaped or byte != ord('"')
            escaped = not escaped and byte == ord("\\")
        elif byte == ord('"'):
            text = True
        elif byte in b"{[":
            deepest = max(deepest, depth := depth + 1)
        elif byte in b"}]":
            depth -= 1
    return deepest


def require_json(request: Request) -> None:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Problem(415, "unsupported-media-type", "Send the body as `Content-Type: application/json`.")
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(415, "unsupported-encoding", "Send the body without Content-Encoding.")


async def read_json(request: Request, model: type[B]) -> B:
    """The request's body as `model`; a `Problem` of 400, 413, 415 or 422 says what is wrong and where."""
    require_json(request)
    return as_model(parse_json(await request.body()), model)


async def read_json_or_nothing(request: Request, model: type[B]) -> B:
    """The same where an empty body says as much as `{}`."""
    return await read_json(request, model) if await request.body() else as_model({}, model)


def as_model(content: Any, model: type[B]) -> B:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise invalid(error.errors(include_url=False, include_input=False, include_context=False)) from None


def invalid(errors: Sequence[Any]) -> Problem:
    """422 with a JSON pointer to each fault. What was sent is not echoed: it may be personal."""
    found = [
        {"pointer": pointer(_place(error["loc"])), "detail": _detail(error["msg"])}
        for error in errors
        if not _follows(error, errors)
    ]
    return Problem(422, "invalid-request", "Correct the fields named in `errors` and send it again.", errors=found)


def _detail(message: str) -> str:
    return ENUM_VALUE.sub(r"\1", message).removeprefix("Value error, ")


def _follows(error: Mapping[str, Any], errors: Sequence[Any]) -> bool:
    """A list whose entries are refused is called too short as well."""
    if error.get("type") != "too_short":
        return False
    place, others = tuple(error["loc"]), (tuple(one["loc"]) for one in errors)
    return any(len(one) > len(place) and one[: len(place)] == place for one in others)


def _place(location: Sequence[int | str]) -> Sequence[int | str]:
    """Of a key that is wrong, what holds it: the key itself is what was sent."""
    return location[:-2] if location and location[-1] == "[key]" else location


def pointer(location: Sequence[int | str]) -> str:
    """RFC 6901."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in location)


def request_id_of(request: Request) -> str:
    """As the gate took it from the caller, or made it up."""
    request_id: str = request.scope["state"]["request_id"]
    return request_id


class Gate:
    """The outermost layer: a request id on every answer, limits on what comes in, and no traceback ever."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        request_id = _request_id(headers)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def tagged(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message.setdefault("headers", []).append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            _check_headers(headers)
            await self.app(scope, _limited(receive), tagged)
        except Exception as error:
            problem = problem_of(error)
            if problem.status == INTERNAL:
                log.exception("unhandled", path=scope["path"], request_id=request_id)
            if started:
                raise
            await problem.response()(scope, receive, tagged)


def problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case Unavailable():
            log.warning("unavailable", reason=str(error))
            return unavailable("unavailable", "A part of Foyer is away for a moment: try again shortly.")
        case ClientDisconnect():  # nobody reads this answer, and nothing is amiss on our side
            return Problem(400, "cut-short", "The body ended early: send it again.")
        case LostRace():
            return unavailable("busy", "Others were writing to the same gathering: try again.")
        case _:
            detail = "Something failed on our side; nothing is lost if you send it again with its key."
            return Problem(INTERNAL, "internal", detail)


def _request_id(headers: Sequence[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name == b"x-request-id" and REQUEST_ID.fullmatch(given := value.decode("latin-1")):
            return given
    return clock.random_id()


def _check_headers(headers: Sequence[tuple[bytes, bytes]]) -> None:
    size = sum(len(name) + len(value) for name, value in headers)
    if len(headers) > MAX_HEADERS or size > MAX_HEADER_BYTES:
        raise Problem(431, "headers-too-large", f"Send at most {MAX_HEADERS} headers and {MAX_HEADER_BYTES} bytes.")
    for name, value in headers:
        if name == b"content-length" and (not value.isdigit() or int(value) > MAX_BODY):
            raise too_large()


def too_large() -> Problem:
    return Problem(413, "too-large", f"The body may have at most {MAX_BODY // 1024} KiB: send less.")


def _limited(receive: Receive) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > MAX_BODY:
            raise too_large()
        return message

    return counted


def install(app: FastAPI) -> None:
    """Make every error of `app`, its framework's own included, a problem."""
    speak_problems(app)
    app.add_middleware(Gate)


def speak_problems(app: FastAPI) -> None:
    """Where the framework would answer by itself."""

    async def on_error(_: Request, error: Exception) -> Response:
        return problem_of(error).response()

    async def on_invalid(_: Request, error: Exception) -> Response:
        errors = error.errors() if isinstance(error, RequestValidationError) else []
        return invalid([one | {"loc": one["loc"][1:]} for one in errors]).response()

    async def on_http(_: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        if error.status_code == 404:  # noqa: PLR2004
            return not_found().response()
        kind = {400: "bad-request", 405: "method-not-allowed"}.get(error.status_code, "refused")
        detail = {405: "This address does not take that method: see the `Allow` header."}.get(
            error.status_code, "The request could not be read: check it and send it again."
        )
        return Problem(error.status_code, kind, detail, headers=error.headers).response()

    for error in (Problem, Unavailable, LostRace, ClientDisconnect, Exception):
        app.add_exception_handler(error, on_error)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
