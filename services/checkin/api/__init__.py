"""Checkin's HTTP face: the door, tickets, joining online, and the export."""

from fastapi import APIRouter

from services.checkin.api import attendance, door, exports, presence, rosters, tickets
from services.checkin.api.parts import Parts


def routes(parts: Parts) -> APIRouter:
    router = APIRouter()
    for room in (door, rosters, tickets, presence, exports, attendance):
        router.include_router(room.routes(parts))
    return router
