"""Gatherings: put, published, read."""

import asyncio
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response

from services.registration.api.office import Office
from services.registration.definition import InvalidDefinition, load
from services.registration.domain import Count, Decision, Ledger, PoolKey, State, opening_counts
from services.registration.store import Commit, Gathering, Reader, Wanted
from shared.http import Problem, not_found
from shared.messages.gathering import Definition
from shared.messages.registration import GatheringPublished
from shared.tokens import Role


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/gatherings")
    async def all_published() -> dict[str, Any]:
        return {"gatherings": [summary(one, office) for one in await office.queries.gatherings()]}

    @routes.get("/v1/gatherings/{gathering_id}")
    async def one(gathering_id: str, response: Response) -> dict[str, Any]:
        gathering = await office.store.gathering(gathering_id)
        if gathering is None or gathering.published is None:
            raise not_found()
        response.headers["ETag"] = etag(gathering.version)
        return await described(office, gathering, gathering.published)

    @routes.put("/v1/gatherings/{gathering_id}")
    async def put(gathering_id: str, request: Request, response: Response) -> dict[str, Any]:
        office.staff(request, gathering_id, Role.ORGANISER)
        definition = await _read(await request.body(), gathering_id)
        existing = await office.store.gathering(gathering_id)
        replacing = _replacing(existing, request.headers.get("If-Match"))
        version = await office.queries.put(gathering_id, definition, replacing)
        if version is None:
            raise _stale()
        response.headers["ETag"] = etag(version)
        published = 0 if existing is None else existing.published_version
        return {"gathering": gathering_id, "version": version, "published_version": published}

    @routes.post("/v1/gatherings/{gathering_id}/publish")
    async def publish(gathering_id: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        act = office.act_id(request, gathering_id)

        async def work(reader: Reader) -> tuple[Commit | None, int]:
            gathering = await reader.gathering(gathering_id)
            if gathering is None:
                raise not_found()
            if gathering.published_version == gathering.version:
                return None, gathering.version
            audit = office.audit(actor, "publish", f"gatherings/{gathering_id}@{gathering.version}")
            before = (await reader.load({gathering_id: Wanted()}))[gathering_id]
            commit = replace(await published(before, gathering, reader, act), audit=[audit])
            return await office.settled(commit, reader, act), gathering.version

        version = await office.store.alone(gathering_id, work)
        response.headers["ETag"] = etag(version)
        return {"gathering": gathering_id, "version": version, "published_version": version}

    @routes.get("/internal/gatherings/{gathering_id}")
    async def whole(gathering_id: str, request: Request) -> dict[str, Any]:
        office.access.internal(request)
        gathering = await office.store.gathering(gathering_id)
        if gathering is None or gathering.published is None:
            raise not_found()
        definition = gathering.published.model_dump(mode="json", by_alias=True)
        return {"version": gathering.published_version, "definition": definition}

    return routes


async def published(before: State, gathering: Gathering, reader: Reader, act: str) -> Commit:
    """What it takes to make the draft the definition in force."""
    definition = gathering.draft
    _must_hold_what_is_taken(before, definition)
    confirmed = await reader.confirmed_by_delegation(gathering.id)
    keys = [(part.part, mode) for part in definition.parts for mode in part.modes]
    state = replace(
        before,
        definition=definition,
        ledger=replace(before.ledger, definition_version=gathering.version),
        freed=frozenset(key for key, count in before.ledger.pools.items() if count.waiting),
    )
    fact = GatheringPublished(gathering_id=gathering.id, version=gathering.version, definition=definition.public())
    return Commit(
        before,
        opening_counts(state, confirmed, keys),
        [Decision(act, (fact,))],
        gathering=replace(gathering, published=definition, published_version=gathering.version),
    )


def _must_hold_what_is_taken(before: State, definition: Definition) -> None:
    for (part, mode), count in before.ledger.pools.items():
        pool = definition.pool(part, mode)
        if pool is None and (count.confirmed or count.waiting):
            detail = f"People are registered for {part} ({mode}): cancel or move the part first."
            raise Problem(409, "part-in-use", detail)
        if pool is not None and pool.capacity is not None and pool.capacity < count.confirmed:
            detail = f"{count.confirmed} are confirmed for {part} ({mode}): the capacity cannot be lower."
            raise Problem(409, "capacity-below-confirmed", detail)


async def _read(raw: bytes, gathering_id: str) -> Definition:
    try:
        definition = await asyncio.to_thread(load, raw)
    except InvalidDefinition as invalid:
        errors = [{"line": one.line, "pointer": one.pointer, "detail": one.reason} for one in invalid.problems]
        raise Problem(
            422, "invalid-definition", "Correct what `errors` names and put it again.", errors=errors
        ) from None
    if definition.gathering != gathering_id:
        errors = [{"line": None, "pointer": "/gathering", "detail": "differs from the address: make them the same"}]
        raise Problem(422, "invalid-definition", "Correct what `errors` names and put it again.", errors=errors)
    return definition


def _replacing(existing: Gathering | None, if_match: str | None) -> int:
    """The version that may be overwritten."""
    if existing is None:
        if if_match not in {None, "*"}:
            raise _stale()
        return 0
    if if_match is None:
        detail = "This gathering exists: send the ETag of what you read as `If-Match`."
        raise Problem(428, "precondition-required", detail)
    if if_match not in {"*", etag(existing.version)}:
        raise _stale()
    return existing.version


def _stale() -> Problem:
    return Problem(412, "precondition-failed", "Somebody else changed it meanwhile: read it again, then change that.")


def etag(version: int) -> str:
    return f'"v{version}"'


def summary(gathering: Gathering, office: Office) -> dict[str, Any]:
    definition = gathering.published or gathering.draft
    return {
        "gathering": gathering.id,
        "title": definition.title.root,
        "timezone": definition.timezone,
        "starts_at": definition.starts_at,
        "ends_at": definition.ends_at,
        "past": definition.is_past(office.clock.now()),
    }


async def described(office: Office, gathering: Gathering, definition: Definition) -> dict[str, Any]:
    ledger = await office.queries.ledger(gathering.id)
    public = definition.public().model_dump(mode="json", by_alias=True)
    return public | {
        "version": gathering.published_version,
        "past": definition.is_past(office.clock.now()),
        "availability": availability(definition, ledger),
    }


def availability(definition: Definition, ledger: Ledger) -> list[dict[str, Any]]:
    """Places per part and mode; `held` are kept back for delegations, `free` for everybody; null is unlimited."""
    return [
        _availability((part.part, mode), pool.capacity, ledger.pools.get((part.part, mode), Count()))
        for part in definition.parts
        for mode, pool in part.modes.items()
    ]


def _availability(key: PoolKey, capacity: int | None, count: Count) -> dict[str, Any]:
    free = None if capacity is None else max(0, capacity - count.confirmed - count.held)
    return {
        "part": key[0],
        "mode": key[1],
        "capacity": capacity,
        "confirmed": count.confirmed,
        "held": count.held,
        "waiting": count.waiting,
        "free": free,
    }
