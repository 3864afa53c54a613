"""Invitations: to a person by mail, or to a delegation with a number of places."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field, model_validator

from services.registration.api.office import Answer, Office, in_force
from services.registration.domain import Decision, Invitation, State, invitable
from services.registration.store import Commit, NewInvitation, Reader, Wanted
from shared.http import Body, Problem, not_found, read_json
from shared.messages.gathering import Definition
from shared.messages.registration import InvitationIssued
from shared.text import Email, Id, Language, Name
from shared.tokens import Role

AT_MOST = 500
SHOWN = ("id", "delegation", "places")


class Invitee(Body):
    name: Name | None = None
    email: Email
    language: Language | None = None


class InvitationRequest(Body):
    """Either people by name, or one delegation with places; its coordinator gets the mail."""

    invitations: tuple[Invitee, ...] = Field(default=(), max_length=AT_MOST)
    delegation: Id | None = None
    places: int = Field(default=1, ge=1, le=10_000)

    @model_validator(mode="after")
    def invites_somebody(self) -> "InvitationRequest":
        if bool(self.invitations) == (self.delegation is not None):
            raise ValueError("name either `invitations` or a `delegation`")
        return self


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.post("/v1/gatherings/{gathering_id}/invitations", status_code=201)
    async def issue(gathering_id: str, request: Request) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER, Role.COORDINATOR)
        asked = await read_json(request, InvitationRequest)
        if actor.role == Role.COORDINATOR and asked.invitations:
            raise Problem(403, "role-too-small", "A coordinator invites the own delegation, with `places`.")
        if actor.role == Role.COORDINATOR and asked.delegation != actor.scope:
            raise not_found()

        async def work(state: State, _: Reader, act: str) -> tuple[Commit, Answer]:
            if actor.role == Role.COORDINATOR:
                _must_be_theirs(asked, in_force(state), await office.queries.invitations(gathering_id))
            issued = _issued(office, gathering_id, act, asked, in_force(state))
            audit = [office.audit(actor, "invite", f"invitations/{one.invitation.id}") for one in issued]
            decisions = [Decision(act, (_fact(gathering_id, one.invitation),)) for one in issued]
            shown = [{name: getattr(one.invitation, name) for name in SHOWN} for one in issued]
            return Commit(state, state, decisions, audit=audit, invitations=issued), {"invitations": shown}

        answer = await office.act(request, gathering_id, Wanted(), work)
        # a code is stored nowhere, so it joins the answer here
        with_code = [one | {"code": office.identities.new_code(one["id"])} for one in answer["invitations"]]
        return {"invitations": with_code}

    @routes.get("/v1/gatherings/{gathering_id}/invitations")
    async def listed(gathering_id: str, request: Request) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        await office.must_know(gathering_id)
        found = await office.queries.invitations(gathering_id)
        fields = ("delegation", "places", "used", "revoked")
        return {"invitations": [{"id": one["_id"], **{f: one[f] for f in fields}, **one["personal"]} for one in found]}

    @routes.delete("/v1/gatherings/{gathering_id}/invitations/{invitation_id}", status_code=200)
    async def revoke(gathering_id: str, invitation_id: str, request: Request) -> Answer:
        """Who has registered with it keeps what they have; nobody else can."""
        actor = office.staff(request, gathering_id, Role.ORGANISER)

        async def work(state: State, _: Reader, act: str) -> tuple[Commit, Answer]:
            found = await office.queries.invitation(invitation_id)
            if found is None or found["gathering_id"] != gathering_id:
                raise not_found()
            audit = office.audit(actor, "revoke-invitation", f"invitations/{invitation_id}")
            gone = InvitationIssued(
                gathering_id=gathering_id,
                invitation_id=invitation_id,
                version=3,  # above a reminder
                delegation=found["delegation"],
                places=0,
                revoked=True,
            )
            commit = Commit(state, state, [Decision(act, (gone,))], audit=[audit], revoked=[invitation_id])
            return commit, {"id": invitation_id, "revoked": True}

        return await office.act(request, gathering_id, Wanted(), work)

    @routes.get("/internal/invitations/{invitation_id}")
    async def for_the_mail(invitation_id: str, request: Request) -> dict[str, Any]:
        office.access.internal(request)
        found = await office.queries.invitation(invitation_id)
        if found is None:
            raise not_found()
        code = office.identities.new_code(invitation_id)
        return {"code": code, "delegation": found["delegation"], "places": found["places"], **found["personal"]}

    return routes


def _issued(
    office: Office, gathering_id: str, act: str, asked: InvitationRequest, definition: Definition
) -> list[NewInvitation]:
    issued = []
    for number, invitee in enumerate(asked.invitations or (None,)):
        invitation_id = office.identities.act(gathering_id, act, "invitation", str(number))
        code = office.identities.code(gathering_id, office.identities.new_code(invitation_id))
        if invitee is not None:
            person = office.identities.person(gathering_id, invitee.email)
            invitation = Invitation(invitation_id, person, None, 1)
            personal = {"name": invitee.name, "email": invitee.email, "language": invitee.language}
        else:
            invitation = Invitation(invitation_id, None, asked.delegation, asked.places)
            personal = _coordinator(definition, asked.delegation)
        issued.append(NewInvitation(invitation, gathering_id, code, personal, office.clock.now()))
    return issued


def _must_be_theirs(asked: InvitationRequest, definition: Definition, issued: Sequence[Mapping[str, Any]]) -> None:
    """A coordinator gives away no more than the delegation may hold, whoever issued what is out already."""
    most = invitable(definition)
    out = sum(one["places"] for one in issued if one["delegation"] == asked.delegation and not one["revoked"])
    if most is not None and out + asked.places > most:
        detail = f"Your delegation may hold {most} places by invitation, and {out} are given away: ask for fewer."
        raise Problem(409, "delegation-quota-reached", detail)


def _coordinator(definition: Definition, delegation: str | None) -> dict[str, Any]:
    listed = None if delegation is None else definition.delegation(delegation)
    if listed is None:
        raise not_found()
    return {"name": listed.name, "email": listed.coordinator, "language": None}


def _fact(gathering_id: str, invitation: Invitation) -> InvitationIssued:
    return InvitationIssued(
        gathering_id=gathering_id,
        invitation_id=invitation.id,
        version=1,
        delegation=invitation.delegation,
        places=invitation.places,
    )
