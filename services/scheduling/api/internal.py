"""What other services of Foyer ask: whose a booking is, and everything as JSON lines."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import StreamingResponse

from services.scheduling import views
from services.scheduling.api.encounters import opened
from services.scheduling.api.office import Office
from services.scheduling.api.questions import shown
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

    @routes.get("/internal/people/{registration_id}")
    async def person(registration_id: str, request: Request) -> dict[str, Any]:
        office.access.internal(request)
        return await _held(office, registration_id)

    @routes.get("/internal/export")
    async def export(request: Request, gathering: Annotated[str, Query(max_length=64)]) -> StreamingResponse:
        office.access.internal(request)
        return StreamingResponse(_lines(office, gathering), media_type=LINES)

    return routes


async def _held(office: Office, who: str) -> dict[str, Any]:
    """What they have here and what they wrote, in their words."""
    store = office.store
    wishes, profile = await store.preferences(who), await store.profile(who)
    return {
        "bookings": [{**views.booking(one), "topic": office.topic(one)} for one in await store.bookings_of(who)],
        "waiting_lists": [views.turn(one, ahead) for one, ahead in await store.turns_of(who)],
        "preferences": None if wishes is None else views.preferences(wishes),
        "profile": None if profile is None else {**views.texts(opened(office, profile)), "visible": profile.visible},
        "rooms": [views.assignment(one) for one in await store.assignments_of(who)],
        "meetings": [views.meeting(one) for one in await store.meetings_of(who)],
        "questions": [{"session": one.session, **shown(office, one)} for one in await store.questions_of(who)],
    }


async def _lines(office: Office, gathering_id: str) -> AsyncIterator[bytes]:
    lines: list[bytes] = []
    async for one in office.store.export(gathering_id):
        lines.append(orjson.dumps(views.exported(one)) + b"\n")
        if len(lines) == CHUNK:
            yield b"".join(lines)
            lines.clear()
    yield b"".join(lines)
