"""The door call: who stands there, what is shown, and the verdict."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import Field, StrictBool, StringConstraints, model_validator
from starlette.responses import Response

from services.checkin.api.parts import Parts
from services.checkin.credentials import Reason
from services.checkin.domain import Gathering, Refusal, Scan, ScanReusedError
from services.checkin.doors import Answer
from services.checkin.proofs import Attested, Certificate, Judged
from services.checkin.tickets import ForgedError, UnknownError
from shared.access import Actor
from shared.clock import timestamp
from shared.http import Body, Problem, as_model, parse_json, read_json, request_id_of, require_json
from shared.text import Id, Line
from shared.tokens import Role

JSON = "application/json"
UPLOAD_AT_MOST = 200
OLDEST = datetime(1970, 1, 2, tzinfo=UTC)  # before that a device has lost its clock
AHEAD_AT_MOST = timedelta(minutes=5)  # a device's clock; further ahead it is wrong, and is not believed

# Not stripped: a ticket has one spelling.
Code = Annotated[str, StringConstraints(strip_whitespace=False, max_length=5000)]


class DoorCall(Body):
    """One scan."""

    door: Id
    scan_id: UUID
    ticket: Code | None = Field(default=None, repr=False)
    registration_id: Annotated[str, StringConstraints(max_length=100)] | None = None
    scanned_at: Annotated[str, StringConstraints(max_length=64)] | None = None
    device: Line | None = None
    presented: dict[Id, StrictBool | Certificate | Attested | None] | None = Field(
        default=None, max_length=20, repr=False
    )
    override: Line | None = None

    @model_validator(mode="after")
    def names_one(self) -> Self:
        if (self.ticket is None) == (self.registration_id is None):
            raise ValueError("name either a `ticket` or a `registration_id`")
        return self


class Upload(Body):
    """The log of a device that was offline: its scans, in its own order."""

    device: Line | None = None
    scans: tuple[DoorCall, ...] = Field(max_length=UPLOAD_AT_MOST)


def routes(parts: Parts) -> APIRouter:
    router = APIRouter()
    Caller = Annotated[Actor, Depends(parts.access.caller)]  # noqa: N806 - a type

    async def check_in(request: Request) -> Response:
        actor = parts.access.actor(request)
        gathering = await _open_to(parts, request.path_params["gathering_id"], actor)
        call = await read_json(request, DoorCall)
        return _json(await _answer(parts, gathering, call, actor, request_id_of(request)))

    # the call of a rush: what FastAPI does for a route's parameters is two thirds of its way there
    router.add_route("/v1/gatherings/{gathering_id}/check-ins", check_in, methods=["POST"])

    @router.post("/v1/gatherings/{gathering_id}/check-ins/batch")
    async def upload(gathering_id: str, request: Request, actor: Caller) -> Response:
        gathering = await _open_to(parts, gathering_id, actor)
        require_json(request)
        log = as_model(parse_json(await request.body()), Upload)
        known = {door.door for door in gathering.definition.doors}
        if unknown := [f"/scans/{at}/door" for at, call in enumerate(log.scans) if call.door not in known]:
            raise _no_door(*unknown)
        results = []
        for call in log.scans:  # one after another: the device's order is what happened
            asked = request_id_of(request)
            answer = await _answer(parts, gathering, call, actor, asked, offline=True, device=log.device)
            results.append({"scan_id": str(call.scan_id)} | answer)
        return _json({"results": results})

    return router


async def _open_to(parts: Parts, gathering_id: str, actor: Actor) -> Gathering:
    actor.must_be(Role.DOOR, Role.ORGANISER)
    return await parts.gathering(gathering_id, actor)


async def _answer(
    parts: Parts,
    gathering: Gathering,
    call: DoorCall,
    actor: Actor,
    request_id: str,
    *,
    offline: bool = False,
    device: str | None = None,
) -> dict[str, Any]:
    door = next((door for door in gathering.definition.doors if door.door == call.door), None)
    if door is None:
        raise _no_door("/door")
    at = _server_time(parts) if not offline else _device_time(parts, call)
    judged = parts.proofs.judge(door, call.presented or {}, gathering.definition, at)
    scan = _scan(parts, gathering, call, actor, at, judged, offline=offline, device=device)
    try:
        answer = await parts.doors.scan(scan, gathering, door, request_id)
    except ScanReusedError:
        detail = "This scan_id was used for another ticket or door: send a new one."
        raise Problem(422, "scan-id-reused", detail) from None
    return await _shown(answer, judged)


def _no_door(*pointers: str) -> Problem:
    detail = "There is no door of this name: see the definition."
    errors = [{"pointer": pointer, "detail": detail} for pointer in pointers]
    return Problem(422, "invalid-request", "Correct the fields named in `errors` and send it again.", errors=errors)


def _server_time(parts: Parts) -> datetime:
    now = parts.clock.now()  # to the millisecond, as it is stored: a repeat must read the same
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def _device_time(parts: Parts, call: DoorCall) -> datetime:
    """An upload is judged by when it happened; a time that cannot be, or is still to come, is the server's."""
    now = _server_time(parts)
    try:
        said = datetime.fromisoformat(call.scanned_at or "")
        at = said.replace(microsecond=said.microsecond // 1000 * 1000).astimezone(UTC)
    except (ValueError, OverflowError):  # its offset may put it outside all years
        return now
    return at if said.tzinfo is not None and OLDEST <= at <= now + AHEAD_AT_MOST else now


def _scan(
    parts: Parts,
    gathering: Gathering,
    call: DoorCall,
    actor: Actor,
    at: datetime,
    judged: Judged,
    *,
    offline: bool,
    device: str | None,
) -> Scan:
    gathering_id = gathering.definition.gathering
    number, unread = _read(parts, gathering_id, call.ticket)
    asked = (gathering_id, call.door, call.ticket or "", call.registration_id or "")
    return Scan(
        scan_id=str(call.scan_id),
        gathering_id=gathering_id,
        door=call.door,
        digest=parts.tokens.identity("scan", *asked),
        at=at,
        controller_id=actor.subject,
        role=actor.role,
        number=number,
        registration_id=call.registration_id,
        unread=unread,
        device=call.device or device,
        scanned_at=call.scanned_at,
        shown=judged.shown,
        override=call.override,
        offline=offline,
    )


def _read(parts: Parts, gathering_id: str, ticket: str | None) -> tuple[str | None, Refusal | None]:
    if ticket is None:
        return None, None
    try:
        return parts.press.read(ticket, gathering_id), None
    except ForgedError:
        return None, Refusal.FORGED
    except UnknownError:
        return None, Refusal.UNKNOWN_TICKET


async def _shown(answer: Answer, judged: Judged) -> dict[str, Any]:
    admission, attendee = answer.admission, None
    if answer.ticket is not None and answer.name is not None:
        attendee = {"name": await answer.name, "delegation": answer.ticket.delegation}
    first = admission.first_admitted_at
    return {
        "outcome": admission.outcome,
        "reason": admission.reason,
        "first_admitted_at": None if first is None else timestamp(first),
        "attendee": attendee,
        "requirements": [
            {"requirement_id": result.requirement_id, "satisfied": result.satisfied, "method": result.method}
            | _why(judged.reasons.get(result.requirement_id), satisfied=result.satisfied)
            for result in admission.requirements
        ],
    }


def _why(reason: Reason | None, *, satisfied: bool) -> dict[str, str]:
    """Tell the person at the door why a certificate was refused; of this call, and never stored."""
    return {} if reason is None or satisfied else {"reason": reason}


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type=JSON, headers={"Cache-Control": "no-store"})
