"""People: named to our own services when needed, erased, handed out, sent their lost link."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from services.registration import views
from services.registration.api.office import Answer, Office
from services.registration.domain import Decision, Registration, State, erase
from services.registration.store import Act, Commit, Reader, Wanted
from shared.clock import timestamp
from shared.http import Body, not_found, read_json, request_id_of
from shared.messages.registration import AccessLinkRequested
from shared.text import Email, Id
from shared.tokens import Manage, Role

AT_MOST = 1000
MINUTE = 60


class Ids(Body):
    registration_ids: tuple[str, ...] = Field(max_length=AT_MOST)


class AccessLink(Body):
    gathering: Id
    email: Email


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.post("/internal/people")
    async def people(request: Request) -> dict[str, Any]:
        office.access.internal(request)
        asked = await read_json(request, Ids)
        found = await office.queries.people(asked.registration_ids)
        return {"people": {one.id: _person(office, one) for one in found}}

    @routes.post("/v1/access-links", status_code=202)
    async def access_link(request: Request) -> dict[str, Any]:
        """Always the same answer, and as soon, whoever asks for whomever: who that is is looked up after it."""
        office.access.actor(request)
        asked = await read_json(request, AccessLink)
        office.errands.soon(_find_and_send(office, asked, request_id_of(request)))
        return {"status": "accepted"}

    @routes.delete("/v1/people/{registration_id}")
    async def forget(registration_id: str, request: Request) -> Answer:
        """Whoever holds it, with all they ever sent. Repeated, it has the same answer: nobody is left to erase."""
        office.access.actor(request)
        found = await office.queries.registration(registration_id)
        if found is None:
            raise not_found()
        actor = office.staff(request, found.gathering_id, Role.ORGANISER)
        theirs = await office.queries.same_person(found)

        async def work(state: State, reader: Reader, act: str) -> tuple[Commit, Answer]:
            after, decisions = state, []
            for one in sorted(theirs):
                after, decision = erase(after, after.registrations[one], office.clock.now(), act)
                decisions += [decision] if decision else []
            if not decisions:
                return Commit(state, state), _erased(registration_id)
            audit = office.audit(actor, "erase", f"registrations/{registration_id}")
            forgotten = [state.registrations[registration_id].person]
            commit = Commit(state, after, decisions, audit=[audit], forgotten=forgotten)
            return await office.settled(commit, reader, act), _erased(registration_id)

        return await office.act(request, found.gathering_id, Wanted(registrations=set(theirs)), work)

    @routes.get("/v1/people/{registration_id}/export")
    async def hand_out(registration_id: str, request: Request) -> dict[str, Any]:
        found = await _readable(office, request, registration_id)
        office.staff(request, found.gathering_id, Role.ORGANISER, Role.AUDITOR)
        return views.resource(found) | {"personal": found.attendee}

    @routes.get("/internal/export")
    async def export(gathering: Id, request: Request, *, personal: bool = False) -> StreamingResponse:
        office.access.internal(request)
        return StreamingResponse(_lines(office, gathering, personal=personal), media_type="application/jsonl")

    return routes


def _person(office: Office, one: Registration) -> dict[str, Any]:
    attendee = (one.attendee or {}).get("attendee", {})
    parts = tuple((standing.part, standing.mode) for standing in one.parts)
    return {
        "name": attendee["name"],
        "email": attendee["email"],
        "language": attendee.get("language") or "",
        "organisation": attendee.get("organisation"),
        "country": attendee.get("country"),
        "delegation": one.delegation,
        "version": one.version,
        "generation": one.generation,
        "manage_token": office.identities.manage_token(Manage(one.id, one.gathering_id, parts, one.generation)),
    }


async def _readable(office: Office, request: Request, registration_id: str) -> Registration:
    office.access.actor(request)
    found = await office.queries.registration(registration_id)
    if found is None or found.erased_at is not None:
        raise not_found()
    return found


def _erased(registration_id: str) -> Answer:
    detail = "Erased here and in every service; the sealed submission leaves the intake log within 7 days."
    return {"id": registration_id, "erased": True, "detail": detail}


async def _find_and_send(office: Office, asked: AccessLink, correlation_id: str) -> None:
    person = office.identities.person(asked.gathering, asked.email)
    found = await office.queries.of_person(asked.gathering, person)
    if found is not None:
        await _send_link(office, found, correlation_id)


async def _send_link(office: Office, found: Registration, correlation_id: str) -> None:
    """At most one a minute: asking again within it changes nothing."""
    minute = int(office.clock.now().timestamp()) // MINUTE
    request_id = office.identities.act(found.gathering_id, "access-link", found.id, str(minute))

    async def work(state: State, _: Reader, act: str) -> tuple[Commit, Answer]:
        fact = AccessLinkRequested(gathering_id=found.gathering_id, registration_id=found.id, request_id=act)
        return Commit(state, state, [Decision(act, (fact,))]), {}

    await office.once(Act(request_id), found.gathering_id, Wanted(), work, correlation_id)


async def _lines(office: Office, gathering_id: str, *, personal: bool) -> AsyncIterator[bytes]:
    async for one in office.queries.all_registrations(gathering_id):
        line: dict[str, Any] = {"kind": "registration"} | views.resource(one)
        if personal:
            line["attendee"] = (one.attendee or {}).get("attendee")
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    async for act in office.queries.audit(gathering_id):
        line = {"kind": "audit", "id": act["_id"], "at": timestamp(act["at"])}
        line |= {name: act[name] for name in ("actor", "role", "action", "object")}
        line |= {"note": act["note"]} if personal else {}  # free text may name somebody
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
