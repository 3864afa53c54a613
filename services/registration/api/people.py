"""People: named to our own services when needed, erased, handed out, sent their lost link."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from services.registration import views
from services.registration.api.office import Answer, Office
from services.registration.domain import Registration, State, erase
from services.registration.store import Commit, LostLink, Reader, Wanted
from shared.clock import random_id, timestamp
from shared.http import Body, not_found, read_json, request_id_of
from shared.text import Email, Id
from shared.tokens import Manage, Role

AT_MOST = 1000
MINUTE = 60
MAILER = "notifications"  # alone writes to whom a registration was


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

    @routes.get("/internal/people/{registration_id}/former/{generation}")
    async def former(registration_id: str, generation: int, request: Request) -> dict[str, Any]:
        """Whom a colleague has taken over from, for the one mail that tells them."""
        _for_mails(office, request)
        found = await office.queries.former(registration_id, generation)
        if found is None:
            raise not_found()
        name, email = found.attendee["name"], found.attendee["email"]
        return {"name": name, "email": email, "language": found.attendee.get("language") or "", "parts": found.parts}

    @routes.delete("/internal/people/{registration_id}/former/{generation}")
    async def told(registration_id: str, generation: int, request: Request) -> dict[str, Any]:
        """They were told, or never can be: nobody needs their address any more."""
        _for_mails(office, request)
        await office.queries.forget_former(registration_id, generation)
        return {}

    @routes.post("/v1/access-links", status_code=202)
    async def access_link(request: Request) -> dict[str, Any]:
        """Always the same answer, after the same write, whoever asks for whomever: `Tasks` looks up who that is."""
        office.access.actor(request)
        asked = await read_json(request, AccessLink)
        person = office.identities.person(asked.gathering, asked.email)
        minute = int(office.clock.now().timestamp()) // MINUTE  # at most one mail in each
        act = office.identities.act(asked.gathering, "access-link", person, str(minute))
        await office.queries.ask_for_link(LostLink(random_id(), act, asked.gathering, person, request_id_of(request)))
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


def _for_mails(office: Office, request: Request) -> None:
    if office.access.internal(request).subject != MAILER:
        raise not_found()


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


async def _lines(office: Office, gathering_id: str, *, personal: bool) -> AsyncIterator[bytes]:
    async for one in office.queries.all_registrations(gathering_id):
        line: dict[str, Any] = {"kind": "registration"} | (views.with_answers(one) if personal else views.resource(one))
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
    async for act in office.queries.audit(gathering_id):
        line = {"kind": "audit", "id": act["_id"], "at": timestamp(act["at"])}
        line |= {name: act[name] for name in ("actor", "role", "action", "object")}
        line |= {"note": act["note"]} if personal else {}  # free text may name somebody
        yield orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
