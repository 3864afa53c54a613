"""The store in MongoDB: one transaction a batch, fenced by the ledgers' versions (ARCHITECTURE §3)."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from services.scheduling.domain import (
    Agenda,
    Answer,
    Block,
    Booking,
    Command,
    Diary,
    Gathering,
    Hold,
    Outcome,
    Preferences,
    Question,
    Registration,
    Release,
    Star,
    Waiter,
    Wanted,
)
from services.scheduling.store import documents
from services.scheduling.store.loading import IN_ORDER, Loader
from services.scheduling.store.owing import CLAIMS_AT_ONCE, Owing
from services.scheduling.store.protocol import Audit, Exported, Settle
from services.scheduling.store.reading import HEAD, EncounterReads
from services.scheduling.store.writing import Writes, advance_ledgers, entries, ledger_after, write_audit
from shared.clock import Clock
from shared.errors import LostRace
from shared.mongo import Document, Mongo, Session, outcomes
from shared.outbox import Outbox

T = TypeVar("T")
TRIES = 8  # of a staff call against the batches, with back-off
OVERDUE_AT_ONCE = 500
UNINDEXED = frozenset({"gatherings", "ledgers", "claims", "agendas", "voices"})
EXPORTED: Mapping[str, Callable[[Document], Exported]] = {
    "assignments": documents.assignment,
    "meetings": documents.meeting,
    "profiles": documents.profile,
    "proposals": documents.head,
}


class MongoStore(EncounterReads):
    """The `Store` of a running service."""

    def __init__(self, mongo: Mongo, outbox: Outbox, clock: Clock, claims_at_once: int = CLAIMS_AT_ONCE) -> None:
        self._mongo = mongo
        self._outbox = outbox
        self._clock = clock
        self._loader = Loader(mongo)
        self._owing = Owing(mongo)
        self._claims_at_once = claims_at_once
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def prepare(self) -> None:
        """Make indexes, and collections too: one that comes into being within a transaction makes others wait."""
        with outcomes():
            await self._mongo["bookings"].create_index("registration_id")
            await self._mongo["bookings"].create_index([("gathering_id", 1), ("desk", 1)])
            await self._mongo["requests"].create_index(
                "key", unique=True, partialFilterExpression={"key": {"$exists": True}}
            )
            for collection in ("requests", "acts"):
                await self._mongo[collection].create_index("expires_at", expireAfterSeconds=0)
            await self._mongo["waiting"].create_index("registration_id")
            await self._mongo["waiting"].create_index("parked_at")
            await self._mongo["blocks"].create_index([("gathering_id", 1), ("desk", 1)])
            for collection in ("holds", "waiters", "stars"):
                await self._mongo[collection].create_index("gathering_id")
                await self._mongo[collection].create_index("registration_id")
            await self._mongo["holds"].create_index("expires_at")
            await self._mongo["questions"].create_index([("gathering_id", 1), ("session", 1)])
            await self._mongo["questions"].create_index("registration_id")
            await self._mongo["releases"].create_index([("gathering_id", 1), ("number", 1)])
            await self._mongo["audit"].create_index([("gathering_id", 1), ("at", 1)])
            await self.prepare_encounters()
            await self._owing.prepare()
            database = self._mongo["ledgers"].database
            for name in sorted(UNINDEXED - {*await database.list_collection_names()}):
                await database.create_collection(name)

    async def load(self, wanted: Mapping[str, Wanted]) -> dict[str, Diary]:
        with outcomes():
            return await self._loader.load(wanted)

    async def commit(self, outcomes: Sequence[Outcome], at: datetime) -> None:
        changed = [outcome for outcome in outcomes if outcome.decided]
        if not changed:
            return
        writes = Writes(changed, self._clock.wall(), self._claims_at_once)
        said = entries(changed, at)

        async def work(session: Session) -> None:
            await writes.run(self._mongo, session)
            await self._outbox.insert(said, session)
            await advance_ledgers(self._mongo, changed, session)

        try:
            await self._mongo.transact(work)
        except LostRace as lost:
            read = {one.ledger.gathering_id: one.ledger.version for one in (outcome.before for outcome in changed)}
            # a key may be taken by whoever moved the ledger: that is nobody's fault
            if lost.duplicate and await self._mongo.any_moved("ledgers", read):
                raise LostRace("another writer moved the ledger") from lost
            raise
        self._loader.committed(changed)
        self._outbox.publish_soon(said)

    async def alone(
        self, gathering_id: str, wanted: Wanted, settle: Settle, at: datetime, audit: Audit | None = None
    ) -> Outcome:
        async def work(session: Session) -> Outcome:
            """The ledger first: a batch that holds it now is the one that loses."""
            await self._take_ledger(gathering_id, session)
            diaries = await self._loader.load({gathering_id: wanted}, session)
            outcome = settle(diaries[gathering_id])
            await Writes([outcome], self._clock.wall(), self._claims_at_once).run(self._mongo, session)
            await self._outbox.insert(entries([outcome], at), session)
            if audit is not None:
                await write_audit(self._mongo, gathering_id, audit, session)
            fresh = {"$set": ledger_after(outcome)}
            await self._mongo["ledgers"].update_one({"_id": gathering_id}, fresh, session=session)
            return outcome

        async with self._turns[gathering_id]:
            outcome = await self._persistently(work)
        self._outbox.publish_soon(entries([outcome], at))
        return outcome

    async def claim_owed(self) -> None:
        with outcomes():
            owed = await self._owing.open()
        for which, gathering_id in owed:
            async with self._turns[gathering_id]:
                await self._persistently(partial(self._settle_owed, which, gathering_id))

    async def _settle_owed(self, which: str, gathering_id: str, session: Session) -> None:
        await self._take_ledger(gathering_id, session)
        await self._owing.settle(which, session)

    async def _take_ledger(self, gathering_id: str, session: Session) -> None:
        await self._mongo["ledgers"].update_one({"_id": gathering_id}, {"$inc": {"version": 1}}, session=session)

    async def _persistently(self, work: Callable[[Session], Awaitable[T]]) -> T:
        for attempt in range(TRIES):
            try:
                return await self._mongo.transact(work)
            except LostRace:
                if attempt + 1 == TRIES:
                    raise
                await asyncio.sleep(0.01 * 2**attempt)
        raise AssertionError

    async def gathering(self, gathering_id: str) -> Gathering | None:
        with outcomes():
            return await self._loader.gathering(gathering_id)

    async def agenda(self, gathering_id: str) -> Agenda:
        with outcomes():
            found = await self._mongo["agendas"].find_one({"_id": gathering_id})
            return documents.agenda(found, await self._loader.latest_release(gathering_id))

    async def release(self, gathering_id: str, number: int) -> Release | None:
        found = await self._one("releases", documents.release_id(gathering_id, number))
        return None if found is None else documents.release(found)

    async def releases(self, gathering_id: str) -> list[Release]:
        with outcomes():
            found = self._mongo["releases"].find({"gathering_id": gathering_id}).sort("number", 1)
            return [documents.release(one) async for one in found]

    async def expert_claims(self, gathering_id: str) -> Mapping[str, str]:
        with outcomes():
            return await self._loader.expert_claims(gathering_id)

    async def registration(self, registration_id: str) -> Registration | None:
        found = await self._one("registrations", registration_id)
        return None if found is None else documents.registration(found)

    async def booking(self, booking_id: str) -> Booking | None:
        found = await self._one("bookings", booking_id)
        return None if found is None else documents.booking(found)

    async def bookings_of(self, registration_id: str) -> list[Booking]:
        with outcomes():
            found = self._mongo["bookings"].find({"registration_id": registration_id}).sort("starts_at", 1)
            return [documents.booking(one) async for one in found]

    async def bookings_at(self, gathering_id: str, desk: str) -> list[Booking]:
        with outcomes():
            query = {"gathering_id": gathering_id, "desk": desk, "status": "booked"}
            found = self._mongo["bookings"].find(query).sort("starts_at", 1)
            return [documents.booking(one) async for one in found]

    async def history_at(self, gathering_id: str, desk: str) -> list[Booking]:
        with outcomes():
            query = {"gathering_id": gathering_id, "$or": [{"desk": desk}, {"left": desk}]}
            found = self._mongo["bookings"].find(query).sort("starts_at", 1)
            return [documents.booking(one) async for one in found]

    async def blocks_at(self, gathering_id: str, desk: str | None = None) -> list[Block]:
        with outcomes():
            here = {"gathering_id": gathering_id} | ({} if desk is None else {"desk": desk})
            found = self._mongo["blocks"].find(here).sort("starts_at", 1)
            return [documents.block(one) async for one in found]

    async def holds_of(self, registration_id: str) -> list[Hold]:
        with outcomes():
            found = self._mongo["holds"].find({"registration_id": registration_id}).sort("expires_at", 1)
            return [documents.hold(one) async for one in found]

    async def turns_of(self, registration_id: str) -> list[tuple[Waiter, int]]:
        with outcomes():
            found = self._mongo["waiters"].find({"registration_id": registration_id}).sort("since", 1)
            mine = [documents.waiter(one) async for one in found]
            return [(one, await self._ahead(one)) for one in mine]

    async def _ahead(self, waiter: Waiter) -> int:
        ahead = {"gathering_id": waiter.gathering_id, "desk": waiter.desk, "since": {"$lt": waiter.since}}
        return await self._mongo["waiters"].count_documents(ahead)

    async def stars_of(self, registration_id: str) -> set[Star]:
        with outcomes():
            found = self._mongo["stars"].find({"registration_id": registration_id})
            return {documents.star(one) async for one in found}

    async def preferences(self, registration_id: str) -> Preferences | None:
        found = await self._one("preferences", registration_id)
        return None if found is None else documents.preferences(found)

    async def answer(self, submission_id: str) -> Answer | None:
        found = await self._one("requests", submission_id)
        return None if found is None else documents.answer(found)

    async def overdue(self, parked_before: datetime) -> list[Command]:
        with outcomes():
            query = {"parked_at": {"$lt": parked_before}}
            found = self._mongo["waiting"].find(query).sort(IN_ORDER).limit(OVERDUE_AT_ONCE)
            return [documents.waiting(one) async for one in found]

    async def questions(self, gathering_id: str, session: str) -> list[Question]:
        with outcomes():
            query = {"gathering_id": gathering_id, "session": session}
            found = self._mongo["questions"].find(query).sort([("votes", -1), ("asked_at", 1), ("_id", 1)])
            return [documents.question(one) async for one in found]

    async def questions_of(self, registration_id: str) -> list[Question]:
        with outcomes():
            found = self._mongo["questions"].find({"registration_id": registration_id}).sort("asked_at", 1)
            return [documents.question(one) async for one in found]

    async def lapsed(self, now: datetime) -> set[str]:
        with outcomes():
            return set(await self._mongo["holds"].distinct("gathering_id", {"expires_at": {"$lte": now}}))

    async def export(self, gathering_id: str) -> AsyncIterator[Exported]:
        with outcomes():
            async for one in self._mongo["bookings"].find({"gathering_id": gathering_id}):
                yield documents.booking(one)
            for collection, read in EXPORTED.items():
                async for one in self._mongo[collection].find({"gathering_id": gathering_id}, HEAD):
                    yield read(one)
            async for one in self._mongo["audit"].find({"gathering_id": gathering_id}).sort("at", 1):
                yield documents.audit(one)

    async def _one(self, collection: str, id_: str) -> Document | None:
        with outcomes():
            found: Document | None = await self._mongo[collection].find_one({"_id": id_})
            return found
