"""What staff do to single meetings: an override with its reason, a walk-in, a note that one side did not come."""

from typing import Any, Literal, Self

from fastapi import APIRouter, Request, Response
from pydantic import model_validator

from services.scheduling import views
from services.scheduling.api.desks import own_desk
from services.scheduling.api.office import Office, View
from services.scheduling.domain import Booking, MoveBooking, ReleaseBooking, ReportMissed, Side, WalkIn
from shared.access import Actor
from shared.http import Body, not_found, read_json
from shared.text import Code, Id, Line, Text
from shared.tokens import Role


class Override(Body):
    """What the windows would not let a person do, and why it is done: a release, or a move to `slot_id`."""

    release: Literal[True] | None = None
    slot_id: Code | None = None
    reason: Line

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        if (self.release is None) == (self.slot_id is None):
            raise ValueError("says what is to be done: give either release or slot_id")
        return self


class Missed(Body):
    """Which side did not come."""

    who: Side


class WalkInRequest(Body):
    """Without `slot_id` it is the slot under way, or the next that is free."""

    registration_id: Id
    slot_id: Code | None = None
    topic: Text | None = None


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.post("/v1/bookings/{booking_id}/override")
    async def override(booking_id: str, request: Request) -> dict[str, Any]:
        actor, booking = await _meeting(office, request, booking_id)
        wish = await read_json(request, Override)
        order: ReleaseBooking | MoveBooking = ReleaseBooking(booking.id, booking.registration_id)
        done = "release-booking"
        if wish.slot_id is not None:
            order, done = MoveBooking(booking.id, booking.registration_id, wish.slot_id), "move-booking"
        return await _act(office, request, actor, order, booking, (done, f"bookings/{booking.id}", wish.reason))

    @routes.post("/v1/bookings/{booking_id}/no-show")
    async def no_show(booking_id: str, request: Request) -> dict[str, Any]:
        actor, booking = await _meeting(office, request, booking_id)
        who = (await read_json(request, Missed)).who
        order = ReportMissed(booking.id, booking.registration_id, who)
        return await _act(office, request, actor, order, booking, (f"{who}-missed", f"bookings/{booking.id}"))

    @routes.post("/v1/gatherings/{gathering_id}/desks/{desk}/walk-ins")
    async def walk_in(gathering_id: str, desk: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.EXPERT, Role.ORGANISER)
        gathering = await own_desk(office, actor, gathering_id, desk)
        wish = await read_json(request, WalkInRequest)
        if wish.slot_id is not None and (
            wish.slot_id not in gathering.slots or gathering.slots[wish.slot_id].desk != desk
        ):
            raise not_found()
        asked = await office.asked(request, gathering_id)
        topic = None if wish.topic is None else office.seal.seal({"topic": wish.topic}, asked.id)
        order = WalkIn(asked.id, wish.registration_id, desk, wish.slot_id, topic)
        action = ("walk-in", f"bookings/{asked.id}")
        response.status_code = 201
        return await office.act(gathering_id, actor, order, asked, action, _shown(asked.id))

    return routes


async def _meeting(office: Office, request: Request, booking_id: str) -> tuple[Actor, Booking]:
    """The meeting, for an organiser and for the expert whose it is."""
    actor = office.access.actor(request)
    actor.must_be(Role.EXPERT, Role.ORGANISER)
    booking = await office.store.booking(booking_id)
    if booking is None or not actor.covers(booking.gathering_id):
        raise not_found()
    await own_desk(office, actor, booking.gathering_id, booking.slot.desk)
    return actor, booking


async def _act(
    office: Office,
    request: Request,
    actor: Actor,
    order: ReleaseBooking | MoveBooking | ReportMissed,
    booking: Booking,
    action: tuple[str, ...],
) -> dict[str, Any]:
    asked = await office.asked(request, booking.gathering_id)
    return await office.act(booking.gathering_id, actor, order, asked, action, _shown(booking.id))


def _shown(booking_id: str) -> View:
    return lambda outcome: views.booking(outcome.after.bookings[booking_id])
