"""Joining online: a link shows a button; pressing it leads on, and is attendance while the part takes place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from services.checkin.api.parts import Parts
from services.checkin.domain import Gathering, Ticket, counts, join
from services.checkin.store import Commit, Said
from shared.access import Actor
from shared.clock import timestamp
from shared.errors import LostRace
from shared.http import Problem, not_found, request_id_of
from shared.messages.gathering import Definition, Part, Room
from shared.tokens import InvalidToken, Join

DESK, ROOM, MEETING = "desk:", "room:", "meeting:"  # what a link is to, if not to a part
UNCOUNTED = (DESK, ROOM, MEETING)  # nobody's attendance is recorded by these
OWN_NAME = "$meeting"  # in an address: two who meet have a name of their own there
ATTEMPTS = 5


@dataclass(frozen=True)
class _Link:
    """A genuine link and who it was mailed to."""

    join: Join
    ticket: Ticket
    gathering: Gathering

    @property
    def part(self) -> Part | None:
        return self.gathering.definition.part(self.join.part)


def routes(parts: Parts) -> APIRouter:
    router = APIRouter()
    Caller = Annotated[Actor, Depends(parts.access.caller)]  # noqa: N806 - a type

    @router.get("/v1/join/{code}")
    async def page(code: str, _: Caller) -> Response:
        """What the page with the button says. Mail scanners follow links: this records nothing."""
        link = await _read(parts, code)
        content = _described(link, parts.clock.now())
        return Response(orjson.dumps(content), media_type="application/json", headers={"Cache-Control": "no-store"})

    @router.post("/v1/join/{code}")
    async def pressed(code: str, request: Request, _: Caller) -> Response:
        link = await _read(parts, code)
        of_a_part = not link.join.part.startswith(UNCOUNTED)
        if of_a_part and counts(link.part, parts.clock.now()):
            await _record(parts, code, request_id_of(request))
        address = _address(parts, await _definition(parts, link), link.join)
        if address is None and of_a_part:  # there is nothing to join but the gathering itself
            address = f"/g/{link.join.gathering_id}"
        if address is None:
            raise not_found()
        return RedirectResponse(address, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})

    return router


async def _read(parts: Parts, code: str) -> _Link:
    try:
        given = parts.tokens.read_join(code)
    except InvalidToken:
        raise not_found() from None
    ticket = (await parts.store.tickets([given.registration_id])).get(given.registration_id)
    gathering = (await parts.store.gatherings([given.gathering_id])).get(given.gathering_id)
    if ticket is None or gathering is None or ticket.erased or ticket.gathering_id != given.gathering_id:
        raise not_found()
    if not ticket.opens_to(given.generation):
        raise not_found()  # it was mailed to whom a colleague has taken over from
    if not given.part.startswith(UNCOUNTED) and join(ticket, given.part, parts.clock.now()) is None:
        detail = "This link is no longer good: your registration has no remote place in this part. See your own page."
        raise Problem(409, "no-remote-place", detail)
    return _Link(given, ticket, gathering)


def _described(link: _Link, now: datetime) -> dict[str, object]:
    definition = link.gathering.definition
    about: dict[str, object] = {"gathering": definition.gathering, "timezone": definition.timezone}
    about["title"] = definition.title.model_dump()
    if (part := link.part) is not None:
        times = {"starts": timestamp(part.starts), "ends": timestamp(part.ends)}
        return about | {"part": part.part, "part_title": part.title.model_dump(), "counts": counts(part, now)} | times
    for desk in definition.helpdesk.desks:
        if link.join.part == DESK + desk.desk:
            times = {"starts": timestamp(desk.opens), "ends": timestamp(desk.closes)}
            return about | {"desk": desk.desk, "expert": desk.expert} | times
    for room in _rooms(definition):
        if link.join.part == ROOM + room.room:
            return about | {"room": room.room, "room_title": room.title.model_dump()} | _session(definition)
    if link.join.part.startswith(MEETING) and definition.partnering is not None:
        return about | {"meeting": link.join.part.removeprefix(MEETING)}
    raise not_found()


def _session(definition: Definition) -> dict[str, object]:
    """When the working groups are, as far as the definition knows."""
    groups = definition.working_groups
    found = (one for one in definition.agenda.sessions if groups is not None and one.session == groups.session)
    return next(({"starts": timestamp(one.starts), "ends": timestamp(one.ends)} for one in found), {})


async def _definition(parts: Parts, link: _Link) -> Definition:
    """The joining address is private: it is asked of registration, whose client remembers it by version."""
    found = await parts.definitions.definition(link.join.gathering_id, link.gathering.version)
    if found is None:
        raise not_found()
    return found


def _address(parts: Parts, definition: Definition, to: Join) -> str | None:
    part = to.part
    if part.startswith(MEETING):
        found = definition.meetings_join
        return None if found is None else found.url.replace(OWN_NAME, parts.tokens.identity(to.gathering_id, part))
    if (pool := definition.pool(part, "remote")) is not None:
        return pool.join.url if pool.join is not None else None
    joins = {DESK + desk.desk: desk.join for desk in definition.helpdesk.desks}
    joins |= {ROOM + room.room: room.join for room in _rooms(definition)}
    found = joins.get(part)
    return None if found is None else found.url


def _rooms(definition: Definition) -> tuple[Room, ...]:
    return () if definition.working_groups is None else definition.working_groups.rooms


async def _record(parts: Parts, code: str, request_id: str) -> None:
    """Once, however often the button is pressed; a lost race is somebody else's press, or a change: look again."""
    for attempt in range(1, ATTEMPTS + 1):
        link = await _read(parts, code)
        joined = join(link.ticket, link.join.part, parts.clock.now())
        if joined is None or joined[0] == link.ticket:
            return
        after, facts = joined
        cause = f"join/{link.ticket.registration_id}/{link.join.part}"
        at = parts.clock.now()
        said = tuple(Said(fact, cause, at, correlation_id=request_id) for fact in facts)
        try:
            await parts.store.commit(Commit({}, ((link.ticket, after),), said=said))
        except LostRace:
            if attempt == ATTEMPTS:
                raise
        else:
            return
