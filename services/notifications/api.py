"""Notifications' HTTP face: the follow-up, and what an outside checker reads."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from pydantic import AnyHttpUrl
from starlette.responses import JSONResponse, Response

from services.notifications.domain import Article, Audience, Mailing, Template, notification_id
from services.notifications.spreading import Spreading
from services.notifications.store import Audit, Store
from shared.access import Access, Actor
from shared.clock import Clock
from shared.http import Body, not_found, read_json
from shared.messages.notifications import FollowUpPublished
from shared.text import Line, Text
from shared.tokens import Role

LINES = "application/x-ndjson"


class FollowUp(Body):
    title: Line
    url: AnyHttpUrl
    text: Text


def routes(store: Store, spreading: Spreading, access: Access, clock: Clock) -> APIRouter:
    router = APIRouter()
    Caller = Annotated[Actor, Depends(access.actor)]  # noqa: N806  a type

    @router.post("/v1/gatherings/{gathering_id}/follow-up")
    async def follow_up(
        gathering_id: str, request: Request, actor: Annotated[Actor, Depends(access.actor)]
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
        )
        fact = FollowUpPublished(gathering_id=gathering_id, follow_up_id=follow_up_id, title=posted.title, url=url)
        about = f"follow-ups/{follow_up_id}"
        act = Audit(follow_up_id, gathering_id, clock.now(), actor.subject, actor.role, "publish-follow-up", about)
        await store.publish(mailing, fact, act)
        spreading.woken.set()
        return JSONResponse({"follow_up_id": follow_up_id, "title": posted.title, "url": url})

    @router.get("/internal/export")
    async def export(gathering: str, _: Annotated[Actor, Depends(access.internal)]) -> Response:
        """Whole or not at all: read to its end before the first byte goes out. It holds nothing personal."""
        lines = [orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE) async for line in store.export(gathering)]
        return Response(b"".join(lines), media_type=LINES)

    return router
