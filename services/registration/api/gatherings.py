"""Gatherings: put, published, read."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from services.registration.api.office import Answer, Office
from services.registration.definition import InvalidDefinition, load
from services.registration.domain import (
    LIVE,
    Count,
    Decision,
    Ledger,
    PoolKey,
    State,
    Status,
    kept_back,
    overbooked,
    under,
)
from services.registration.store import Commit, Gathering, Reader, Wanted
from shared.access import Actor
from shared.http import Problem, not_found
from shared.messages.gathering import Definition, Entry, Pool
from shared.messages.registration import GatheringPublished
from shared.tokens import Role

DRAFTERS = frozenset({Role.ORGANISER, Role.AUDITOR, Role.ADMIN})


def router(office: Office) -> APIRouter:
    routes = APIRouter()

    @routes.get("/v1/gatherings")
    async def all_published() -> dict[str, Any]:
        found = await office.queries.gatherings()
        return {"gatherings": [summary(one) | await described(office, one) for one in found]}

    @routes.get("/v1/gatherings/{gathering_id}")
    async def one(gathering_id: str, request: Request, response: Response, *, draft: bool = False) -> dict[str, Any]:
        """As published; or, for an organiser, the `draft` whole and as it may be put again."""
        gathering = await office.store.gathering(gathering_id)
        if gathering is None:
            raise not_found()
        if draft:
            response.headers["ETag"] = etag(gathering.version)
            return _for_staff(office.access.actor(request), gathering)
        if gathering.published is None:
            raise not_found()
        response.headers["ETag"] = etag(gathering.published_version)  # stale where a draft waits: it was not seen
        return await described(office, gathering)

    @routes.put("/v1/gatherings/{gathering_id}")
    async def put(gathering_id: str, request: Request, response: Response) -> dict[str, Any]:
        actor = office.staff(request, gathering_id, Role.ORGANISER)
        definition = await _read(await request.body(), gathering_id)
        existing = await office.store.gathering(gathering_id)
        replacing = _replacing(existing, request.headers.get("If-Match"))
        version: int | None = replacing
        if existing is None or existing.draft.model_dump() != definition.model_dump():
            audit = office.audit(actor, "put-definition", f"gatherings/{gathering_id}@{replacing + 1}")
            version = await office.queries.put(gathering_id, definition, replacing, audit)
        if version is None:
            raise _stale()
        response.headers["ETag"] = etag(version)
        published = 0 if existing is None else existing.published_version
        return {"gathering": gathering_id, "version": version, "published_version": published}

    @routes.post("/v1/gatherings/{gathering_id}/publish")
    async def publish(gathering_id: str, request: Request, response: Response) -> Answer:
        actor = office.staff(request, gathering_id, Role.ORGANISER)

        async def work(before: State, reader: Reader, act: str) -> tuple[Commit, Answer]:
            gathering = await reader.gathering(gathering_id)
            if gathering is None:
                raise not_found()
            version = gathering.version
            answer = {"gathering": gathering_id, "version": version, "published_version": version}
            if gathering.published_version == version:
                return Commit(before, before), answer
            audit = office.audit(actor, "publish", f"gatherings/{gathering_id}@{version}")
            fresh = replace(gathering, published=gathering.draft, published_version=version)
            commit = await put_in_force(before, fresh, gathering.draft, reader, act, office.clock.now())
            return await office.settled(replace(commit, audit=[audit]), reader, act), answer

        answer = await office.act(request, gathering_id, Wanted(), work)
        response.headers["ETag"] = etag(answer["version"])
        return answer

    @routes.get("/internal/gatherings/{gathering_id}")
    async def whole(gathering_id: str, request: Request) -> dict[str, Any]:
        office.access.internal(request)
        gathering = await office.store.gathering(gathering_id)
        if gathering is None or gathering.published is None:
            raise not_found()
        definition = gathering.published.model_dump(mode="json", by_alias=True)
        return {"version": gathering.published_version, "definition": definition}

    return routes


def _for_staff(actor: Actor, gathering: Gathering) -> dict[str, Any]:
    """An auditor sees it without what is private; for everybody else there is no draft."""
    if actor.role not in DRAFTERS or not actor.covers(gathering.id):
        raise not_found()
    definition = gathering.draft.public() if actor.role == Role.AUDITOR else gathering.draft
    return definition.model_dump(mode="json", by_alias=True)


async def put_in_force(
    before: State, gathering: Gathering, definition: Definition, reader: Reader, act: str, now: datetime
) -> Commit:
    """What it takes to make `definition`, published as `gathering` says, decide from now on."""
    await _must_suit(before, definition, reader)
    confirmed = await reader.confirmed_by_delegation(gathering.id)
    after = under(before, definition, gathering.published_version, confirmed)
    for part, mode in overbooked(after, now):
        detail = (
            f"More is taken or kept back for delegations in {part} ({mode}) than it would hold: raise its capacity."
        )
        raise Problem(409, "capacity-below-taken", detail)
    fact = GatheringPublished(
        gathering_id=gathering.id, version=gathering.published_version, definition=definition.public()
    )
    return Commit(before, after, [Decision(act, (fact,))], gathering=gathering)


async def _must_suit(before: State, definition: Definition, reader: Reader) -> None:
    """Nobody may be left standing in a mode that is gone, or waiting for a selection that nobody will make."""
    for key, pool in _pools(before.definition):
        fresh = definition.pool(*key)
        if fresh is None and await reader.anybody(before.ledger.gathering_id, key, LIVE):
            detail = f"People are registered for {key[0]} ({key[1]}): cancel or move the part first."
            raise Problem(409, "part-in-use", detail)
        opened = fresh is not None and fresh.entry is Entry.OPEN and pool.entry is Entry.SELECTION
        if opened and await reader.anybody(before.ledger.gathering_id, key, {Status.AWAITING_SELECTION}):
            detail = f"Applications for {key[0]} ({key[1]}) wait for a selection: decide on them first."
            raise Problem(409, "part-in-use", detail)


def _pools(definition: Definition | None) -> Iterator[tuple[PoolKey, Pool]]:
    for part in () if definition is None else definition.parts:
        for mode, pool in part.modes.items():
            yield (part.part, mode.value), pool


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


def summary(gathering: Gathering) -> dict[str, Any]:
    definition = gathering.published or gathering.draft
    return {"starts_at": definition.starts_at, "ends_at": definition.ends_at}


async def described(office: Office, gathering: Gathering) -> dict[str, Any]:
    """The definition as published, with what is left of it now."""
    definition = gathering.published or gathering.draft
    ledger = await office.queries.ledger(gathering.id)
    public = definition.public().model_dump(mode="json", by_alias=True)
    return public | {
        "version": gathering.published_version,
        "past": definition.is_past(office.clock.now()),
        "availability": availability(definition, ledger, office.clock.now()),
    }


def availability(definition: Definition, ledger: Ledger, now: datetime) -> list[dict[str, Any]]:
    """Places per part and mode; `held` are kept back for delegations, `free` for everybody; null is unlimited."""
    return [_availability(key, pool, ledger.pools.get(key, Count()), now) for key, pool in _pools(definition)]


def _availability(key: PoolKey, pool: Pool, count: Count, now: datetime) -> dict[str, Any]:
    held = kept_back(pool, count, now)
    left = 0 if pool.cancelled else pool.capacity
    return {
        "part": key[0],
        "mode": key[1],
        "capacity": pool.capacity,
        "confirmed": count.confirmed,
        "held": held,
        "waiting": count.waiting,
        "free": None if left is None else max(0, left - count.confirmed - held),
    }
