"""Registration over HTTP: what staff and the gateway ask of it."""

from fastapi import APIRouter

from services.registration.api import delegations, gatherings, invitations, parts, people, registrations, selections
from services.registration.api.office import Office

__all__ = ["Office", "router"]


def router(office: Office) -> APIRouter:
    routes = APIRouter()
    for area in (gatherings, registrations, selections, invitations, delegations, parts, people):
        routes.include_router(area.router(office))
    return routes
