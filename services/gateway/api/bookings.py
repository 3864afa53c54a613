"""Bookings at an expert's desk: asked for, moved, given up; decided by scheduling."""

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answering import keyed, resource_response
from services.gateway.api.bodies import BookingRequest, HoldRequest, MoveRequest, NoShowRequest, canonical
from services.gateway.api.callers import Callers, actor_of, bearer, unauthenticated
from services.gateway.api.forwarding import Forwarding
from services.gateway.api.holding import Holders, base
from services.gateway.api.reading import body_of, json_of, refusal
from services.gateway.api.routes import EXPERT, Owner
from services.gateway.clients.gatherings import Gatherings
from services.gateway.clients.owners import Owners
from services.gateway.intake import Identity, Intake, Submission
from shared.clock import timestamp
from shared.errors import Unavailable
from shared.http import Problem, as_model, not_found, request_id_of
from shared.messages.scheduling import HoldRequested, MoveRequested, NoShowReported, ReleaseRequested, SlotRequested
from shared.preferring import preference_of
from shared.tokens import Manage


class Bookings:
    def __init__(
        self,
        callers: Callers,
        holders: Holders,
        owners: Owners,
        gatherings: Gatherings,
        intake: Intake,
        forwarding: Forwarding,
    ) -> None:
        self._callers = callers
        self._holders = holders
        self._owners = owners
        self._gatherings = gatherings
        self._intake = intake
        self._forwarding = forwarding

    async def book(self, request: Request) -> Response:
        body = as_model(await json_of(request), BookingRequest)
        holder = await self._holder_of(request, body.registration_id)
        call = f"POST {request.scope['path']}"

        async def answer(key: str) -> Response:
            identity = self._intake.identify(holder.gathering_id, call, key, canonical(body))
            topic = {} if body.topic is None else {"topic": body.topic}
            submission = SlotRequested(
                gathering_id=holder.gathering_id,
                registration_id=body.registration_id,
                generation=holder.generation,
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
        holder = await self._holder_of(request, body.registration_id)
        call = f"POST {request.scope['path']}"

        async def answer(key: str) -> Response:
            identity = self._intake.identify(holder.gathering_id, call, key, canonical(body))
            submission = HoldRequested(**base(identity, holder), slot_id=body.slot_id)
            pending = {"id": identity.id, "slot_id": body.slot_id, "registration_id": body.registration_id}
            where = f"/v1/registrations/{body.registration_id}/diary"
            return await self._submit(request, identity, submission, where, pending)

        return await keyed(request, answer)

    async def _holder_of(self, request: Request, registration_id: str) -> Manage:
        """Who calls, if they hold this registration for the gathering in the path."""
        if bearer(request) is None or not (self._callers.attendee(request) or self._callers.staff(request)):
            raise unauthenticated()
        holder = await self._holders.holder(request, registration_id)
        if holder.gathering_id != request.path_params["g"]:
            raise not_found()
        await self._gatherings.must_not_be_unknown(holder.gathering_id)
        return holder

    async def move(self, request: Request) -> Response:
        body = as_model(await json_of(request), MoveRequest)
        holder = await self._holder(request)

        async def answer(key: str) -> Response:
            identity = self._identify(request, holder, key, canonical(body))
            submission = MoveRequested(**_base(request, identity, holder), slot_id=body.slot_id)
            pending = _pending(request, holder) | {"slot_id": body.slot_id}
            return await self._submit(request, identity, submission, _address(request), pending)

        return await keyed(request, answer)

    async def release(self, request: Request) -> Response:
        holder = await self._holder(request)

        async def answer(key: str) -> Response:
            identity = self._identify(request, holder, key, b"")
            submission = ReleaseRequested(**_base(request, identity, holder))
            return await self._submit(request, identity, submission, _address(request), _pending(request, holder))

        return await keyed(request, answer)

    async def miss(self, request: Request) -> Response:
        """The holder says that the expert did not come; staff note either side, with scheduling itself."""
        holder = self._callers.attendee(request)
        if holder is None:
            actor = actor_of(self._callers.staff_with(request, EXPERT))
            return await self._forwarding.pass_on(request, Owner.SCHEDULING, actor)
        if await body_of(request) and as_model(await json_of(request), NoShowRequest).who != "expert":
            errors = [{"pointer": "/who", "detail": "only staff say that the attendee did not come: say `expert`"}]
            raise Problem(422, "invalid-request", "Correct what `errors` names and send it again.", errors=errors)
        who = holder

        async def answer(key: str) -> Response:
            identity = self._identify(request, who, key, b"")
            submission = NoShowReported(**_base(request, identity, who))
            return await self._submit(request, identity, submission, _address(request), _pending(request, who))

        return await keyed(request, answer)

    async def read(self, request: Request) -> Response:
        """For everybody but its holder there is no such booking, also for whom it was taken over from."""
        if not (self._callers.attendee(request) or self._callers.staff(request)):
            raise not_found()
        content = await self._look_up(request.path_params["b"])
        holder = await self._holders.holder(request, content["registration_id"])
        if holder.generation < content.pop("generation", 0):
            raise not_found()
        return resource_response(HTTPStatus.OK, content, _address(request), preference_of(request))

    async def _holder(self, request: Request) -> Manage:
        """Who would have it moved or given up. Whether it is theirs is decided by scheduling, up or down just now."""
        if (attendee := self._callers.attendee(request)) is not None:
            return attendee
        if self._callers.staff(request) is None:
            raise not_found()
        content = await self._look_up(request.path_params["b"])
        return await self._holders.holder(request, content["registration_id"])

    async def _look_up(self, booking_id: str) -> dict[str, Any]:
        answer = await self._owners.ask("scheduling", "GET", f"/internal/bookings/{booking_id}", None)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise not_found()
        if answer.status != HTTPStatus.OK:
            raise Unavailable(f"scheduling answered {answer.status}")
        content: dict[str, Any] = answer.json()
        return content

    def _identify(self, request: Request, holder: Manage, key: str, body: bytes) -> Identity:
        call = f"{request.method} {request.scope['path']}"
        return self._intake.identify(holder.gathering_id, call, key, body)

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


def _base(request: Request, identity: Identity, holder: Manage) -> dict[str, Any]:
    return base(identity, holder) | {"booking_id": request.path_params["b"]}


def _pending(request: Request, holder: Manage) -> dict[str, Any]:
    return {"id": request.path_params["b"], "registration_id": holder.registration_id}


def _address(request: Request) -> str:
    return f"/v1/bookings/{request.path_params['b']}"
