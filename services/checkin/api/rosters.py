"""The roster of a door, for a device that may lose the network."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends
from starlette.responses import Response

from services.checkin.api.parts import Parts
from services.checkin.roster import Person, roster
from shared.access import Actor
from shared.http import not_found
from shared.tokens import Role


def routes(parts: Parts) -> APIRouter:
    router = APIRouter()

    @router.get("/v1/gatherings/{gathering_id}/doors/{door}/roster")
    async def bundle(gathering_id: str, door: str, actor: Annotated[Actor, Depends(parts.access.caller)]) -> Response:
        actor.must_be(Role.DOOR, Role.ORGANISER, Role.AUDITOR)
        gathering = await parts.gathering(gathering_id, actor)
        wanted = next((one for one in gathering.definition.doors if one.door == door), None)
        if wanted is None:
            raise not_found()
        held = await parts.store.printed_tickets(gathering_id)
        names = await parts.names.all(ticket.registration_id for ticket in held if wanted.part in ticket.opens())
        people = [Person(ticket, names.get(ticket.registration_id)) for ticket in held]
        content = roster(gathering, wanted, people, parts.press, parts.clock.now())
        headers = {"Cache-Control": "no-store"}
        return Response(orjson.dumps(content), media_type="application/json", headers=headers)

    return router
