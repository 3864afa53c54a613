"""Diaries: what one person has, for the person and for those who organise."""

from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from services.scheduling import views
from services.scheduling.api.agenda import ics
from services.scheduling.api.office import Office
from services.scheduling.domain import Registration, Topic
from services.scheduling.feeds import Feed, Kind
from services.scheduling.rooms import NO_WAYS
from shared.access import Actor
from shared.http import not_found
from shared.tokens import Role


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/registrations/{registration_id}/diary")
    async def read(registration_id: str, request: Request) -> dict[str, Any]:
        actor = office.access.actor(request)
        diary = await _gather(office, actor, registration_id)
        if actor.role != Role.ATTENDEE:
            return views.diary(diary)
        feed = Feed(Kind.PERSON, diary.gathering.id, registration_id)
        address = office.feeds.address(feed, actor.generation)
        return {**views.diary(diary), "feed": address, "wishes_open": await _waits_for_wishes(office, diary)}

    @routes.get("/v1/registrations/{registration_id}/diary.ics")
    async def calendar(registration_id: str, request: Request) -> Response:
        diary = await _gather(office, office.access.actor(request), registration_id)
        return ics(views.diary_calendar(diary, office.domain, office.clock.now()), "diary.ics")

    @routes.get("/v1/registrations/{registration_id}/preferences")
    async def preferences(registration_id: str, request: Request) -> dict[str, Any]:
        await office.registration(office.access.actor(request), registration_id)
        found = await office.store.preferences(registration_id)
        if found is None:
            raise not_found()
        return views.preferences(found)

    return routes


async def _waits_for_wishes(office: Office, diary: views.Diary) -> bool:
    """Whether this person may still wish for a working group: until the groups are published, or meet."""
    groups, release = diary.gathering.definition.working_groups, diary.release
    placed = release.by_session.get(groups.session) if groups is not None and release is not None else None
    session = None if placed is None else placed.session
    if session is None or diary.registration.mode_in(session.part) is None or session.starts <= office.clock.now():
        return False
    return all(one.topic is not Topic.WORKING_GROUPS for one in await office.store.plans_in(diary.gathering.id))


async def _gather(office: Office, actor: Actor, registration_id: str) -> views.Diary:
    registration = await office.registration(actor, registration_id)
    return await gathered(office, registration, for_holder=actor.role == Role.ATTENDEE)


async def gathered(office: Office, registration: Registration, *, for_holder: bool) -> views.Diary:
    gathering = await office.gathering(registration.gathering_id)
    bookings = await office.store.bookings_of(registration.id)
    release = (await office.store.agenda(gathering.id)).latest
    meetings = await office.store.meetings_of(registration.id)
    people = await office.names(one.other(registration.id) for one in meetings) if meetings else {}
    rooms = await office.store.assignments_of(registration.id)
    starred = frozenset(one.session for one in await office.store.stars_of(registration.id))
    has_lost = bool(starred) and (release is None or not starred <= release.by_session.keys())
    diary = views.Diary(
        registration,
        gathering,
        bookings,
        release,
        assignments=rooms,
        meetings=meetings,
        people=people,
        starred=starred,
        releases=await office.store.releases(gathering.id) if has_lost else (),
    )
    if not for_holder:
        return diary
    holds = await office.store.holds_of(registration.id)
    turns = await office.store.turns_of(registration.id)
    of = gathering.id, gathering.version
    links = await office.rooms.links(*of, registration.generation) if bookings else views.nowhere
    topics = {one.id: office.topic(one) for one in bookings}
    ways = await office.rooms.ways(*of) if rooms or meetings else NO_WAYS
    return replace(diary, links=links, topics=topics, holds=holds, turns=turns, ways=ways)
