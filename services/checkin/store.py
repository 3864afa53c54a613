"""What checkin keeps: gatherings, tickets, scans, and facts that wait for their gathering; one commit for all of it."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from pymongo import DeleteMany, InsertOne, ReplaceOne, UpdateMany

from services.checkin.documents import (
    admission_from,
    admission_to,
    gathering_from,
    gathering_to,
    scan_key,
    ticket_from,
    ticket_to,
)
from services.checkin.domain import Admission, DoorList, Gathering, Scan, Ticket
from shared.clock import Clock
from shared.messages import Message
from shared.messages.envelope import encode
from shared.mongo import Document, Mongo, Session, compare_and_set, outcomes
from shared.outbox import Entry, Outbox


@dataclass(frozen=True)
class Said:
    """A fact with what led to it."""

    message: Message
    cause: str
    time: datetime
    sequence: int = 1
    correlation_id: str | None = None


@dataclass(frozen=True)
class Waiting:
    """A fact that was heard before its gathering."""

    id: str
    gathering_id: str
    type: str
    value: bytes
    time: datetime
    correlation_id: str | None = None


@dataclass(frozen=True)
class Commit:
    """All that one batch changes. `tickets` pairs each ticket as it was loaded with what became of it."""

    gatherings: Mapping[str, Gathering]
    tickets: tuple[tuple[Ticket, Ticket], ...] = ()
    admissions: tuple[Admission, ...] = ()
    parked: tuple[Waiting, ...] = ()
    released: tuple[str, ...] = ()
    said: tuple[Said, ...] = ()

    def __bool__(self) -> bool:
        return any((self.gatherings, self.tickets, self.admissions, self.parked, self.released))


class Store(Protocol):
    """The contract that the fake and MongoDB both pass."""

    async def gatherings(self, ids: Collection[str]) -> dict[str, Gathering]: ...
    async def tickets(self, registration_ids: Collection[str]) -> dict[str, Ticket]: ...
    async def printed_tickets(self, gathering_id: str) -> list[Ticket]: ...
    async def present(self, gathering_id: str) -> list[Ticket]: ...
    async def doors(self, gathering_id: str, scans: Collection[Scan]) -> DoorList: ...
    async def waiting(self, overdue_since: datetime, limit: int) -> list[Waiting]: ...
    async def commit(self, commit: Commit) -> None: ...
    def admissions(self, gathering_id: str) -> AsyncIterator[Admission]: ...
    def attending(self, gathering_id: str) -> AsyncIterator[Ticket]: ...
    def admissions_of(self, registration_id: str) -> AsyncIterator[Admission]: ...


class MongoStore:
    """Database `checkin`. No document is shared by two doors, so doors never wait for each other."""

    def __init__(self, mongo: Mongo, outbox: Outbox, clock: Clock) -> None:
        self._mongo = mongo
        self._outbox = outbox
        self._clock = clock
        self._gatherings = mongo["gatherings"]
        self._tickets = mongo["tickets"]
        self._scans = mongo["scans"]
        self._waiting = mongo["waiting"]
        self._read: dict[str, Gathering] = {}  # definitions are long: each version is parsed once

    async def prepare(self) -> None:
        with outcomes():
            await self._tickets.create_index("numbers")
            await self._tickets.create_index("gathering_id")
            await self._scans.create_index("gathering_id")
            await self._scans.create_index("registration_id")
            # a ticket passes each door once, whatever path the scan took
            await self._scans.create_index(
                [("gathering_id", 1), ("door", 1), ("registration_id", 1)],
                unique=True,
                name="admitted-once",
                partialFilterExpression={"outcome": "admitted", "registration_id": {"$exists": True}},
            )
            await self._waiting.create_index("gathering_id")

    async def gatherings(self, ids: Collection[str]) -> dict[str, Gathering]:
        with outcomes():
            versions = self._gatherings.find({"_id": {"$in": list(ids)}}, {"version": 1})
            current = {found["_id"]: found["version"] async for found in versions}
            stale = [g for g, version in current.items() if g not in self._read or self._read[g].version < version]
            if stale:
                async for document in self._gatherings.find({"_id": {"$in": stale}}):
                    self._read[document["_id"]] = gathering_from(document)
        return {gathering_id: self._read[gathering_id] for gathering_id in current}

    async def tickets(self, registration_ids: Collection[str]) -> dict[str, Ticket]:
        return await self._find_tickets({"_id": {"$in": list(registration_ids)}})

    async def printed_tickets(self, gathering_id: str) -> list[Ticket]:
        """All that were ever good, also those that are revoked."""
        printed: Document = {"gathering_id": gathering_id, "numbers": {"$ne": []}}
        return list((await self._find_tickets(printed)).values())

    async def present(self, gathering_id: str) -> list[Ticket]:
        """Of those who attended something, in the room or online."""
        was_there: Document = {"gathering_id": gathering_id, "attended": {"$ne": []}}
        return list((await self._find_tickets(was_there)).values())

    async def doors(self, gathering_id: str, scans: Collection[Scan]) -> DoorList:
        numbers = [scan.number for scan in scans if scan.number is not None]
        people = [scan.registration_id for scan in scans if scan.registration_id is not None]
        named: Document = {"$or": [{"_id": {"$in": people}}, {"numbers": {"$in": numbers}}]}
        keys = [scan_key(gathering_id, scan.scan_id) for scan in scans]
        with outcomes():
            tickets, scanned = await asyncio.gather(
                self._find_tickets(named), self._scans.find({"_id": {"$in": keys}}).to_list(None)
            )
        found = [admission_from(document) for document in scanned]
        return DoorList(tickets, {admission.scan.scan_id: admission for admission in found})

    async def waiting(self, overdue_since: datetime, limit: int) -> list[Waiting]:
        """Return what need not wait any longer: its gathering is here, or it came before `overdue_since`."""
        with outcomes():
            here = [document["_id"] async for document in self._gatherings.find({}, {"_id": 1})]
            ready: Document = {"$or": [{"gathering_id": {"$in": here}}, {"parked_at": {"$lt": overdue_since}}]}
            found = self._waiting.find(ready).limit(limit)
            return [_waiting_from(document) async for document in found]

    async def admissions(self, gathering_id: str) -> AsyncIterator[Admission]:
        with outcomes():
            async for document in self._scans.find({"gathering_id": gathering_id}):
                yield admission_from(document)

    async def admissions_of(self, registration_id: str) -> AsyncIterator[Admission]:
        with outcomes():
            async for document in self._scans.find({"registration_id": registration_id}):
                yield admission_from(document)

    async def attending(self, gathering_id: str) -> AsyncIterator[Ticket]:
        """Of whoever was there, in person or online."""
        with outcomes():
            async for document in self._tickets.find({"gathering_id": gathering_id, "attended": {"$ne": []}}):
                yield ticket_from(document)

    async def commit(self, commit: Commit) -> None:
        """Write all of it or nothing; LostRace when a ticket has moved, or a scan or an admission is already there."""
        entry = _entry(commit, self._clock.wall())

        async def work(session: Session) -> None:
            await self._write_tickets(commit, session)
            await self._write_scans(commit, session)
            await self._write_rest(commit, session)
            await self._outbox.insert([entry], session)

        await self._mongo.transact(work)
        self._outbox.publish_soon([entry])

    async def _find_tickets(self, query: Document) -> dict[str, Ticket]:
        with outcomes():
            found = map(ticket_from, await self._tickets.find(query).to_list(None))
        return {ticket.registration_id: ticket for ticket in found}

    async def _write_tickets(self, commit: Commit, session: Session) -> None:
        new = [InsertOne(ticket_to(_next(after))) for before, after in commit.tickets if before.revision == 0]
        known = [
            ReplaceOne({"_id": after.registration_id, "revision": before.revision}, ticket_to(_next(after)))
            for before, after in commit.tickets
            if before.revision > 0
        ]
        await compare_and_set(self._tickets, [*new, *known], session)

    async def _write_scans(self, commit: Commit, session: Session) -> None:
        if commit.admissions:
            documents = [admission_to(admission) for admission in commit.admissions]
            await self._scans.insert_many(documents, session=session)
        if erased := [after.registration_id for before, after in commit.tickets if after.erased and not before.erased]:
            # that somebody stood there stays; who it was and what was checked goes
            await self._scans.update_many(
                {"registration_id": {"$in": erased}},
                {"$unset": {"registration_id": "", "requirements": ""}},
                session=session,
            )

    async def _write_rest(self, commit: Commit, session: Session) -> None:
        for gathering_id, gathering in commit.gatherings.items():
            older = {"_id": gathering_id, "version": {"$lt": gathering.version}}
            document = gathering_to(gathering_id, gathering)
            await self._gatherings.replace_one(older, document, upsert=True, session=session)
        changes: list[Any] = [
            UpdateMany({"_id": one.id}, {"$setOnInsert": _waiting_to(one, self._clock.wall())}, upsert=True)
            for one in commit.parked
        ]
        if commit.released:
            changes.append(DeleteMany({"_id": {"$in": list(commit.released)}}))
        if changes:
            await self._waiting.bulk_write(changes, session=session)


def _next(ticket: Ticket) -> Ticket:
    return replace(ticket, revision=ticket.revision + 1)


def _entry(commit: Commit, now: datetime) -> Entry:
    """Within one ticket's facts, ids sort by time: one consumer writes them, one commit after another."""
    wires = tuple(
        encode(
            said.message,
            cause=said.cause,
            time=said.time,
            sequence=said.sequence,
            correlation_id=said.correlation_id,
        )
        for said in commit.said
    )
    first = dict(wires[0].headers)["ce_id"] if wires else ""
    return Entry(f"{now:%Y%m%dT%H%M%S.%f}-{first}", wires)


def _waiting_to(waiting: Waiting, now: datetime) -> Document:
    return {
        "gathering_id": waiting.gathering_id,
        "type": waiting.type,
        "value": waiting.value,
        "time": waiting.time,
        "correlation_id": waiting.correlation_id,
        "parked_at": now,
    }


def _waiting_from(document: Document) -> Waiting:
    return Waiting(
        document["_id"],
        document["gathering_id"],
        document["type"],
        bytes(document["value"]),
        document["time"],
        document["correlation_id"],
    )
