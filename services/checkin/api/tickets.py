"""The ticket of a registration, as text, as a picture and on paper."""

import asyncio
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.checkin.api.parts import Parts
from services.checkin.domain import Ticket
from services.checkin.tickets import drawn
from shared.access import Actor
from shared.http import not_found
from shared.tokens import Role

PRIVATE = {"Cache-Control": "no-store"}  # a ticket opens doors: no cache may keep it


def routes(parts: Parts) -> APIRouter:
    router = APIRouter()
    Caller = Annotated[Actor, Depends(parts.access.caller)]  # noqa: N806 - a type

    async def printed(registration_id: str, actor: Actor) -> tuple[Ticket, str]:
        ticket = (await parts.store.tickets([registration_id])).get(registration_id)
        number = ticket.number() if ticket is not None else None
        if ticket is None or number is None or not _may_see(ticket, actor):
            raise not_found()
        return ticket, parts.press.print(ticket.gathering_id, number)

    @router.get("/v1/registrations/{registration_id}/ticket")
    async def ticket(registration_id: str, actor: Caller) -> Response:
        held, text = await printed(registration_id, actor)
        known = (await parts.store.gatherings([held.gathering_id])).get(held.gathering_id)
        content = {"ticket": text, "doors": held.doors(known.definition if known else None)}
        return Response(orjson.dumps(content), media_type="application/json", headers=PRIVATE)

    @router.get("/v1/registrations/{registration_id}/ticket.svg")
    async def picture(registration_id: str, actor: Caller) -> Response:
        _, text = await printed(registration_id, actor)
        return Response(await asyncio.to_thread(drawn, text, "svg"), media_type="image/svg+xml", headers=PRIVATE)

    @router.get("/v1/registrations/{registration_id}/ticket.pdf")
    async def paper(registration_id: str, actor: Caller) -> Response:
        _, text = await printed(registration_id, actor)
        return Response(await asyncio.to_thread(drawn, text, "pdf"), media_type="application/pdf", headers=PRIVATE)

    return router


def _may_see(ticket: Ticket, actor: Actor) -> bool:
    """Its holder, and not whom it was taken over from; organisers and auditors of the gathering."""
    if actor.role == Role.ATTENDEE:
        return actor.registration_id == ticket.registration_id and ticket.opens_to(actor.generation)
    readers = {Role.ORGANISER, Role.AUDITOR, Role.ADMIN}
    return actor.role in readers and actor.covers(ticket.gathering_id)
