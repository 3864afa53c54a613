"""Questions to speakers: asked and backed by those who registered; decided by scheduling."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.answering import keyed, resource_response
from services.gateway.api.bodies import QuestionRequest, VoteRequest, canonical
from services.gateway.api.holding import Holders, base
from services.gateway.api.reading import body_of, json_of, refusal
from services.gateway.intake import Identity, Intake, Submission
from shared.clock import timestamp
from shared.http import as_model, not_found, request_id_of
from shared.messages.scheduling import QuestionAsked, QuestionBacked
from shared.preferring import preference_of
from shared.tokens import Manage


class Asking:
    def __init__(self, holders: Holders, intake: Intake) -> None:
        self._holders = holders
        self._intake = intake

    async def ask(self, request: Request) -> Response:
        body = as_model(await json_of(request), QuestionRequest)
        session: str = request.path_params["s"]

        def submission(identity: Identity, holder: Manage) -> Submission:
            sealed = self._intake.seals.for_scheduling({"text": body.text}, identity.id)
            return QuestionAsked(**base(identity, holder), session=session, sealed=sealed or "")

        return await self._submit(request, body, submission)

    async def back(self, request: Request) -> Response:
        body = as_model(await json_of(request) if await body_of(request) else {}, VoteRequest)
        question: str = request.path_params["q"]

        def submission(identity: Identity, holder: Manage) -> Submission:
            return QuestionBacked(**base(identity, holder), question_id=question)

        return await self._submit(request, body, submission)

    async def _submit(
        self,
        request: Request,
        body: QuestionRequest | VoteRequest,
        submission: Callable[[Identity, Manage], Submission],
    ) -> Response:
        holder = await self._holders.holder_in(request, body.registration_id)
        body = body.model_copy(update={"registration_id": holder.registration_id})
        if holder.gathering_id != request.path_params["g"]:
            raise not_found()
        preference = preference_of(request)
        where = f"/v1/gatherings/{holder.gathering_id}/sessions/{request.path_params['s']}/questions"

        async def answer(key: str) -> Response:
            call = f"POST {request.scope['path']}"
            identity = self._intake.identify(holder.gathering_id, call, key, canonical(body))
            reply = await self._intake.submit(submission(identity, holder), request_id_of(request), preference.wait)
            if reply is None:
                pending: dict[str, Any] = {"id": identity.id, "accepted_at": timestamp(identity.accepted_at)}
                return resource_response(HTTPStatus.ACCEPTED, pending, where, preference)
            if reply.status >= HTTPStatus.BAD_REQUEST:
                raise refusal(reply)
            return resource_response(reply.status, reply.body, where, preference)

        return await keyed(request, answer)
