"""What the holder of a registration does with it: look, change, cancel, wish. An organiser may do it for them."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answering import json_response, keyed, resource_response, undecided
from services.gateway.api.bodies import CancellationRequest, ChangeRequest, Nothing, PreferenceRequest, canonical
from services.gateway.api.callers import Callers, actor_of, must_cover, unauthenticated
from services.gateway.api.forwarding import Forwarding
from services.gateway.api.reading import json_of, json_or_nothing, refusal
from services.gateway.api.routes import COORDINATOR, ORGANISER
from services.gateway.clients.owners import Owners
from services.gateway.intake import Identity, Intake, Submission
from shared.clock import timestamp
from shared.errors import Unavailable
from shared.http import Body, Problem, as_model, not_found, request_id_of
from shared.messages.gathering import Mode
from shared.messages.registration import CancellationSubmitted, ChangeSubmitted, Wish
from shared.messages.scheduling import PreferenceSubmitted, SessionStarred, WaitRequested
from shared.preferring import preference_of
from shared.tokens import InvalidToken, Join, Manage, Role, Staff, Tokens

Accepted = Callable[[Identity], Awaitable[dict[str, Any]]]

WHO = "is your own registration: name others"
UNKNOWN = "/problems/not-found"  # the owner has no such registration; any other 404 or 410 says that it is void


class Holders:
    """Who holds a registration: its own key says so, or, for an organiser, its owner."""

    def __init__(self, callers: Callers, owners: Owners, tokens: Tokens) -> None:
        self._callers = callers
        self._owners = owners
        self._tokens = tokens

    async def holder(self, request: Request, registration_id: str) -> Manage:
        return (await self.holder_and_caller(request, registration_id, ORGANISER))[0]

    async def holder_in(self, request: Request, registration_id: str | None) -> Manage:
        """Whom a body names, or else whose key is sent."""
        if registration_id is not None:
            return await self.holder(request, registration_id)
        manage = self._callers.attendee(request)
        if manage is None and self._callers.staff(request) is None:
            raise unauthenticated()
        if manage is None:
            errors = [{"pointer": "/registration_id", "detail": "is missing: staff name whom they act for"}]
            raise Problem(422, "invalid-request", "Correct what `errors` names and send it again.", errors=errors)
        return manage

    async def holder_and_caller(
        self, request: Request, registration_id: str, roles: frozenset[Role]
    ) -> tuple[Manage, Manage | Staff]:
        """A coordinator holds those of the own delegation; whom they may not see is not there."""
        caller = self._callers.holder(request, registration_id, roles)
        if isinstance(caller, Manage):
            return caller, caller
        manage, delegation = await self._look_up(registration_id)
        must_cover(caller, {"g": manage.gathering_id})
        if caller.role is Role.COORDINATOR and (caller.scope is None or caller.scope != delegation):
            raise not_found()
        return manage, caller

    async def _look_up(self, registration_id: str) -> tuple[Manage, str | None]:
        body = orjson.dumps({"registration_ids": [registration_id]})
        headers = {"content-type": "application/json"}
        answer = await self._owners.ask("registration", "POST", "/internal/people", None, headers=headers, body=body)
        if answer.status != HTTPStatus.OK:
            raise Unavailable(f"registration answered {answer.status}")
        person = answer.json()["people"].get(registration_id)
        if person is None:
            raise not_found()
        try:
            return self._tokens.read_manage(person["manage_token"]), person.get("delegation")
        except InvalidToken:
            raise Unavailable("registration and gateway have different keys") from None


class Holding:
    def __init__(
        self,
        callers: Callers,
        holders: Holders,
        owners: Owners,
        intake: Intake,
        tokens: Tokens,
        forwarding: Forwarding,
    ) -> None:
        self._callers = callers
        self._holders = holders
        self._tokens = tokens
        self._owners = owners
        self._intake = intake
        self._forwarding = forwarding

    async def read(self, request: Request) -> Response:
        """From its owner. What was accepted and is not there yet reads `received`: its key is proof enough."""
        caller = self._callers.holder(request, request.path_params["r"], ORGANISER)
        response = await self._forwarding.pass_on(request, "registration", actor_of(caller))
        if response.status_code == HTTPStatus.GONE or (
            response.status_code == HTTPStatus.NOT_FOUND and not _is_undecided(caller, response)
        ):
            raise not_found()
        if response.status_code == HTTPStatus.NOT_FOUND and isinstance(caller, Manage):
            return json_response(HTTPStatus.OK, undecided(caller, None))
        return self._with_ways_in(response, caller) if isinstance(caller, Manage) else response

    def _with_ways_in(self, response: Response, holder: Manage) -> Response:
        """For the holder alone: where each part attended online is joined."""
        if response.status_code != HTTPStatus.OK:
            return response
        content = orjson.loads(response.body)
        for part in content["parts"]:
            if part["mode"] == Mode.REMOTE and part["status"] == "confirmed":
                join = Join(holder.registration_id, holder.gathering_id, part["part"], holder.generation)
                part["join"] = f"/v1/join/{self._tokens.join(join)}"
        return json_response(HTTPStatus.OK, content)

    async def change(self, request: Request) -> Response:
        body = as_model(await json_of(request), ChangeRequest)
        roles = ORGANISER | COORDINATOR
        manage, caller = await self._holders.holder_and_caller(request, request.path_params["r"], roles)
        if isinstance(caller, Staff) and caller.role is Role.COORDINATOR:
            _must_hand_over(body)
        sealed = body.model_dump(mode="json", include={"attendee", "answers", "invitation"}, exclude_none=True)

        def submission(identity: Identity) -> Submission:
            return ChangeSubmitted(
                **base(identity, manage),
                parts=tuple(Wish(part=wish.part, mode=wish.mode) for wish in body.parts or ()),
                sealed=self._intake.seals.for_registration(sealed, identity.id),
            )

        return await self.submit(request, manage, body, submission)

    async def cancel(self, request: Request) -> Response:
        body = as_model(await json_or_nothing(request), CancellationRequest)
        manage = await self._holders.holder(request, request.path_params["r"])
        sealed = body.model_dump(include={"reason"}, exclude_none=True)

        def submission(identity: Identity) -> Submission:
            return CancellationSubmitted(
                **base(identity, manage),
                parts=body.parts,
                sealed=self._intake.seals.for_registration(sealed, identity.id),
            )

        return await self.submit(request, manage, body, submission)

    async def prefer(self, request: Request) -> Response:
        body = as_model(await json_of(request), PreferenceRequest)
        manage = await self._holders.holder(request, request.path_params["r"])
        must_be_others(manage, meet=body.meet, no_thanks=body.no_thanks)

        def submission(identity: Identity) -> Submission:
            return PreferenceSubmitted(**base(identity, manage), **dict(body))

        return await self.submit(request, manage, body, submission, accepted_for(manage))

    async def wait(self, request: Request) -> Response:
        return await self._take_turn(request, leave=False)

    async def leave(self, request: Request) -> Response:
        return await self._take_turn(request, leave=True)

    async def _take_turn(self, request: Request, *, leave: bool) -> Response:
        """On the waiting list of a desk, or off it."""
        manage = await self._holders.holder(request, request.path_params["r"])
        desk: str = request.path_params["d"]

        def submission(identity: Identity) -> Submission:
            return WaitRequested(**base(identity, manage), desk=desk, leave=leave)

        async def accepted(identity: Identity) -> dict[str, Any]:
            accepted_at = timestamp(identity.accepted_at)
            return {"desk": desk, "registration_id": manage.registration_id, "accepted_at": accepted_at}

        return await self.submit(request, manage, Nothing(), submission, accepted)

    async def star(self, request: Request) -> Response:
        return await self._star(request, starred=True)

    async def unstar(self, request: Request) -> Response:
        return await self._star(request, starred=False)

    async def _star(self, request: Request, *, starred: bool) -> Response:
        """A session that they would not miss, or no longer."""
        manage = await self._holders.holder(request, request.path_params["r"])
        session: str = request.path_params["s"]

        def submission(identity: Identity) -> Submission:
            return SessionStarred(**base(identity, manage), session=session, starred=starred)

        return await self.submit(request, manage, Nothing(), submission, accepted_for(manage))

    async def submit(
        self,
        request: Request,
        manage: Manage,
        body: Body,
        submission: Callable[[Identity], Submission],
        accepted: Accepted | None = None,
    ) -> Response:
        preference = preference_of(request)
        call = f"{request.method} {request.scope['path']}"
        location = f"/v1/registrations/{manage.registration_id}"

        async def answer(key: str) -> Response:
            identity = self._intake.identify(manage.gathering_id, call, key, canonical(body))
            reply = await self._intake.submit(submission(identity), request_id_of(request), preference.wait)
            if reply is None:
                content = await (accepted(identity) if accepted else self._as_it_stands(manage))
                return resource_response(HTTPStatus.ACCEPTED, content, location, preference)
            if reply.status >= HTTPStatus.BAD_REQUEST:
                raise refusal(reply)
            return resource_response(reply.status, reply.body, location, preference)

        return await keyed(request, answer)

    async def _as_it_stands(self, manage: Manage) -> dict[str, Any]:
        """Not yet decided: the registration as it was before."""
        target = f"/v1/registrations/{manage.registration_id}"
        try:
            answer = await self._owners.ask("registration", "GET", target, actor_of(manage), within=1.0)
        except Unavailable:
            return undecided(manage, None)
        content: dict[str, Any] = answer.json() if answer.status == HTTPStatus.OK else undecided(manage, None)
        return content


def base(identity: Identity, manage: Manage) -> dict[str, Any]:
    return {
        "id": identity.id,
        "gathering_id": manage.gathering_id,
        "registration_id": manage.registration_id,
        "generation": manage.generation,
        "accepted_at": identity.accepted_at,
        "key": identity.key,
    }


def accepted_for(manage: Manage) -> Accepted:
    """What a submission that is not decided yet says of itself."""

    async def accepted(identity: Identity) -> dict[str, Any]:
        return {"registration_id": manage.registration_id, "accepted_at": timestamp(identity.accepted_at)}

    return accepted


def must_be_others(manage: Manage, **named: tuple[str, ...]) -> None:
    """Nobody meets themselves."""
    own = manage.registration_id
    found = [{"pointer": f"/{field}/{ids.index(own)}", "detail": WHO} for field, ids in named.items() if own in ids]
    if found:
        raise Problem(422, "invalid-request", "Correct what `errors` names and send it again.", errors=found)


def _must_hand_over(body: ChangeRequest) -> None:
    """All that a coordinator may do with a registration."""
    if body.attendee is None or body.model_fields_set != {"attendee"}:
        raise Problem(403, "role-too-small", "A coordinator hands over to a colleague, by `attendee` alone.")


def _is_undecided(caller: object, response: Response) -> bool:
    """A substitution is decided before its key exists, so only a first key can be ahead of its registration."""
    return isinstance(caller, Manage) and caller.generation == 0 and orjson.loads(response.body).get("type") == UNKNOWN
