"""Rooms and meetings as they stand: who is where, profiles, day sheets, what came of it."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from services.scheduling import views
from services.scheduling.api.office import READERS, Office
from services.scheduling.domain import Gathering, Outcome, Profile, SeatPerson, Topic, session_of
from services.scheduling.domain.state import Diary, Ledger
from shared.access import Actor
from shared.clock import timestamp
from shared.http import Body, Problem, not_found, read_json
from shared.text import Code
from shared.tokens import Role


class Seated(Body):
    room: Code


def router(office: Office) -> APIRouter:
    routes = APIRouter()
    here = "/v1/gatherings/{gathering_id}"

    @routes.get(f"{here}/working-groups")
    async def rooms(gathering_id: str, request: Request) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        return await _rooms(office, await office.gathering(gathering_id))

    @routes.put(f"{here}/working-groups/people/{{registration_id}}")
    async def seat(gathering_id: str, registration_id: str, request: Request) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        room = (await read_json(request, Seated)).room
        order = SeatPerson(registration_id, room)
        action = ("seat-person", f"registrations/{registration_id}", room)

        def view(outcome: Outcome) -> dict[str, Any]:
            found = (one for one in outcome.after.assignments.values() if one.registration_id == registration_id)
            return views.assignment(next(one for one in found if one.live))

        return await office.act(gathering_id, actor, order, await office.asked(request, gathering_id), action, view)

    @routes.get(f"{here}/partnering/sheets")
    async def sheets(
        gathering_id: str, request: Request, by: Annotated[Literal["person", "table"], Query()] = "person"
    ) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        gathering = await office.gathering(gathering_id)
        meetings = [one for one in await office.store.meetings_in(gathering_id) if one.live]
        people = await office.names(who for one in meetings for who in one.people)
        made = views.by_person if by == "person" else views.by_table
        return {"by": by, "timezone": gathering.definition.timezone, "sheets": made(gathering, meetings, people)}

    @routes.get(f"{here}/partnering/result")
    async def result(gathering_id: str, request: Request) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        part = _part(await office.gathering(gathering_id))
        meetings = [one for one in await office.store.meetings_in(gathering_id) if one.live]
        attending = {one.id for one in await office.store.attending(gathering_id, part)}
        attending |= {who for one in meetings for who in one.people}
        return views.result(sorted(attending), meetings, await office.names(attending))

    @routes.get(f"{here}/profiles")
    async def profiles(gathering_id: str, request: Request) -> dict[str, Any]:
        actor = office.access.actor(request)
        actor.must_cover(gathering_id)
        part = _part(await office.gathering(gathering_id))
        await _must_take_part(office, actor, part)
        return {"profiles": await _profiles(office, gathering_id, part, actor.registration_id)}

    @routes.get("/v1/registrations/{registration_id}/profile")
    async def profile(registration_id: str, request: Request) -> dict[str, Any]:
        await office.registration(office.access.actor(request), registration_id)
        found = await office.store.profile(registration_id)
        if found is None:
            raise not_found()
        said = {"visible": found.visible, "accepted_at": timestamp(found.accepted_at)}
        return {"registration_id": registration_id, **views.texts(opened(office, found)), **said}

    return routes


def _part(gathering: Gathering) -> str:
    if gathering.definition.partnering is None:
        raise not_found()
    return gathering.definition.partnering.part


async def _must_take_part(office: Office, actor: Actor, part: str) -> None:
    """Who shows a profile shows it to those they may meet, and to staff."""
    if actor.role in READERS:
        return
    if actor.role != Role.ATTENDEE or actor.registration_id is None:
        raise Problem(403, "role-too-small", "Profiles are for those who take part, and for organisers.")
    registration = await office.store.registration(actor.registration_id)
    holds = registration is not None and registration.opens_to(actor.generation)
    if registration is None or not holds or registration.mode_in(part) is None:
        raise Problem(403, "not-registered", "Profiles are for those who are confirmed for this part.")


async def _profiles(office: Office, gathering_id: str, part: str, reader: str | None) -> list[dict[str, Any]]:
    attending = {one.id: one for one in await office.store.attending(gathering_id, part)}
    found = [one for one in await office.store.profiles_in(gathering_id) if one.registration_id in attending]
    shown = [one for one in found if one.registration_id != reader and (one.visible or reader is None)]
    people = await office.names(one.registration_id for one in shown)
    wishes = {one.registration_id: one for one in await office.store.wishes_in(gathering_id)}
    met = (
        {}
        if reader is None
        else {one.other(reader): one.id for one in await office.store.meetings_of(reader) if one.live}
    )
    listed = []
    for one in shown:
        who = one.registration_id
        texts = opened(office, one)
        view = views.profile(attending[who], part, people.get(who), texts, reader, wishes)
        listed.append({**view, "meeting": met.get(who)})
    return listed


def opened(office: Office, one: Profile) -> Mapping[str, Sequence[str]]:
    return {field: office.opened(one.sealed, one.of, field) or () for field in ("offers", "seeks", "topics")}


async def _rooms(office: Office, gathering: Gathering) -> dict[str, Any]:
    agenda = await office.store.agenda(gathering.id)
    session = session_of(Diary(Ledger(gathering.id), gathering, agenda), gathering)
    if session is None:
        raise not_found()
    plans = {one.topic: one for one in await office.store.plans_in(gathering.id)}
    plan = plans.get(Topic.WORKING_GROUPS)
    attending = {one.id: one for one in await office.store.attending(gathering.id, session.part)}
    seated = [one for one in await office.store.assignments_in(gathering.id) if one.live]
    people = await office.names(one.registration_id for one in seated)
    inside: dict[str, list[dict[str, Any]]] = {room: [] for room in gathering.group_rooms}
    for one in sorted(seated, key=lambda one: one.registration_id):
        who, known = one.registration_id, attending.get(one.registration_id)
        mode = known.mode_in(session.part) if known is not None else None
        inside.setdefault(one.room, []).append({**views.guest(who, people.get(who)), "mode": mode})
    return {
        "session": session.session,
        "starts_at": timestamp(session.starts),
        "ends_at": timestamp(session.ends),
        "published_at": None if plan is None else timestamp(plan.published_at),
        "rooms": [
            {"room": room.room, "title": room.title.root, "capacity": room.capacity, "people": inside[room.room]}
            for room in gathering.group_rooms.values()
        ],
        "unplaced": sorted(one.registration_id for one in await office.store.latecomers_in(gathering.id)),
    }
