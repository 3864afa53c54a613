"""Calendars to subscribe to: one a person, one an expert, one a room; what is gone stays in them as cancelled."""

from typing import Any

from fastapi import APIRouter, Request, Response

from services.scheduling import views
from services.scheduling.api.agenda import ics
from services.scheduling.api.diary import gathered
from services.scheduling.api.office import Office
from services.scheduling.domain import Release
from services.scheduling.feeds import Feed, Kind, in_an_address
from shared.http import not_found
from shared.tokens import Role


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/gatherings/{gathering_id}/feeds")
    async def addresses(gathering_id: str, request: Request) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        gathering = await office.gathering(gathering_id)
        rooms = _rooms(await office.store.releases(gathering_id))

        def listed(kind: Kind, name: str) -> dict[str, str]:
            return {kind.value: name, "feed": office.feeds.address(Feed(kind, gathering_id, in_an_address(name)))}

        return {
            "experts": [listed(Kind.EXPERT, desk) for desk in gathering.desks],
            "rooms": [listed(Kind.ROOM, room) for room in rooms],
        }

    @routes.get("/v1/feeds/{code}")
    async def read(code: str) -> Response:
        found = office.feeds.read(code)
        if found is None or not await _is_good(office, *found):
            raise not_found()
        feed, _ = found
        readers = {Kind.PERSON: _of_person, Kind.EXPERT: _of_expert, Kind.ROOM: _of_room}
        return ics(await readers[feed.kind](office, feed), f"{feed.of}.ics")

    return routes


async def _is_good(office: Office, feed: Feed, mark: str) -> bool:
    """A person's address is good for whoever holds the registration now; nobody holds an erased one."""
    if feed.kind is not Kind.PERSON:
        return office.feeds.is_good(feed, mark)
    person = (await office.people.get([feed.of])).get(feed.of)
    return person is not None and office.feeds.is_good(feed, mark, person.generation)


async def _of_person(office: Office, feed: Feed) -> bytes:
    registration = await office.store.registration(feed.of)
    if registration is None or registration.gathering_id != feed.gathering_id:
        raise not_found()
    diary = await gathered(office, registration, for_holder=True)
    return views.diary_calendar(diary, office.domain, office.clock.now())


async def _of_expert(office: Office, feed: Feed) -> bytes:
    gathering = await office.gathering(feed.gathering_id)
    bookings = await office.store.history_at(feed.gathering_id, feed.of)
    people = await office.names(one.registration_id for one in bookings)
    topics = {one.id: office.topic(one) for one in bookings}
    desk = views.Desk(gathering, feed.of, bookings, people, topics)
    return views.expert_calendar(desk, office.domain, office.clock.now())


async def _of_room(office: Office, feed: Feed) -> bytes:
    gathering = await office.gathering(feed.gathering_id)
    releases = await office.store.releases(feed.gathering_id)
    room = next((one for one in _rooms(releases) if in_an_address(one) == feed.of), None)
    if room is None:
        raise not_found()
    return views.room_calendar(gathering, room, releases, office.domain)


def _rooms(releases: list[Release]) -> list[str]:
    named = (placed.session.room for release in releases for placed in release.sessions)
    return sorted({room for room in named if room is not None})
