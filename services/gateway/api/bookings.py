"""Bookings at an expert's desk: asked for, moved, given up; decided by scheduling."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answering import keyed, resource_response
from services.gateway.api.bodies import BookingRequest, HoldRequest, MoveRequest, canonical
from services.gateway.api.callers import Callers, bearer, unauthenticated
from services.gateway.api.holding import Holders
from services.gateway.api.reading import json_of, preference_of, refusal, request_id_of
from services.gateway.clients.gatherings import Gatherings
from services.gateway.clients.owners import Owners
from services.gateway.intake import Identity, Intake, Submission
from shared.clock import timestamp
from shared.errors import Unavailable
from shared.http import as_model, not_found
from shared.messages.scheduling import HoldRequested, MoveRequested, ReleaseRequested, SlotRequested
from shared.tokens import Manage

WHOSE_WITHIN = 4.0  # seconds; the public is told within five that it should come back


@dataclass(frozen=True, slots=True)
class Held:
    """A booking, and the holder of the registration that has it."""

    id: str
    holder: Manage
    content: dict[str, Any]


class Bookings:
    def __init__(
        self, callers: Callers, holders: Holders, owners: Owners, gatherings: Gatherings, intake: Intake
    ) -> None:
        self._callers = callers
        self._holders = holders
        self._owners = owners
        self._gatherings = gatherings
        self._intake = intake

    async def book(self, request: Request) -> Response:
        body = as_model(await json_of(request), BookingRequest)
        gathering_id = await self._gathering_of(request, body.registration_id)
        call = f"POST {request.scope['path']}"

        async def answer(key: str) -> Response:
            identity = self._intake.identify(gathering_id, call, key, canonical(body))
            topic = {} if body.topic is None else {"topic": body.topic}
            submission = SlotRequested(
                gathering_id=gathering_id,
                registration_id=body.registration_id,
                accepted_at=identity.accepted_at,
                key=identity.key,
                booking_id=identity.id,
                slot_id=body.slot_id,
                sealed=self._intake.seals.for_scheduling(topic, identity.id),
            )
            pending = {"id": identity.id, "slot_id": body.slot_id, "registration_id": body.registration_id}
            return await self._submit(request, identity, submission, f"/v1/bookings/{identity.id}", pending)

        return await keyed(request, answer)

    async def hold(self, request: Request) -> Response:
        body = as_model(await json_of(request), HoldRequest)
        gathering_id = await self._gathering_of(request, body.registration_id)
        call = f"POST {request.scope['path']}"

        async def answer(key: str) -> Response:
            identity = self._intake.identify(gathering_id, call, key, canonical(body))
            submission = HoldRequested(
                gathering_id=gathering_id,
                registration_id=body.registration_id,
                accepted_at=identity.accepted_at,
                key=identity.key,
                id=identity.id,
                slot_id=body.slot_id,
            )
            pending = {"id": identity.id, "slot_id": body.slot_id, "registration_id": body.registration_id}
            where = f"/v1/registrations/{body.registration_id}/diary"
            return await self._submit(request, identity, submission, where, pending)

        return await keyed(request, answer)

    async def _gathering_of(self, request: Request, registration_id: str) -> str:
        """The gathering in the path, if who calls holds this registration for it."""
        if bearer(request) is None or not (self._callers.attendee(request) or self._callers.staff(request)):
            raise unauthenticated()
        gathering_id: str = request.path_params["g"]
        holder = await self._holders.holder(request, registration_id)
        if holder.gathering_id != gathering_id:
            raise not_found()
        await self._gatherings.must_not_be_unknown(gathering_id)
        return gathering_id

    async def move(self, request: Request) -> Response:
        body = as_model(await json_of(request), MoveRequest)
        held = await self._held(request)

        async def answer(key: str) -> Response:
            identity = self._identify(request, held, key, canonical(body))
            submission = MoveRequested(**_base(identity, held), slot_id=body.slot_id)
            return await self._submit(request, identity, submission, f"/v1/bookings/{held.id}", held.content)

        return await keyed(request, answer)

    async def release(self, request: Request) -> Response:
        held = await self._held(request)

        async def answer(key: str) -> Response:
            identity = self._identify(request, held, key, b"")
            submission = ReleaseRequested(**_base(identity, held))
            return await self._submit(request, identity, submission, f"/v1/bookings/{held.id}", held.content)

        return await keyed(request, answer)

    async def read(self, request: Request) -> Response:
        held = await self._held(request)
        return resource_response(HTTPStatus.OK, held.content, f"/v1/bookings/{held.id}", preference_of(request))

    async def _held(self, request: Request) -> Held:
        """Scheduling says whose it is; for everybody else there is no such booking."""
        booking_id: str = request.path_params["b"]
        if not (self._callers.attendee(request) or self._callers.staff(request)):
            raise not_found()
        target = f"/internal/bookings/{booking_id}"
        answer = await self._owners.ask("scheduling", "GET", target, None, within=WHOSE_WITHIN)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise not_found()
        if answer.status != HTTPStatus.OK:
            raise Unavailable(f"scheduling answered {answer.status}")
        content: dict[str, Any] = answer.json()
        return Held(booking_id, await self._holders.holder(request, content["registration_id"]), content)

    def _identify(self, request: Request, held: Held, key: str, body: bytes) -> Identity:
        call = f"{request.method} {request.scope['path']}"
        return self._intake.identify(held.holder.gathering_id, call, key, body)

    async def _submit(
        self, request: Request, identity: Identity, submission: Submission, location: str, before: dict[str, Any]
    ) -> Response:
        preference = preference_of(request)
        reply = await self._intake.submit(submission, request_id_of(request), preference.wait)
        if reply is not None and reply.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(reply)
        status, body = (reply.status, reply.body) if reply is not None else (HTTPStatus.ACCEPTED, before)
        if reply is None:
            body = {"status": "received"} | before | {"accepted_at": timestamp(identity.accepted_at)}
        return resource_response(status, body, location, preference)


def _base(identity: Identity, held: Held) -> dict[str, Any]:
    return {
        "id": identity.id,
        "gathering_id": held.holder.gathering_id,
        "registration_id": held.holder.registration_id,
        "accepted_at": identity.accepted_at,
        "key": identity.key,
        "booking_id": held.id,
    }
