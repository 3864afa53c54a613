"""Meetings of two attendees: profiles, a yes on the day, giving one up, "it took place"; decided by scheduling."""

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.api.bodies import MeetingRequest, Nothing, ProfileRequest
from services.gateway.api.holding import Holders, Holding, accepted_for, base, must_be_others
from services.gateway.api.reading import json_of
from services.gateway.intake import Identity, Intake, Submission
from shared.http import as_model
from shared.messages.scheduling import MeetingNoted, MeetingReleaseRequested, MeetingRequested, ProfileSubmitted
from shared.tokens import Manage


class Partnering:
    def __init__(self, holders: Holders, holding: Holding, intake: Intake) -> None:
        self._holders = holders
        self._holding = holding
        self._intake = intake

    async def introduce(self, request: Request) -> Response:
        """A profile; its text is sealed, for it is the person's own."""
        body = as_model(await json_of(request), ProfileRequest)
        manage = await self._holder(request)
        text = body.model_dump(mode="json", include={"offers", "seeks", "topics"})

        def submission(identity: Identity) -> Submission:
            sealed = self._intake.seals.for_scheduling(text, identity.id)
            return ProfileSubmitted(**base(identity, manage), sealed=sealed, visible=body.visible)

        return await self._holding.submit(request, manage, body, submission, accepted_for(manage))

    async def agree(self, request: Request) -> Response:
        body = as_model(await json_of(request), MeetingRequest)
        manage = await self._holder(request)
        must_be_others(manage, **{"with": (body.with_,)})

        def submission(identity: Identity) -> Submission:
            return MeetingRequested(**base(identity, manage), other_id=body.with_)

        return await self._holding.submit(request, manage, body, submission, accepted_for(manage))

    async def release(self, request: Request) -> Response:
        manage = await self._holder(request)

        def submission(identity: Identity) -> Submission:
            return MeetingReleaseRequested(**base(identity, manage), meeting_id=request.path_params["m"])

        return await self._holding.submit(request, manage, Nothing(), submission, accepted_for(manage))

    async def note(self, request: Request) -> Response:
        """It took place: either side says so."""
        manage = await self._holder(request)

        def submission(identity: Identity) -> Submission:
            return MeetingNoted(**base(identity, manage), meeting_id=request.path_params["m"])

        return await self._holding.submit(request, manage, Nothing(), submission, accepted_for(manage))

    async def _holder(self, request: Request) -> Manage:
        return await self._holders.holder(request, request.path_params["r"])
