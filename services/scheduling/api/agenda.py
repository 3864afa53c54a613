"""The agenda: read by everybody, written and published by staff."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from services.scheduling import views
from services.scheduling.api.office import Office
from services.scheduling.domain import Agenda, Diary, DraftAgenda, Fault, Gathering, PublishAgenda, Release, faults
from shared.access import Actor
from shared.http import Body, Problem, as_model, not_found, parse_json, pointer, read_json, require_json
from shared.messages.gathering import ReleaseLabel, Session
from shared.messages.gathering.reading import Reading, read_as
from shared.tokens import Role

WORKING = "working"
READERS = frozenset({Role.ORGANISER, Role.AUDITOR, Role.ADMIN})
Numbered = Annotated[int, Field(ge=1, le=1_000_000)]


class Draft(Body):
    """As in a definition: times without an offset are wall time in the gathering's zone.

    A `release` label may stand there too; the one that counts is given with the publication.
    """

    release: ReleaseLabel | None = None
    sessions: tuple[Session, ...] = Field(max_length=500)


class Publication(Body):
    label: ReleaseLabel


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/gatherings/{gathering_id}/agenda")
    async def read(
        gathering_id: str,
        request: Request,
        response: Response,
        release: Annotated[Numbered | Literal["working"] | None, Query()] = None,
    ) -> dict[str, Any]:
        gathering = await office.gathering(gathering_id)
        actor = office.visitor(request)
        agenda = await office.store.agenda(gathering_id)
        if _reads_drafts(actor, gathering_id):
            response.headers["ETag"] = etag(agenda)
        if release == WORKING:
            if not _reads_drafts(actor, gathering_id):
                raise not_found()
            return views.draft(gathering, agenda)
        found = agenda.latest if release is None else await office.store.release(gathering_id, int(release))
        if found is None:
            raise not_found()
        return views.agenda(gathering, found, await office.store.releases(gathering_id))

    @routes.get("/v1/gatherings/{gathering_id}/agenda.ics")
    async def calendar(gathering_id: str, release: Annotated[Numbered | None, Query()] = None) -> Response:
        gathering = await office.gathering(gathering_id)
        agenda = await office.store.agenda(gathering_id)
        found = agenda.latest if release is None else await office.store.release(gathering_id, release)
        if found is None:
            raise not_found()
        return ics(views.agenda_calendar(gathering, found, office.domain), f"{gathering_id}-agenda.ics")

    @routes.put("/v1/gatherings/{gathering_id}/agenda")
    async def put(gathering_id: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        gathering = await office.gathering(gathering_id)
        written = await _read(request, gathering)
        if_match = request.headers.get("If-Match")

        def check(diary: Diary) -> None:
            _must_match(diary.agenda, if_match)
            if diary.gathering is not None:
                _must_hold(faults(written.sessions, diary.gathering.definition))

        act_id = office.act_id(request, gathering_id)
        action = ("draft-agenda", f"agendas/{gathering_id}")
        outcome = await office.act(gathering_id, actor, DraftAgenda(written.sessions), act_id, action, check)
        response.headers["ETag"] = etag(outcome.after.agenda)
        return views.draft(gathering, outcome.after.agenda)

    @routes.post("/v1/gatherings/{gathering_id}/agenda/publish")
    async def publish(gathering_id: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        label = (await read_json(request, Publication)).label
        act_id = office.act_id(request, gathering_id)
        action = (f"publish-agenda-{label.value}", f"agendas/{gathering_id}")
        outcome = await office.act(gathering_id, actor, PublishAgenda(label), act_id, action)
        response.headers["ETag"] = etag(outcome.after.agenda)
        published = _published(outcome.after.agenda)
        gathering = await office.gathering(gathering_id)
        return views.agenda(gathering, published, await office.store.releases(gathering_id))

    return routes


def ics(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def etag(agenda: Agenda) -> str:
    """Of the working copy: what the definition says counts as its edition 0, until its next release."""
    return f'"v{agenda.edition}.{agenda.latest.number if agenda.edition == 0 and agenda.latest is not None else 0}"'


async def _read(request: Request, gathering: Gathering) -> Draft:
    require_json(request)
    definition = gathering.definition
    with read_as(Reading(ZoneInfo(definition.timezone), definition.languages[0])):
        return as_model(parse_json(await request.body()), Draft)


def _reads_drafts(actor: Actor | None, gathering_id: str) -> bool:
    return actor is not None and actor.role in READERS and actor.covers(gathering_id)


def _must_match(agenda: Agenda, if_match: str | None) -> None:
    """Who says what they have seen overwrites nothing else; without `If-Match` the last to write is right."""
    if if_match not in {None, "*", etag(agenda)}:
        detail = "Somebody else changed it meanwhile: read it again, then change that."
        raise Problem(412, "precondition-failed", detail)


def _must_hold(found: Iterable[Fault]) -> None:
    if errors := [{"pointer": pointer(one.place), "detail": one.detail} for one in found]:
        raise Problem(422, "invalid-agenda", "Correct what `errors` names and put it again.", errors=errors)


def _published(agenda: Agenda) -> Release:
    if agenda.latest is None:
        raise not_found()
    return agenda.latest
