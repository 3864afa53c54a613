"""Desks: slots for everybody, the day and its blocks for the expert."""

from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import model_validator
from starlette.responses import HTMLResponse

from services.scheduling import views
from services.scheduling.api.office import Office, read_in_zone
from services.scheduling.domain import Block, BlockDesk, Booking, Diary, Gathering, Outcome, UnblockDesk
from services.scheduling.domain.facts import BookingChanged, Held, Unblocked
from services.scheduling.feeds import Feed, Kind
from services.scheduling.views.bookings import block as shown
from shared.access import Actor
from shared.http import Body, not_found
from shared.messages.gathering.reading import Time
from shared.people import Person
from shared.text import Line
from shared.tokens import Role

LONGEST_BLOCK = timedelta(days=7)

Day = tuple[Gathering, str, list[tuple[Booking, str | None]], list[Block], dict[str, Person]]


class BlockRequest(Body):
    """As in a definition: times without an offset are wall time in the gathering's zone."""

    starts_at: Time
    ends_at: Time
    reason: Line | None = None
    offer_elsewhere: bool = False

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
        latest = (await office.store.agenda(gathering_id)).latest
        taken, blocks = await office.store.expert_claims(gathering_id), await office.store.blocks_at(gathering_id)
        return views.desks(gathering, latest, taken, blocks)

    @routes.get("/v1/gatherings/{gathering_id}/desks/{desk}/bookings")
    async def day(gathering_id: str, desk: str, request: Request) -> dict[str, Any]:
        feed = office.feeds.address(Feed(Kind.EXPERT, gathering_id, desk))
        found = await _day(office, request, gathering_id, desk)
        room = await office.rooms.of_expert(gathering_id, found[0].version, desk)
        return {**views.day(*found), "feed": feed, "join": room}

    @routes.get("/v1/gatherings/{gathering_id}/desks/{desk}/sheet")
    async def sheet(gathering_id: str, desk: str, request: Request) -> HTMLResponse:
        return HTMLResponse(views.sheet(*await _day(office, request, gathering_id, desk)))

    @routes.post("/v1/gatherings/{gathering_id}/desks/{desk}/blocks")
    async def block(gathering_id: str, desk: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.EXPERT, Role.ORGANISER)
        gathering = await own_desk(office, actor, gathering_id, desk)
        wish = await read_in_zone(request, BlockRequest, gathering)
        asked = await office.asked(request, gathering_id)
        response.status_code = 201

        def check(diary: Diary) -> None:
            if diary.gathering is None or desk not in diary.gathering.desks:
                raise not_found()

        order = BlockDesk(asked.id, desk, wish.starts_at, wish.ends_at, wish.reason, wish.offer_elsewhere)
        action = ("block-desk", f"desks/{desk}")
        return await office.act(gathering_id, actor, order, asked, action, partial(_made, asked.id), check)

    @routes.delete("/v1/gatherings/{gathering_id}/desks/{desk}/blocks/{block_id}")
    async def unblock(gathering_id: str, desk: str, block_id: str, request: Request) -> dict[str, Any]:
        """Who is here after all gives the time back: what becomes free goes to who waits."""
        actor = office.staff(request, gathering_id, Role.EXPERT, Role.ORGANISER)
        await own_desk(office, actor, gathering_id, desk)
        asked = await office.asked(request, gathering_id)

        def check(diary: Diary) -> None:
            if block_id not in diary.blocks or diary.blocks[block_id].desk != desk:
                raise not_found()

        action = ("unblock-desk", f"desks/{desk}")
        return await office.act(gathering_id, actor, UnblockDesk(block_id), asked, action, _given_back, check)

    return routes


def _given_back(outcome: Outcome) -> dict[str, Any]:
    """The block that was, and to whom its time is offered."""
    facts = [one.fact for one in outcome.decided]
    gone = next(fact.block for fact in facts if isinstance(fact, Unblocked))
    return {**shown(gone), "offered": [views.hold(fact.hold) for fact in facts if isinstance(fact, Held)]}


def _made(block_id: str, outcome: Outcome) -> dict[str, Any]:
    """The block, and what it did to others."""
    facts = [one.fact for one in outcome.decided]
    released = [views.booking(fact.booking) for fact in facts if isinstance(fact, BookingChanged)]
    offered = [views.hold(fact.hold) for fact in facts if isinstance(fact, Held)]
    return {**shown(outcome.after.blocks[block_id]), "released": released, "offered": offered}


async def _day(office: Office, request: Request, gathering_id: str, desk: str) -> Day:
    """What the expert should know of those who come, before they do."""
    actor = office.staff(request, gathering_id, Role.EXPERT, Role.ORGANISER, Role.AUDITOR)
    gathering = await own_desk(office, actor, gathering_id, desk)
    bookings = await office.store.bookings_at(gathering_id, desk)
    people = await office.names(one.registration_id for one in bookings)
    blocks = await office.store.blocks_at(gathering_id, desk)
    return gathering, desk, [(one, office.topic(one)) for one in bookings], blocks, people


async def own_desk(office: Office, actor: Actor, gathering_id: str, desk: str) -> Gathering:
    """The gathering, if it has this desk and the expert sits at it. A token without a scope is for every desk."""
    gathering = await office.gathering(gathering_id)
    elsewhere = actor.role == Role.EXPERT and actor.scope not in {None, desk}
    if desk not in gathering.desks or elsewhere:
        raise not_found()
    return gathering
