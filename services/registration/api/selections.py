"""The organisers' selection, and the duties it must respect."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from pydantic import Field

from services.registration.api.office import Answer, Office, in_force
from services.registration.domain import Choice, Chosen, Owing, Refused, Select, State, propose, select
from services.registration.store import Commit, Reader, Wanted
from shared.http import Body, Problem, not_found, read_json, read_json_or_nothing
from shared.messages.gathering import Definition, Entry, Part
from shared.text import Id, Line
from shared.tokens import Role

AT_MOST = 2000
HOPEFUL = ("confirmed", "awaiting-selection")
APPLIED = (*HOPEFUL, "waitlisted", "not-selected")


class SelectionDecision(Body):
    registration_id: Id
    outcome: Chosen
    reason: Line | None = None


class SelectionRequest(Body):
    part: Id
    decisions: tuple[SelectionDecision, ...] = Field(min_length=1, max_length=AT_MOST)


class ProposalRequest(Body):
    """Without `part` it is the only one that selects."""

    part: Id | None = None


class Waiver(Body):
    """Without `part` it is the only one that asks anything of its delegations."""

    part: Id | None = None
    reason: Line = "No reason was given."


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.post("/v1/gatherings/{gathering_id}/selections")
    async def apply(gathering_id: str, request: Request) -> Answer:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        asked = await read_json(request, SelectionRequest)

        async def work(state: State, reader: Reader, act: str) -> tuple[Commit, Answer]:
            in_force(state)
            waived = frozenset(one for one, part in await reader.waivers(gathering_id) if part == asked.part)
            choices = tuple(Choice(one.registration_id, one.outcome) for one in asked.decisions)
            command = Select(act, gathering_id, asked.part, choices, actor.role, office.clock.now(), waived)
            outcome = select(state, command, await _owing(reader, gathering_id, asked.part))
            if isinstance(outcome, Refused):
                raise _refused(outcome)
            after, decisions = outcome
            audit = [
                office.audit(actor, f"select-{one.outcome}", f"registrations/{one.registration_id}", one.reason)
                for one in asked.decisions
            ]
            commit = await office.settled(Commit(state, after, decisions, audit=audit), reader, act)
            decided, changed = len(asked.decisions), len(decisions) - 1
            return commit, {"selection_id": act, "part": asked.part, "decided": decided, "changed": changed}

        wanted = Wanted(registrations={one.registration_id for one in asked.decisions})
        return await office.act(request, gathering_id, wanted, work)

    @routes.post("/v1/gatherings/{gathering_id}/selections/propose")
    async def proposal(gathering_id: str, request: Request) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER)
        asked = await read_json_or_nothing(request, ProposalRequest)
        state = (await office.store.load({gathering_id: Wanted()}))[gathering_id]
        selecting = [part for part in in_force(state).parts if _selects(part)]
        part = _named(asked.part, selecting)
        candidates = await office.store.of_part(gathering_id, part, "", AT_MOST)
        state = await office.store.bring(state, candidates)
        chosen = propose(state, part, candidates, office.clock.now())
        decisions = [{"registration_id": one.registration_id, "outcome": one.outcome, "reason": None} for one in chosen]
        return {"part": part, "decisions": decisions}

    @routes.get("/v1/gatherings/{gathering_id}/obligations")
    async def obligations(gathering_id: str, request: Request) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER, Role.AUDITOR)
        gathering = await office.store.gathering(gathering_id)
        if gathering is None or gathering.published is None:
            raise not_found()
        return {"obligations": await below_minimum(office, gathering_id, gathering.published)}

    @routes.put("/v1/gatherings/{gathering_id}/obligations/{delegation}/waiver")
    async def waive(gathering_id: str, delegation: Id, request: Request) -> Answer:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        asked = await read_json_or_nothing(request, Waiver)

        async def work(state: State, _: Reader, __: str) -> tuple[Commit, Answer]:
            owing = [part for part in in_force(state).parts if part.obligation is not None]
            part = _named(asked.part, owing)
            if part not in {one.part for one in owing}:
                raise Problem(409, "no-obligation", "That part asks nothing of its delegations: name one that does.")
            listed = in_force(state).delegations
            if listed is not None and listed.eligible and in_force(state).delegation(delegation) is None:
                raise not_found()
            audit = office.audit(actor, "waive", f"delegations/{delegation}/{part}", asked.reason)
            commit = Commit(state, state, audit=[audit], waiver=(delegation, part, asked.reason))
            return commit, {"delegation": delegation, "part": part, "waived": asked.reason}

        return await office.act(request, gathering_id, Wanted(), work)

    return routes


def _selects(part: Part) -> bool:
    return any(pool.entry is Entry.SELECTION for pool in part.modes.values())


def _named(part: str | None, among: Sequence[Part]) -> str:
    """The part that is meant: where none is named, the only one it can be."""
    if part is not None:
        return part
    if len(among) != 1:
        errors = [{"pointer": "/part", "detail": "name it: not exactly one part can be meant"}]
        raise Problem(422, "invalid-request", "Correct the fields named in `errors` and send it again.", errors=errors)
    return among[0].part


async def _owing(reader: Reader, gathering_id: str, part: str) -> list[Owing]:
    standings = await reader.standings(gathering_id, part)
    return [Owing(one, sum(counts.get(status, 0) for status in HOPEFUL)) for one, counts in standings.items()]


def _refused(refused: Refused) -> Problem:
    errors = [
        {"reason": one.reason, "registration_id": one.registration_id, "delegation": one.delegation}
        for one in refused.objections
    ]
    detail = "Nothing was changed: correct what `errors` names and send the whole selection again."
    return Problem(409, "selection-refused", detail, errors=errors)


async def below_minimum(office: Office, gathering_id: str, definition: Definition) -> list[dict[str, Any]]:
    """Delegations with fewer confirmed than a part asks of each, the listed ones that never applied included."""
    waivers, attended = await office.store.waivers(gathering_id), await office.attendance.of(gathering_id)
    found = []
    for part in definition.parts:
        if part.obligation is None:
            continue
        standings = await office.store.standings(gathering_id, part.part)
        listed = () if definition.delegations is None else definition.delegations.eligible
        for delegation in sorted({one.id for one in listed} | standings.keys()):
            counts = standings.get(delegation, {})
            if counts.get("confirmed", 0) < part.obligation.min:
                found.append(
                    {
                        "delegation": delegation,
                        "part": part.part,
                        "minimum": part.obligation.min,
                        "confirmed": counts.get("confirmed", 0),
                        "applied": sum(counts.get(status, 0) for status in APPLIED),
                        "attended": None if attended is None else attended.get((delegation, part.part), 0),
                        "waived": waivers.get((delegation, part.part)),
                    }
                )
    return found
