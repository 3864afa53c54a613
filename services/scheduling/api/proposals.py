"""Proposals: asked for, watched, changed by hand, thrown away, published. Nothing is computed here."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field, model_validator

from services.scheduling import views
from services.scheduling.api.office import Office
from services.scheduling.domain import ChangeProposal, DiscardProposal, Outcome, Proposal, PublishProposal, Topic
from services.scheduling.domain.state import Diary
from services.scheduling.domain.terms import MeetingTerms, RoomTerms
from services.scheduling.proposals import Terms
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.groups.moving import Effect, effect_of_move
from services.scheduling.solver.refusing import Refusal
from services.scheduling.store import JobState
from shared.http import RETRY_AFTER, Body, Problem, idempotency_mismatch, not_found, read_json, read_json_or_nothing
from shared.preferring import preference_of
from shared.text import Code, Id
from shared.tokens import Role

Limit = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Least = Annotated[int, Field(strict=True, ge=0, le=1_000)]
Two = Annotated[tuple[Id, ...], Field(min_length=2, max_length=2)]
People = Annotated[tuple[Id, ...], Field(min_length=2, max_length=200)]


class Pin(Body):
    registration_id: Id
    room: Code


class RoomsAsked(Body):
    """What the organiser adds to what the definition says, or sets instead."""

    pins: Annotated[tuple[Pin, ...], Field(max_length=5_000)] = ()
    apart: Annotated[
        tuple[Annotated[tuple[Id, ...], Field(min_length=2, max_length=2)], ...], Field(max_length=2_000)
    ] = ()
    together: Annotated[tuple[People, ...], Field(max_length=2_000)] = ()
    max_per_country: Limit | None = None
    max_per_delegation: Limit | None = None
    wishes: Annotated[int, Field(strict=True, ge=0, le=20)] | None = None

    def terms(self) -> RoomTerms:
        return RoomTerms(
            pins=tuple((pin.registration_id, pin.room) for pin in self.pins),
            apart=tuple((one[0], one[1]) for one in self.apart),
            together=self.together,
            max_per_country=self.max_per_country,
            max_per_delegation=self.max_per_delegation,
            wishes=self.wishes,
        )

    @model_validator(mode="after")
    def keeps_nobody_from_themselves(self) -> "RoomsAsked":
        if any(one[0] == one[1] for one in self.apart):
            raise ValueError("keeps somebody apart from themselves: name two people")
        return self


class MeetingsAsked(Body):
    min_per_person: Least | None = None
    max_per_person: Limit | None = None
    min_per_delegation: Least = 0
    max_per_delegation: Limit | None = None
    mutual: bool = True
    seed: Annotated[int, Field(strict=True, ge=0, le=2**31)] = 0
    effort: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 1_000

    def terms(self) -> MeetingTerms:
        return MeetingTerms(**self.model_dump())


class Change(Body):
    """Into which room; with `preview` only what it would do."""

    registration_id: Id
    room: Code
    preview: bool = False


class Publication(Body):
    """Without `proposal` it is the newest draft there is."""

    proposal: Id | None = None
    leave_out: bool = False


def router(office: Office) -> APIRouter:
    routes = APIRouter()
    here = "/v1/gatherings/{gathering_id}"

    @routes.post(f"{here}/working-groups/propose")
    async def propose_rooms(gathering_id: str, request: Request, response: Response) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER)
        terms = (await read_json_or_nothing(request, RoomsAsked)).terms()
        return await _begin(office, request, response, gathering_id, terms)

    @routes.post(f"{here}/partnering/propose")
    async def propose_meetings(gathering_id: str, request: Request, response: Response) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER)
        terms = (await read_json_or_nothing(request, MeetingsAsked)).terms()
        return await _begin(office, request, response, gathering_id, terms)

    @routes.get(f"{here}/proposals")
    async def proposals(gathering_id: str, request: Request) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        await office.gathering(gathering_id)
        made = [views.head(one) for one in await office.store.proposals_in(gathering_id)]
        known = {one["id"] for one in made}
        jobs = [one for one in await office.store.jobs_in(gathering_id) if one.id not in known]
        made += [views.job(one, office.proposals.state(one)) for one in jobs if one.state is not JobState.DONE]
        return {"proposals": sorted(made, key=lambda one: (one["made_at"], one["id"]), reverse=True)}

    @routes.get(f"{here}/proposals/{{proposal_id}}")
    async def read(gathering_id: str, proposal_id: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        shown = await _shown(office, response, gathering_id, proposal_id)
        return shown if actor.role == Role.AUDITOR else await _with_names(office, shown)

    @routes.delete(f"{here}/proposals/{{proposal_id}}")
    async def discard(gathering_id: str, proposal_id: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        await _shown(office, response, gathering_id, proposal_id)
        await office.store.stop(proposal_id)
        proposal = await office.store.proposal(proposal_id)
        if proposal is not None:
            asked, action = await office.asked(request, gathering_id), ("discard-proposal", f"proposals/{proposal_id}")
            await office.act(gathering_id, actor, DiscardProposal(proposal_id), asked, action, lambda _: {})
        return {"id": proposal_id, "state": JobState.CANCELLED.value}

    @routes.patch(f"{here}/proposals/{{proposal_id}}")
    async def change(gathering_id: str, proposal_id: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        wish = await read_json(request, Change)
        proposal = await office.store.proposal(proposal_id)
        if proposal is None or proposal.gathering_id != gathering_id:
            raise not_found()
        seen = _effect(proposal, wish)
        if wish.preview:
            return {"effect": views.effect(seen), "version": proposal.version, "moved": False}
        if_match = request.headers.get("If-Match")

        def check(diary: Diary) -> None:
            nonlocal seen
            now = diary.proposals.get(proposal_id)
            if now is not None:
                _must_match(now, if_match)
                seen = _effect(now, wish)

        order = ChangeProposal(proposal_id, wish.registration_id, wish.room)
        action = ("change-proposal", f"proposals/{proposal_id}", f"{wish.registration_id} to {wish.room}")

        def view(outcome: Outcome) -> dict[str, Any]:
            version = outcome.after.proposals[proposal_id].version
            return {"effect": views.effect(seen), "version": version, "moved": True}

        asked = await office.asked(request, gathering_id)
        done = await office.act(gathering_id, actor, order, asked, action, view, check)
        response.headers["ETag"] = f'"{done["version"]}"'
        return done

    @routes.post(f"{here}/working-groups/publish")
    async def publish_rooms(gathering_id: str, request: Request) -> dict[str, Any]:
        return await _publish(office, request, gathering_id, Topic.WORKING_GROUPS)

    @routes.post(f"{here}/partnering/publish")
    async def publish_meetings(gathering_id: str, request: Request) -> dict[str, Any]:
        return await _publish(office, request, gathering_id, Topic.PARTNERING)

    return routes


async def _begin(
    office: Office, request: Request, response: Response, gathering_id: str, terms: Terms
) -> dict[str, Any]:
    gathering = await office.gathering(gathering_id)
    definition = gathering.definition
    if (definition.working_groups if isinstance(terms, RoomTerms) else definition.partnering) is None:
        raise not_found()
    preference = preference_of(request)
    asked = await office.asked(request, gathering_id)
    job = await office.proposals.begin(gathering, terms, asked.id, asked.digest)
    if job.digest != asked.digest:
        raise idempotency_mismatch()
    if preference.wait:
        await office.proposals.ended(job.id, preference.wait)
    shown = await _shown(office, response, gathering_id, job.id)
    response.headers["Location"] = f"/v1/gatherings/{gathering_id}/proposals/{job.id}"
    if preference.applied is not None:
        response.headers["Preference-Applied"] = preference.applied
    if shown["state"] == JobState.RUNNING:
        response.status_code = 202
        response.headers["Retry-After"] = str(RETRY_AFTER)
    return shown


async def _shown(office: Office, response: Response, gathering_id: str, proposal_id: str) -> dict[str, Any]:
    proposal = await office.store.proposal(proposal_id)
    if proposal is not None and proposal.gathering_id == gathering_id:
        response.headers["ETag"] = f'"{proposal.version}"'
        return views.proposal(proposal)
    job = await office.store.job(proposal_id)
    if job is None or job.gathering_id != gathering_id:
        raise not_found()
    state = office.proposals.state(job)
    return views.job(job, JobState.CANCELLED if state is JobState.DONE else state)


async def _with_names(office: Office, shown: dict[str, Any]) -> dict[str, Any]:
    """For who may act on it: they are asked for now, and are no part of what is kept."""
    if "result" not in shown:
        return shown
    people = await office.names(views.people_of(shown["result"]))
    return {**shown, "names": {who: one.name for who, one in people.items()}}


def _effect(proposal: Proposal, wish: Change) -> Effect:
    if not isinstance(proposal.found, groups.Assignment):
        raise Problem(409, "not-a-draft", "Meetings are not moved by hand: propose again with other terms.")
    effect = effect_of_move(proposal.found, wish.registration_id, wish.room)
    if isinstance(effect, Refusal):
        errors = [{"about": list(one.about), "detail": one.detail} for one in effect.problems]
        raise Problem(422, "invalid-request", "Name a person and a room of this proposal.", errors=errors)
    return effect


def _must_match(proposal: Proposal, if_match: str | None) -> None:
    if if_match not in {None, "*", f'"{proposal.version}"'}:
        detail = "Somebody else changed it meanwhile: read it again, then change that."
        raise Problem(412, "precondition-failed", detail)


async def _publish(office: Office, request: Request, gathering_id: str, topic: Topic) -> dict[str, Any]:
    actor = office.staff(request, gathering_id, Role.ORGANISER)
    wish = await read_json_or_nothing(request, Publication)
    asked, if_match = await office.asked(request, gathering_id), request.headers.get("If-Match")
    which = wish.proposal or await _newest_draft(office, gathering_id, topic) or asked.id

    def check(diary: Diary) -> None:
        if wish.proposal is None and which == asked.id:
            raise Problem(409, "no-draft", "Nothing has been proposed that is not published yet: propose first.")
        proposal = diary.proposals.get(which)
        if proposal is None:
            raise not_found()
        _must_match(proposal, if_match)

    order = PublishProposal(which, topic, wish.leave_out)
    action = (f"publish-{topic}", f"proposals/{which}")
    return await office.act(gathering_id, actor, order, asked, action, views.published, check)


async def _newest_draft(office: Office, gathering_id: str, topic: Topic) -> str | None:
    made = await office.store.proposals_in(gathering_id)
    return next((one.id for one in made if one.topic is topic and not one.published), None)
