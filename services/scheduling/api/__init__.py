"""Scheduling over HTTP: agendas, desks and diaries; the gateway has checked who calls."""

from fastapi import APIRouter

from services.scheduling.api import acts, agenda, desks, diary, encounters, feeds, internal, proposals, questions
from services.scheduling.api.office import Office

__all__ = ["Office", "router"]


def router(office: Office) -> APIRouter:
    routes = APIRouter()
    for area in (agenda, desks, acts, diary, questions, feeds, proposals, encounters, internal):
        routes.include_router(area.router(office))
    return routes
