"""Registrations: read by their holder, listed and added by staff."""

import base64
import io
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from defusedcsv import csv
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BeforeValidator, Field

from services.registration import views
from services.registration.api.office import Answer, Office, in_force
from services.registration.domain import Add, Category, Reason, Registration, State, add
from services.registration.store import Commit, Reader, Wanted
from shared.http import Body, Problem, not_found, read_json
from shared.messages.gathering import Definition
from shared.messages.registration import Wish
from shared.submissions import Answers, Attendee, Consents, PartWish, Wishes
from shared.text import Id, Line
from shared.tokens import Manage, Role

PAGE = 200
Named = Id | Literal[""] | None  # of a filter: left empty it is left out
Sought = Literal["received", "confirmed", "waitlisted", "awaiting-selection", "declined", "cancelled"]  # first: nobody
InStatus = Annotated[Sought | None, BeforeValidator(lambda given: given or None)]
COLUMNS = (
    "id",
    "name",
    "email",
    "organisation",
    "country",
    "delegation",
    "category",
    "part",
    "mode",
    "status",
    "reason",
)


class StaffRegistration(Body):
    """Somebody whom staff lets in; `override` says why, for the audit."""

    attendee: Attendee
    delegation: Id | None = None
    parts: Wishes
    category: Literal[Category.SPEAKER, Category.STAFF, Category.PRESS, Category.GUEST]  # they take no public place
    override: Line
    answers: Answers = Field(default={})
    consents: Consents = Field(default={})


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/registrations/{registration_id}")
    async def one(registration_id: str, request: Request) -> dict[str, Any]:
        actor = office.access.actor(request)
        actor.must_hold(registration_id)
        found = await office.queries.registration(registration_id)
        if found is None:
            raise not_found()
        actor.must_cover(found.gathering_id)
        if found.erased_at is not None or (actor.role == Role.ATTENDEE and actor.generation != found.generation):
            raise views.gone()
        return views.resource(found)

    @routes.get("/v1/gatherings/{gathering_id}/registrations")
    async def page(
        gathering_id: str,
        request: Request,
        part: Named = None,
        status: InStatus = None,
        cursor: str | None = None,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = 50,
    ) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        await office.must_know(gathering_id)
        found = await office.queries.page(gathering_id, _filters(part, status), _after(cursor), limit + 1)
        items, more = found[:limit], len(found) > limit
        return {
            "items": [views.with_answers(one) for one in items],
            "next": _cursor(items[-1].id) if more else None,
        }

    @routes.get("/v1/gatherings/{gathering_id}/registrations.csv")
    async def as_csv(gathering_id: str, request: Request) -> StreamingResponse:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        known = await office.store.gathering(gathering_id)
        if known is None:
            raise not_found()
        name = f'attachment; filename="{gathering_id}.csv"'
        lines = _lines(known.published or known.draft, office.queries.all_registrations(gathering_id))
        return StreamingResponse(lines, media_type="text/csv", headers={"Content-Disposition": name})

    @routes.post("/v1/gatherings/{gathering_id}/registrations", status_code=201)
    async def by_staff(gathering_id: str, request: Request, response: Response) -> Answer:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        form = await read_json(request, StaffRegistration)
        person = office.identities.person(gathering_id, form.attendee.email)

        async def work(state: State, _: Reader, act: str) -> tuple[Commit, Answer]:
            in_force(state)
            outcome = add(state, _command(gathering_id, act, person, form, office.clock.now()))
            if isinstance(outcome, Reason):
                raise Problem(409, outcome, "Staff cannot add this person as asked: see `type`.")
            after, decision = outcome
            audit = office.audit(actor, f"add-{form.category}", f"registrations/{act}", form.override)
            return Commit(state, after, [decision], audit=[audit]), views.resource(after.registrations[act])

        answer = await office.act(request, gathering_id, Wanted(persons={person}), work)
        response.headers["Location"] = f"/v1/registrations/{answer['id']}"
        # a key is stored nowhere, so it joins the answer here
        parts = tuple((one["part"], one["mode"]) for one in answer["parts"])
        return {**answer, "manage_token": office.identities.manage_token(Manage(answer["id"], gathering_id, parts))}

    return routes


def _command(gathering_id: str, act: str, person: str, form: StaffRegistration, at: datetime) -> Add:
    personal = {
        "attendee": form.attendee.model_dump(),
        "answers": form.answers,
        "consents": form.consents,
    }
    return Add(
        act,
        gathering_id,
        at,
        person,
        form.category,
        form.delegation,
        _wishes(form.parts),
        personal,
    )


def _wishes(parts: tuple[PartWish, ...]) -> tuple[Wish, ...]:
    return tuple(Wish(part=one.part, mode=one.mode) for one in parts)


def _filters(part: str | None, status: str | None) -> Mapping[str, str]:
    return {name: value for name, value in (("part", part), ("status", status)) if value}


def _cursor(registration_id: str) -> str:
    return base64.urlsafe_b64encode(registration_id.encode()).decode()


def _after(cursor: str | None) -> str:
    try:
        return "" if cursor is None else base64.b64decode(cursor.encode(), b"-_", validate=True).decode()
    except ValueError:
        raise Problem(400, "invalid-cursor", "Take `next` of the page before as `cursor`.") from None


def _cell(text: str) -> str:
    """What a spreadsheet skips before a formula, and `defusedcsv` does not look for."""
    return f"'{text}" if text[:1] in {"\t", "\r", "\n", "\x00"} else text


def _said(given: Any) -> str:
    """An answer as a cell says it."""
    match given:
        case None:
            return ""
        case bool():
            return "yes" if given else "no"
        case list() | tuple():
            return ", ".join(map(_said, given))
        case _:
            return str(given)


async def _lines(definition: Definition, found: AsyncIterator[Registration]) -> AsyncIterator[str]:
    """One line per registration and part, what was answered last; no cell is taken for a formula by a spreadsheet."""
    asked = [("answers", one.id) for one in definition.questions]
    asked += [("consents", one.id) for one in definition.consents]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow([*COLUMNS, *(f"{kind}.{name}" for kind, name in asked)])
    async for one in found:
        known = one.attendee or {}
        attendee = known.get("attendee", {})
        person = [attendee.get(column) or "" for column in COLUMNS[1:5]]
        answered = [_said(known.get(kind, {}).get(name)) for kind, name in asked]
        for part in one.parts:
            standing = [one.delegation or "", one.category, part.part, part.mode, part.status, part.reason or ""]
            writer.writerow([_cell(text) for text in (one.id, *person, *standing, *answered)])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
