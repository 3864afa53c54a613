"""Desks: slots for everybody, the day and its blocks for the expert."""

from datetime import UTC, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import AwareDatetime, model_validator

from services.scheduling import views
from services.scheduling.api.office import Office
from services.scheduling.domain import Block, BlockDesk, Diary, Gathering
from services.scheduling.domain.facts import Blocked, BookingChanged
from services.scheduling.views.bookings import block as shown
from shared.access import Actor
from shared.http import Body, not_found, read_json
from shared.text import Line
from shared.tokens import Role

LONGEST_BLOCK = timedelta(days=7)


class BlockRequest(Body):
    """Times carry an offset."""

    starts_at: AwareDatetime
    ends_at: AwareDatetime
    reason: Line | None = None

    @model_validator(mode="after")
    def is_a_span(self) -> "BlockRequest":
        if not timedelta(0) < self.ends_at - self.starts_at <= LONGEST_BLOCK:
            raise ValueError("ends_at must be after starts_at, by at most seven days: correct one of the two")
        return self


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/gatherings/{gathering_id}/desks")
    async def desks(gathering_id: str) -> dict[str, Any]:
        gathering = await office.gathering(gathering_id)
        return views.desks(gathering, await office.store.expert_claims(gathering_id))

    @routes.get("/v1/gatherings/{gathering_id}/desks/{desk}/bookings")
    async def day(gathering_id: str, desk: str, request: Request) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.EXPERT, Role.ORGANISER, Role.AUDITOR)
        gathering = await _desk(office, actor, gathering_id, desk)
        bookings = await office.store.bookings_at(gathering_id, desk)
        people = await office.names(one.registration_id for one in bookings)
        blocks = await office.store.blocks_at(gathering_id, desk)
        return views.day(gathering, desk, [(one, office.topic(one)) for one in bookings], blocks, people)

    @routes.post("/v1/gatherings/{gathering_id}/desks/{desk}/blocks")
    async def block(gathering_id: str, desk: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.EXPERT, Role.ORGANISER)
        await _desk(office, actor, gathering_id, desk)
        wish = await read_json(request, BlockRequest)
        act_id = office.act_id(request, gathering_id)
        response.status_code = 201
        if (before := await _blocked(office, gathering_id, desk, act_id)) is not None:
            return {**shown(before), "released": []}

        def check(diary: Diary) -> None:
            if diary.gathering is None or desk not in diary.gathering.desks:
                raise not_found()

        order = BlockDesk(act_id, desk, wish.starts_at.astimezone(UTC), wish.ends_at.astimezone(UTC), wish.reason)
        action = ("block-desk", f"desks/{desk}")
        outcome = await office.act(gathering_id, actor, order, act_id, action, check)
        facts = [one.fact for one in outcome.decided]
        made = next(fact.block for fact in facts if isinstance(fact, Blocked))
        released = [views.booking(fact.booking) for fact in facts if isinstance(fact, BookingChanged)]
        return {**shown(made), "released": released}

    return routes


async def _desk(office: Office, actor: Actor, gathering_id: str, desk: str) -> Gathering:
    """The gathering, if it has this desk and the expert sits at it. A token without a scope is for every desk."""
    gathering = await office.gathering(gathering_id)
    elsewhere = actor.role == Role.EXPERT and actor.scope not in {None, desk}
    if desk not in gathering.desks or elsewhere:
        raise not_found()
    return gathering


async def _blocked(office: Office, gathering_id: str, desk: str, block_id: str) -> Block | None:
    made = await office.store.blocks_at(gathering_id, desk)
    return next((one for one in made if one.id == block_id), None)
