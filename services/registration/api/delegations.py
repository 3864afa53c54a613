"""A delegation as its coordinator sees it: places held and owed, and by whom."""

from typing import Any

from fastapi import APIRouter, Request

from services.registration import views
from services.registration.api.office import Office
from services.registration.api.selections import below_minimum
from services.registration.store import Wanted
from shared.http import not_found
from shared.tokens import Role


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/gatherings/{gathering_id}/delegations/{delegation}")
    async def one(gathering_id: str, delegation: str, request: Request) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.COORDINATOR, Role.ORGANISER, Role.AUDITOR)
        if actor.role == Role.COORDINATOR and actor.scope != delegation:
            raise not_found()
        state = (await office.store.load({gathering_id: Wanted(delegations={delegation})}))[gathering_id]
        if state.definition is None:
            raise not_found()
        held = state.delegations.get(delegation, {})
        members = await office.queries.of_delegation(gathering_id, delegation)
        listed = state.definition.delegation(delegation)
        if listed is None and not members:
            raise not_found()
        owed = await below_minimum(office, gathering_id, state.definition)
        return {
            "delegation": delegation,
            "name": delegation if listed is None else listed.name,
            "membership_code": None if actor.role == Role.AUDITOR else state.codes.get(delegation),
            "held": [{"part": part, "mode": mode, "confirmed": count} for (part, mode), count in sorted(held.items())],
            "owed": [one for one in owed if one["delegation"] == delegation],
            "registrations": [views.with_person(member) for member in members],
        }

    return routes
