"""Questions to a session's speakers: read by everybody, moderated by staff; asking and backing come from the log."""

from typing import Any

from fastapi import APIRouter, Request

from services.scheduling.api.office import Office
from services.scheduling.domain import ModerateQuestion, Question, QuestionStatus
from shared.access import Actor
from shared.clock import timestamp
from shared.http import Body, not_found, read_json
from shared.tokens import Role

MODERATORS = frozenset({Role.ORGANISER, Role.AUDITOR, Role.ADMIN})


class Moderation(Body):
    status: QuestionStatus


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/gatherings/{gathering_id}/sessions/{session}/questions")
    async def read(gathering_id: str, session: str, request: Request) -> dict[str, Any]:
        await _must_be_held(office, gathering_id, session)
        moderates = _moderates(office.visitor(request), gathering_id)
        found = await office.store.questions(gathering_id, session)
        open_to = [one for one in found if moderates or one.status is not QuestionStatus.HIDDEN]
        return {"session": session, "questions": [shown(office, one) for one in open_to if one.text is not None]}

    @routes.patch("/v1/gatherings/{gathering_id}/sessions/{session}/questions/{question}")
    async def moderate(gathering_id: str, session: str, question: str, request: Request) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        wish = await read_json(request, Moderation)
        if question not in {one.id for one in await office.store.questions(gathering_id, session)}:
            raise not_found()
        order = ModerateQuestion(question, wish.status)
        action = (f"question-{wish.status}", f"questions/{question}")
        asked = await office.asked(request, gathering_id)
        await office.act(gathering_id, actor, order, asked, action, lambda _: {})
        found = await office.store.questions(gathering_id, session)
        return next(shown(office, one) for one in found if one.id == question)

    return routes


async def _must_be_held(office: Office, gathering_id: str, session: str) -> None:
    latest = (await office.store.agenda(gathering_id)).latest
    if latest is None or session not in latest.by_session:
        raise not_found()


def _moderates(actor: Actor | None, gathering_id: str) -> bool:
    return actor is not None and actor.role in MODERATORS and actor.covers(gathering_id)


def shown(office: Office, one: Question) -> dict[str, Any]:
    """Who asked is nobody's business; what was asked is everybody's."""
    return {
        "id": one.id,
        "text": office.opened(one.text, one.id, "text"),
        "votes": one.votes,
        "status": one.status.value,
        "asked_at": timestamp(one.asked_at),
    }
