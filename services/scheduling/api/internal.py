"""What other services of Foyer ask: whose a booking is, and everything as JSON lines."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from services.scheduling import views
from services.scheduling.api.office import Office
from shared.http import not_found

LINES = "application/x-ndjson"
CHUNK = 500  # lines sent at once


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/internal/bookings/{booking_id}")
    async def booking(booking_id: str, request: Request) -> dict[str, Any]:
        office.access.internal(request)
        found = await office.store.booking(booking_id)
        if found is None:
            raise not_found()
        holder = await office.store.registration(found.registration_id)
        generation = 0 if holder is None else holder.generation
        return {**views.booking(found), "gathering_id": found.gathering_id, "generation": generation}

    @routes.get("/internal/export")
    async def export(request: Request, gathering: Annotated[str, Query(max_length=64)]) -> StreamingResponse:
        office.access.internal(request)
        return StreamingResponse(_lines(office, gathering), media_type=LINES)

    return routes


async def _lines(office: Office, gathering_id: str) -> AsyncIterator[bytes]:
    lines: list[bytes] = []
    async for one in office.store.export(gathering_id):
        lines.append(orjson.dumps(views.exported(one)) + b"\n")
        if len(lines) == CHUNK:
            yield b"".join(lines)
            lines.clear()
    yield b"".join(lines)
