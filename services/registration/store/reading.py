"""Reading MongoDB for registration's rules, in a transaction or outside of one."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.registration.domain import (
    LIVE,
    Confirmed,
    Invitation,
    Ledger,
    PoolKey,
    Reason,
    Registration,
    State,
    Status,
)
from services.registration.store import documents
from services.registration.store.base import Act, Gathering, Task, Wanted
from shared.errors import LostRace
from shared.messages.gathering import Definition
from shared.mongo import Document, Mongo, Session, outcomes
from shared.tokens import Tokens

MEMBERSHIP_CODE_LENGTH = 10
CACHED_DEFINITIONS = 4_000  # of twenty kilobytes or so


class Definitions:
    """Published definitions by version, with the membership codes of their delegations; a version never changes."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._known: dict[str, tuple[int, Definition, dict[str, str]]] = {}

    def get(self, gathering_id: str, version: int) -> tuple[Definition, dict[str, str]] | None:
        known = self._known.get(gathering_id)
        return known[1:] if known is not None and known[0] == version else None

    def remember(self, gathering_id: str, version: int, definition: Definition) -> tuple[Definition, dict[str, str]]:
        if len(self._known) >= CACHED_DEFINITIONS:
            self._known.pop(next(iter(self._known)))
        listed = () if definition.delegations is None else definition.delegations.eligible
        codes = {one.id: one.membership_code or self.own_code(gathering_id, one.id) for one in listed}
        self._known[gathering_id] = (version, definition, codes)
        return definition, codes

    def own_code(self, gathering_id: str, delegation: str) -> str:
        """For a delegation to which the organiser gave none."""
        return self._tokens.code(MEMBERSHIP_CODE_LENGTH, "membership", gathering_id, delegation)


class MongoReader:
    def __init__(self, mongo: Mongo, definitions: Definitions, session: Session | None = None) -> None:
        self._mongo = mongo
        self._definitions = definitions
        self._session = session

    async def gathering(self, gathering_id: str) -> Gathering | None:
        with outcomes():
            found = await self._mongo["gatherings"].find_one({"_id": gathering_id}, session=self._session)
        return None if found is None else documents.to_gathering(found)

    async def load(self, wanted: Mapping[str, Wanted]) -> dict[str, State]:
        with outcomes():
            # the ledgers first: what is read after them is at least as new, so that whatever moved in between shows
            return await self._load(wanted, await self._load_ledgers(wanted))

    async def _load(self, wanted: Mapping[str, Wanted], ledgers: Mapping[str, Ledger]) -> dict[str, State]:
        with outcomes():
            reads = [self._registrations, self._changes, self._delegations, self._invitations]
            if self._session is not None:  # one transaction takes one command at a time
                found = [await read(wanted) for read in reads]
            else:
                found = await asyncio.gather(*(read(wanted) for read in reads))
            states = {gathering_id: await self._state(ledger, *found) for gathering_id, ledger in ledgers.items()}
        return {
            gathering_id: await self.bring(state, [*state.registrations.values()])
            for gathering_id, state in states.items()
        }

    async def bring(self, state: State, registrations: Sequence[Registration]) -> State:
        gathering_id = state.ledger.gathering_id
        delegations = {one.delegation for one in registrations if one.delegation} - state.delegations.keys()
        linked = {one.invitation for one in registrations if one.invitation}
        linked -= {one.id for one in state.invitations.values()}
        resting = {one.person for one in registrations if one.person and not one.is_live} - state.persons.keys()
        with outcomes():
            counts = await self._delegations({gathering_id: Wanted(delegations=delegations)})
            invitations = await self._find("invitations", {"_id": {"$in": sorted(linked)}}) if linked else []
            others = await self._find("registrations", _living(gathering_id, resting), {"person": 1}) if resting else []
        return replace(
            state,
            registrations=state.registrations | {one.id: one for one in registrations},
            persons=state.persons
            | {one["person"]: one["_id"] for one in others}
            | {one.person: one.id for one in registrations if one.is_live},
            delegations=state.delegations | {one["delegation"]: documents.to_confirmed(one) for one in counts},
            invitations=state.invitations | {one["code"]: documents.to_invitation(one) for one in invitations},
        )

    async def _state(
        self,
        ledger: Ledger,
        registrations: list[Document],
        changes: list[Document],
        delegations: list[Document],
        invitations: list[Document],
    ) -> State:
        gathering_id = ledger.gathering_id
        definition, codes = await self._definition(ledger)
        own = [documents.to_registration(one) for one in registrations if one["gathering_id"] == gathering_id]
        decided = [one for one in changes if one["gathering_id"] == gathering_id]
        keys = {one.key: one.id for one in own if one.key is not None}
        return State(
            ledger,
            definition,
            {one.id: one for one in own},
            keys | {one["key"]: one["_id"] for one in decided if "key" in one},
            frozenset(one["_id"] for one in decided),
            {one["_id"]: Reason(one["refusal"]) for one in decided if one["refusal"] is not None},
            {one.person: one.id for one in own if one.is_live},
            {
                one["delegation"]: documents.to_confirmed(one)
                for one in delegations
                if one["gathering_id"] == gathering_id
            },
            {one["code"]: documents.to_invitation(one) for one in invitations if one["gathering_id"] == gathering_id},
            codes,
        )

    async def _load_ledgers(self, wanted: Iterable[str]) -> dict[str, Ledger]:
        ids = list(wanted)
        stored = await self._find("ledgers", {"_id": {"$in": ids}}) if ids else []
        return {one: Ledger(one) for one in ids} | {one["_id"]: documents.to_ledger(one) for one in stored}

    async def _definition(self, ledger: Ledger) -> tuple[Definition | None, dict[str, str]]:
        if ledger.definition_version == 0:
            return None, {}
        if (known := self._definitions.get(ledger.gathering_id, ledger.definition_version)) is not None:
            return known
        where = {"_id": ledger.gathering_id, "published_version": ledger.definition_version}
        found = await self._mongo["gatherings"].find_one(where, session=self._session)
        if found is None:
            raise LostRace("the definition was published anew")
        definition = Definition.model_validate(found["published"], extra="ignore")
        return self._definitions.remember(ledger.gathering_id, ledger.definition_version, definition)

    async def _registrations(self, wanted: Mapping[str, Wanted]) -> list[Document]:
        ids = _all(wanted, "registrations")
        keys = _all(wanted, "keys")
        either = [_living(gathering_id, one.persons) for gathering_id, one in wanted.items() if one.persons]
        either += [{"_id": {"$in": ids}}] if ids else []
        either += [{"key": {"$in": keys}}] if keys else []
        return await self._find("registrations", {"$or": either}) if either else []

    async def _changes(self, wanted: Mapping[str, Wanted]) -> list[Document]:
        ids, keys = _all(wanted, "submissions"), _all(wanted, "keys")
        if not ids:
            return []
        return await self._find("changes", {"$or": [{"_id": {"$in": ids}}, {"key": {"$in": keys}}]})

    async def _delegations(self, wanted: Mapping[str, Wanted]) -> list[Document]:
        ids = [f"{gathering_id}:{one}" for gathering_id, asked in wanted.items() for one in asked.delegations]
        return await self._find("delegations", {"_id": {"$in": sorted(ids)}}) if ids else []

    async def _invitations(self, wanted: Mapping[str, Wanted]) -> list[Document]:
        codes = _all(wanted, "codes")
        return await self._find("invitations", {"code": {"$in": codes}}) if codes else []

    async def candidates(
        self,
        gathering_id: str,
        key: PoolKey,
        limit: int,
        *,
        seen: frozenset[str],
        without: frozenset[str] = frozenset(),
        among: frozenset[str] | None = None,
    ) -> list[Registration]:
        delegation = {"$nin": sorted(without)} if among is None else {"$in": sorted(among - without)}
        where = {
            "gathering_id": gathering_id,
            "pool": documents.pool_name(key),
            "delegation": delegation,
            "registration_id": {"$nin": sorted(seen)},
        }
        with outcomes():
            lines = self._mongo["queue"].find(where, session=self._session).sort("position", 1).limit(limit)
            ids = [line["registration_id"] async for line in lines]
            found = await self._find("registrations", {"_id": {"$in": ids}}, documents.WITHOUT_PERSONAL)
        by_id = {one["_id"]: documents.to_registration(one) for one in found}
        return [by_id[one] for one in ids if one in by_id]

    async def anybody(self, gathering_id: str, key: PoolKey, statuses: Collection[Status]) -> bool:
        standing = {"part": key[0], "mode": key[1], "status": {"$in": sorted(statuses)}}
        where = {"gathering_id": gathering_id, "parts": {"$elemMatch": standing}}
        with outcomes():
            return await self._mongo["registrations"].find_one(where, {"_id": 1}, session=self._session) is not None

    async def holding(self, gathering_id: str, key: PoolKey, places: int) -> frozenset[str]:
        where = {"gathering_id": gathering_id, f"confirmed.{documents.pool_name(key)}": {"$gte": places}}
        with outcomes():
            found = await self._find("delegations", where, {"delegation": 1})
        return frozenset(one["delegation"] for one in found)

    async def of_part(self, gathering_id: str, part: str, after: str, limit: int) -> list[Registration]:
        where = {
            "gathering_id": gathering_id,
            "live": True,
            "_id": {"$gt": after},
            "parts": {"$elemMatch": {"part": part, "status": {"$in": sorted(LIVE)}}},
        }
        with outcomes():
            found = self._mongo["registrations"].find(where, documents.WITHOUT_PERSONAL, session=self._session)
            return [documents.to_registration(one) async for one in found.sort("_id", 1).limit(limit)]

    async def standings(self, gathering_id: str, part: str) -> dict[str, dict[str, int]]:
        reason = {"$cond": [{"$eq": ["$parts.reason", "not-selected"]}, "not-selected", "$parts.status"]}
        steps: list[Document] = [
            {"$match": {"gathering_id": gathering_id, "parts.part": part, "delegation": {"$ne": None}}},
            {"$unwind": "$parts"},
            {"$match": {"parts.part": part}},
            {"$group": {"_id": {"delegation": "$delegation", "status": reason}, "count": {"$sum": 1}}},
        ]
        found: dict[str, dict[str, int]] = {}
        with outcomes():
            async for one in self._mongo["registrations"].aggregate(steps, session=self._session):
                found.setdefault(one["_id"]["delegation"], {})[one["_id"]["status"]] = one["count"]
        return found

    async def waivers(self, gathering_id: str) -> dict[tuple[str, str], str]:
        with outcomes():
            found = await self._find("delegations", {"gathering_id": gathering_id, "waived": {"$exists": True}})
        return {(one["delegation"], part): reason for one in found for part, reason in one["waived"].items()}

    async def confirmed_by_delegation(self, gathering_id: str) -> Confirmed:
        with outcomes():
            found = await self._find("delegations", {"gathering_id": gathering_id})
        return {one["delegation"]: documents.to_confirmed(one) for one in found}

    async def unused_invitations(self, gathering_id: str, issued_by: datetime, limit: int) -> list[Invitation]:
        where = {
            "gathering_id": gathering_id,
            "issued_at": {"$lte": issued_by},
            "used": 0,
            "revoked": False,
            "chased": {"$exists": False},
        }
        with outcomes():
            found = self._mongo["invitations"].find(where, session=self._session).sort("_id", 1).limit(limit)
            return [documents.to_invitation(one) async for one in found]

    async def act(self, act_id: str) -> Act | None:
        with outcomes():
            found = await self._find("acts", {"_id": act_id})
        return documents.to_act(found[0]) if found else None

    async def task(self, task_id: str) -> Task | None:
        with outcomes():
            found = await self._find("tasks", {"_id": task_id, "done": False})
        return documents.to_task(found[0]) if found else None

    async def _find(self, collection: str, where: Document, fields: Document | None = None) -> list[Any]:
        found: list[Any] = await self._mongo[collection].find(where, fields, session=self._session).to_list(None)
        return found


def _living(gathering_id: str, persons: Iterable[str]) -> Document:
    return {"gathering_id": gathering_id, "live": True, "person": {"$in": sorted(persons)}}


def _all(wanted: Mapping[str, Wanted], what: str) -> list[str]:
    return sorted({one for asked in wanted.values() for one in getattr(asked, what)})
