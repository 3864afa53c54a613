"""Notifications' HTTP face: what staff have told to people, and what an outside checker reads."""

from collections.abc import Callable
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import AnyHttpUrl
from starlette.responses import JSONResponse, Response

from services.notifications.briefing import People
from services.notifications.domain import (
    LIVE,
    Article,
    Audience,
    DeskAccess,
    Mailing,
    News,
    Notification,
    Template,
    notification_id,
)
from services.notifications.store import Audit, Line, Store
from shared.access import Access, Actor
from shared.clock import Clock, random_id
from shared.http import Body, Problem, idempotency_mismatch, not_found, read_json, request_id_of
from shared.messages.gathering import Mode
from shared.messages.notifications import FollowUpPublished
from shared.text import Id, Text
from shared.text import Line as OneLine
from shared.tokens import Role

LINES = "application/x-ndjson"


class FollowUp(Body):
    title: OneLine
    url: AnyHttpUrl
    text: Text


class Addressees(Body):
    part: Id | None = None
    mode: Mode | None = None
    status: Literal["confirmed", "waitlisted", "awaiting-selection", "declined", "cancelled"] | None = None
    attended: bool | None = None


class Announcement(Body):
    to: Addressees = Addressees()
    subject: OneLine
    text: Text


def _named(act: str, gathering_id: str, posted: Body, request: Request) -> str:
    """The same key again is the same act; without one, the same words are."""
    key = request.headers.get("Idempotency-Key")
    return notification_id(act, gathering_id, posted.model_dump_json() if key is None else f"key {key}")


async def _publish(store: Store, mailing: Mailing, fact: FollowUpPublished | None, act: Audit) -> None:
    recorded = await store.publish(mailing, fact, act)
    if (recorded.content, recorded.audience) != (mailing.content, mailing.audience):
        raise idempotency_mismatch()


async def _must_have_an_address(store: Store, people: People, gathering_id: str, desk: str) -> None:
    """Addresses are private: registration is asked for them."""
    known = await store.gathering(gathering_id)
    definition = None if known is None else await people.definition(gathering_id, known.version)
    place = None if definition is None else definition.desk(desk)
    if place is None:
        raise not_found()
    if place.email is None:
        raise Problem(409, "no-address", "The definition gives this desk no `email`: put one there first.")


def routes(store: Store, people: People, wake: Callable[[], None], access: Access, clock: Clock) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/gatherings/{gathering_id}/follow-up")
    async def follow_up(
        gathering_id: str, request: Request, actor: Annotated[Actor, Depends(access.caller)]
    ) -> Response:
        """Mail the article to whoever attended. The same article again is the same follow-up: nobody gets it twice."""
        actor.must_cover(gathering_id)
        actor.must_be(Role.ORGANISER)
        posted = await read_json(request, FollowUp)
        if await store.gathering(gathering_id) is None:
            raise not_found()
        url = str(posted.url)
        follow_up_id = notification_id("follow-up", gathering_id, posted.title, url, posted.text)
        mailing = Mailing(
            id=follow_up_id,
            gathering_id=gathering_id,
            template=Template.FOLLOW_UP,
            cause_id=follow_up_id,
            content=Article(title=posted.title, url=url, text=posted.text),
            audience=Audience(statuses=None, attended=True),
            correlation_id=request_id_of(request),
        )
        fact = FollowUpPublished(gathering_id=gathering_id, follow_up_id=follow_up_id, title=posted.title, url=url)
        about = f"follow-ups/{follow_up_id}"
        act_id = _named("publish-follow-up", gathering_id, posted, request)
        act = Audit(act_id, gathering_id, clock.now(), actor.subject, actor.role, "publish-follow-up", about)
        await _publish(store, mailing, fact, act)
        wake()
        return JSONResponse({"follow_up_id": follow_up_id, "title": posted.title, "url": url})

    @router.post("/v1/gatherings/{gathering_id}/announcements", status_code=202)
    async def announce(
        gathering_id: str, request: Request, actor: Annotated[Actor, Depends(access.caller)]
    ) -> Response:
        """Write to everybody whom all of `to` fits; without a status, to whoever is still in."""
        actor.must_cover(gathering_id)
        actor.must_be(Role.ORGANISER)
        posted = await read_json(request, Announcement)
        known = await store.gathering(gathering_id)
        if known is None:
            raise not_found()
        to = posted.to
        if to.part is not None and known.definition.part(to.part) is None:
            raise Problem(422, "unknown-part", "The gathering has no part of that name: name one it has, or none.")
        announcement_id = _named("announcement", gathering_id, posted, request)
        about = f"announcements/{announcement_id}"
        mailing = Mailing(
            id=announcement_id,
            gathering_id=gathering_id,
            template=Template.ANNOUNCEMENT,
            cause_id=announcement_id,
            content=News(subject=posted.subject, text=posted.text),
            audience=Audience(
                parts=None if to.part is None else frozenset({to.part}),
                mode=to.mode,
                statuses=LIVE if to.status is None else frozenset({to.status}),
                attended=to.attended,
            ),
            correlation_id=request_id_of(request),
        )
        act = Audit(announcement_id, gathering_id, clock.now(), actor.subject, actor.role, "announce", about)
        await _publish(store, mailing, None, act)
        wake()
        return JSONResponse({"announcement_id": announcement_id}, 202)

    @router.post("/v1/gatherings/{gathering_id}/desks/{desk}/access", status_code=202)
    async def give_access(
        gathering_id: str, desk: str, request: Request, actor: Annotated[Actor, Depends(access.actor)]
    ) -> Response:
        """Mail an expert the way to their day, to the address that the definition keeps for them and to no other."""
        actor.must_cover(gathering_id)
        actor.must_be(Role.ORGANISER)
        await _must_have_an_address(store, people, gathering_id, desk)
        key = request.headers.get("Idempotency-Key") or random_id()
        mail_id = notification_id("desk-access", gathering_id, desk, key)
        told = Notification(mail_id, gathering_id, None, Template.DESK_ACCESS, mail_id, DeskAccess(desk=desk))
        act = Audit(mail_id, gathering_id, clock.now(), actor.subject, actor.role, "mail-desk-access", f"desks/{desk}")
        await store.tell(told, act)
        wake()
        return JSONResponse({"notification_id": mail_id, "desk": desk}, 202)

    @router.get("/internal/export")
    async def export(gathering: str, _: Annotated[Actor, Depends(access.colleague)]) -> Response:
        """Whole or not at all: read to its end before the first byte goes out. It holds nothing personal."""
        lines = [orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) async for line in store.export(gathering)]
        return Response(b"".join(lines), media_type=LINES)

    @router.get("/internal/people/{registration_id}")
    async def person(
        registration_id: str, gathering: str, _: Annotated[Actor, Depends(access.internal)]
    ) -> dict[str, list[Line]]:
        return {"notifications": [line async for line in store.mails_to(gathering, registration_id)]}

    return router
