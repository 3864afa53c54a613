"""The hottest route: a registration is checked for shape, appended, and answered as soon as it is decided."""

import hashlib
import time
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answering import json_response, keyed, resource_response, undecided
from services.gateway.api.bodies import RegistrationRequest, canonical
from services.gateway.api.callers import Callers, actor_of, unauthenticated
from services.gateway.api.forwarding import Forwarding
from services.gateway.api.reading import json_of, refusal
from services.gateway.api.routes import ORGANISER
from services.gateway.clients.gatherings import Gatherings
from services.gateway.clients.owners import Owners
from services.gateway.clients.replies import Reply
from services.gateway.intake import Identity, Intake
from services.gateway.receipts import Receipts
from shared.clock import timestamp
from shared.errors import Unavailable
from shared.http import as_model, request_id_of
from shared.messages.registration import RegistrationSubmitted, Wish
from shared.preferring import Preference, preference_of
from shared.tokens import Manage, Tokens

STAFF_FIELDS = {"category", "override"}
SEALED = {"attendee", "answers", "consents", "membership_code", "invitation"}
ASK_WITHIN = 0.5  # seconds: the last question before a 202, taken out of the time that the caller would wait


class Registering:
    def __init__(
        self,
        callers: Callers,
        owners: Owners,
        gatherings: Gatherings,
        intake: Intake,
        tokens: Tokens,
        receipts: Receipts,
        forwarding: Forwarding,
    ) -> None:
        self._callers = callers
        self._owners = owners
        self._gatherings = gatherings
        self._intake = intake
        self._tokens = tokens
        self._receipts = receipts
        self._forwarding = forwarding

    async def register(self, request: Request) -> Response:
        """Anybody's; or an organiser's, who says so by the fields that only an organiser has."""
        content = await json_of(request)
        if "authorization" in request.headers:
            if self._callers.staff(request) is None:
                raise unauthenticated()
            if isinstance(content, dict) and STAFF_FIELDS & content.keys():
                staff = self._callers.staff_with(request, ORGANISER)
                answer = await self._forwarding.pass_on(request, "registration", actor_of(staff))
                return self._receipted(answer, content)
        body = as_model(content, RegistrationRequest)
        return await keyed(request, lambda key: self._register(request, key, body))

    def _receipted(self, answer: Response, sent: Any) -> Response:
        """The owner's answer to staff, with our signature on what was sent."""
        if answer.status_code != HTTPStatus.CREATED:
            return answer
        added = orjson.loads(answer.body)
        digest = hashlib.sha256(orjson.dumps(sent, option=orjson.OPT_SORT_KEYS)).hexdigest()
        receipt = self._receipts.sign(added["id"], added["gathering"], added["accepted_at"], digest)
        return json_response(HTTPStatus.CREATED, added | {"receipt": receipt}, {"Location": answer.headers["location"]})

    async def _register(self, request: Request, key: str, body: RegistrationRequest) -> Response:
        preference = preference_of(request)
        manage, identity, reply = await self.submit(
            request.path_params["g"], key, body, request_id_of(request), preference.wait
        )
        if reply is None:
            return self._answer(HTTPStatus.ACCEPTED, undecided(manage, None), manage, identity, preference)
        if reply.status >= HTTPStatus.BAD_REQUEST:
            raise refusal(reply)
        return self._answer(reply.status, reply.body, manage, identity, preference)

    async def submit(
        self, gathering_id: str, key: str, body: RegistrationRequest, request_id: str, wait: float
    ) -> tuple[Manage, Identity, Reply | None]:
        """Append it, and hear or ask what became of it. The form on the gathering's page comes in here as well."""
        until = time.monotonic() + wait - min(ASK_WITHIN, wait / 10)
        await self._gatherings.must_not_be_unknown(gathering_id)
        call = f"POST /v1/gatherings/{gathering_id}/registrations"
        identity = self._intake.identify(gathering_id, call, key, canonical(body))
        manage = Manage(identity.id, gathering_id, tuple((wish.part, wish.mode.value) for wish in body.parts))
        submission = RegistrationSubmitted(
            gathering_id=gathering_id,
            registration_id=identity.id,
            accepted_at=identity.accepted_at,
            key=identity.key,
            delegation=body.delegation,
            parts=tuple(Wish(part=part, mode=mode) for part, mode in manage.parts),
            sealed=self._intake.seals.for_registration(body.model_dump(mode="json", include=SEALED), identity.id),
        )
        reply = await self._intake.submit(submission, request_id, max(until - time.monotonic(), 0))
        if reply is None and wait:
            reply = await self._ask_owner(manage)
        return manage, identity, reply

    async def _ask_owner(self, manage: Manage) -> Reply | None:
        """The reply may have been lost, or the gateway that waited for it."""
        target = f"/v1/registrations/{manage.registration_id}"
        try:
            answer = await self._owners.ask("registration", "GET", target, actor_of(manage), within=ASK_WITHIN)
        except Unavailable:
            return None
        if answer.status != HTTPStatus.OK:
            return None
        resource = answer.json()
        is_mismatch = any(one.get("reason") == "idempotency-mismatch" for one in resource["parts"])
        return Reply(HTTPStatus.UNPROCESSABLE_ENTITY if is_mismatch else HTTPStatus.CREATED, resource)

    def _answer(
        self, status: int, resource: dict[str, Any], manage: Manage, identity: Identity, preference: Preference
    ) -> Response:
        """The owner's `accepted_at` counts, so that a repeat has the first one's receipt."""
        accepted_at = resource.get("accepted_at") or timestamp(identity.accepted_at)
        receipt = self._receipts.sign(manage.registration_id, manage.gathering_id, accepted_at, identity.digest)
        own = {"accepted_at": accepted_at, "manage_token": self._tokens.manage(manage), "receipt": receipt}
        return resource_response(status, resource | own, f"/v1/registrations/{manage.registration_id}", preference)
