"""The agenda: read by everybody, written and published by staff."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from services.scheduling import views
from services.scheduling.api.office import Office, read_in_zone
from services.scheduling.domain import Agenda, Diary, DraftAgenda, Fault, Outcome, PublishAgenda, faults
from shared.access import Actor
from shared.http import Body, Problem, not_found, pointer, read_json
from shared.messages.gathering import ReleaseLabel, Session
from shared.tokens import Role

WORKING = "working"
READERS = frozenset({Role.ORGANISER, Role.AUDITOR, Role.ADMIN})
Numbered = Annotated[int, Field(ge=1, le=1_000_000)]


class Draft(Body):
    """As in a definition: times without an offset are wall time in the gathering's zone.

    What `?release=working` shows may be put back whole: what stands beside the sessions is not looked at. Nor is a
    `release` label; the one that counts is given with the publication.
    """

    release: ReleaseLabel | None = None
    gathering: Any = None
    timezone: Any = None
    edition: Any = None
    published: Any = None
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
        written = await read_in_zone(request, Draft, gathering)
        if_match = request.headers.get("If-Match")

        def check(diary: Diary) -> None:
            _must_match(diary.agenda, if_match)
            if diary.gathering is not None:
                _must_hold(faults(written.sessions, diary.gathering.definition))

        def view(outcome: Outcome) -> dict[str, Any]:
            agenda = outcome.after.agenda
            return {"etag": etag(agenda), "shown": views.draft(gathering, agenda)}

        order, asked = DraftAgenda(written.sessions), await office.asked(request, gathering_id)
        action = ("draft-agenda", f"agendas/{gathering_id}")
        done = await office.act(gathering_id, actor, order, asked, action, view, check)
        response.headers["ETag"] = done["etag"]
        shown: dict[str, Any] = done["shown"]
        return shown

    @routes.post("/v1/gatherings/{gathering_id}/agenda/publish")
    async def publish(gathering_id: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        label = (await read_json(request, Publication)).label
        asked = await office.asked(request, gathering_id)
        action = (f"publish-agenda-{label.value}", f"agendas/{gathering_id}")
        done = await office.act(gathering_id, actor, PublishAgenda(label), asked, action, _published)
        response.headers["ETag"] = done["etag"]
        if (release := await office.store.release(gathering_id, done["release"])) is None:
            raise not_found()
        gathering = await office.gathering(gathering_id)
        return views.agenda(gathering, release, await office.store.releases(gathering_id))

    return routes


def ics(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def etag(agenda: Agenda) -> str:
    """Of the working copy: what the definition says counts as its edition 0, until its next release."""
    return f'"v{agenda.edition}.{agenda.latest.number if agenda.edition == 0 and agenda.latest is not None else 0}"'


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


def _published(outcome: Outcome) -> dict[str, Any]:
    agenda = outcome.after.agenda
    if agenda.latest is None:
        raise not_found()
    return {"etag": etag(agenda), "release": agenda.latest.number}
