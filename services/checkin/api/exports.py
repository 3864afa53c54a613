"""What an outside checker reads: each scan as an admission and as an act of staff, and who attended what."""

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.checkin.api.parts import Parts
from services.checkin.domain import Admission, Ticket
from shared.access import Actor
from shared.clock import timestamp

LINES = "application/x-ndjson"


def routes(parts: Parts) -> APIRouter:
    router = APIRouter()

    @router.get("/internal/export")
    async def export(
        gathering: str,
        _: Annotated[Actor, Depends(parts.access.colleague)],
        personal: bool = False,  # noqa: FBT001, FBT002 - a query parameter
    ) -> Response:
        """Whole or not at all: it is read to its end before the first byte goes out."""
        lines = [
            orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
            async for admission in parts.store.admissions(gathering)
            for line in _lines(admission, personal=personal)
        ]
        lines += [
            orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
            async for ticket in parts.store.attending(gathering)
            for line in attendance(ticket)
        ]
        return Response(b"".join(lines), media_type=LINES)

    @router.get("/internal/people/{registration_id}")
    async def person(registration_id: str, _: Annotated[Actor, Depends(parts.access.internal)]) -> Response:
        held = (await parts.store.tickets([registration_id])).get(registration_id)
        number = held.number() if held is not None else None
        content = {
            "ticket": parts.press.print(held.gathering_id, number) if held is not None and number is not None else None,
            "admissions": [_admission(one) async for one in parts.store.admissions_of(registration_id)],
            "attendance": [*attendance(held)] if held is not None else [],
        }
        return Response(orjson.dumps(content), media_type="application/json")

    return router


def _admission(admission: Admission) -> dict[str, Any]:
    scan = admission.scan
    return {
        "kind": "admission",
        "id": scan.scan_id,
        "registration_id": admission.registration_id,
        "door": scan.door,
        "scan_id": scan.scan_id,
        "outcome": admission.outcome,
        "reason": admission.reason,
        "scanned_at": scan.scanned_at or timestamp(scan.at),
        "offline": scan.offline,
        "judged_at": timestamp(scan.at),
        "device": scan.device,
        "requirements": [result.model_dump(mode="json") for result in admission.requirements],
    }


def _lines(admission: Admission, *, personal: bool) -> Iterator[dict[str, Any]]:
    scan = admission.scan
    yield _admission(admission)
    # Derived from the scan itself: an audit line that is written apart could say something else.
    action = "override" if admission.waived is not None else f"check-in-{admission.outcome}"
    line = {
        "kind": "audit",
        "id": f"check-in/{scan.scan_id}",
        "at": timestamp(scan.at),
        "actor": scan.controller_id,
        "role": scan.role,
        "action": action,
        "object": f"registrations/{admission.registration_id}" if admission.registration_id else f"doors/{scan.door}",
        "reason": admission.waived or admission.reason,
    }
    yield line | ({"override": scan.override} if personal and scan.override else {})


def attendance(ticket: Ticket) -> Iterator[dict[str, Any]]:
    """Each part that somebody was in, and how: by the door, or by the button behind a link."""
    for (part, mode), at in ticket.attended.items():
        yield {
            "kind": "attendance",
            "id": f"{ticket.registration_id}/{part}/{mode}",
            "registration_id": ticket.registration_id,
            "part": part,
            "mode": mode,
            "attended_at": timestamp(at),
        }
