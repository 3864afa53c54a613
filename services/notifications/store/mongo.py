"""The database `notifications`: one commit per batch, and a queue that several senders may empty."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import InsertOne

from services.notifications.domain import (
    SETTLING,
    Gathering,
    Mailing,
    Notification,
    Outcome,
    Registration,
    View,
    next_pass,
)
from services.notifications.store import documents, writes
from services.notifications.store.base import Audit, Ended, Line, Loaded, Situation, Wanted
from services.notifications.store.endings import Endings
from services.notifications.store.queue import MailQueue
from shared.clock import Clock
from shared.errors import LostRace
from shared.loader import Loader
from shared.messages import Message
from shared.messages.envelope import encode
from shared.mongo import Document, Mongo, Session, Write, compare_and_set, outcomes
from shared.outbox import Entry, Outbox

NO_TIME = timedelta()
MAILINGS_AT_ONCE = 20


class MongoStore(MailQueue):
    def __init__(self, mongo: Mongo, outbox: Outbox, clock: Clock, owner: str, domain: str) -> None:
        self._mongo = mongo
        self._outbox = outbox
        self._clock = clock
        self._owner = owner
        self._domain = domain
        self._gatherings = mongo["gatherings"]
        self._registrations = mongo["registrations"]
        self._versions = mongo["versions"]
        self._progress = mongo["progress"]
        self._notifications = mongo["notifications"]
        self._mailings = mongo["mailings"]
        self._audit = mongo["audit"]
        self._endings = Loader(Endings(mongo, outbox).record)
        self._read_gatherings: dict[str, Gathering] = {}  # definitions are long: each version is parsed once
        self._read_mailings: dict[str, Mailing] = {}

    async def prepare(self) -> None:
        queued = {"status": "queued"}
        with outcomes():
            await self._notifications.create_index("next_attempt_at", partialFilterExpression=queued, name="due")
            scheduled = {"status": "scheduled"}
            await self._notifications.create_index("due_at", partialFilterExpression=scheduled, name="scheduled")
            await self._notifications.create_index([("gathering_id", 1), ("_id", 1)])
            await self._registrations.create_index([("gathering_id", 1), ("_id", 1)])
            await self._mailings.create_index("open", partialFilterExpression={"open": True}, name="open")
            await self._audit.create_index("gathering_id")

    async def load(self, wanted: Wanted) -> Loaded:
        with outcomes():
            gatherings, registrations, versions, progress = await asyncio.gather(
                self._load_gatherings(wanted.gatherings),
                self._found(self._registrations, wanted.registrations),
                self._found(self._versions, wanted.subjects),
                self._found(self._progress, wanted.gatherings),
            )
        view = View(
            gatherings=gatherings,
            registrations={one["_id"]: documents.registration_from(one) for one in registrations},
            versions={one["_id"]: one["version"] for one in versions},
            progress={one["_id"]: documents.progress_from(one) for one in progress},
        )
        return Loaded(view, {one["_id"]: one["revision"] for one in registrations})

    async def commit(self, loaded: Loaded, outcome: Outcome) -> int:
        before, after = loaded.view, outcome.view
        with outcomes():
            fresh = await self._fresh(outcome.notifications)
            known = {one["_id"] for one in await self._found(self._mailings, {one.id for one in outcome.mailings})}
        mailings = [mailing for mailing in outcome.mailings if mailing.id not in known]

        async def work(session: Session) -> None:
            await compare_and_set(self._registrations, writes.of_registrations(loaded, after), session)
            await compare_and_set(self._versions, writes.of_versions(before, after), session)
            await compare_and_set(self._gatherings, writes.of_gatherings(before, after), session)
            await compare_and_set(self._progress, writes.of_progress(before, after), session)
            await self._insert(fresh, session)
            await compare_and_set(self._mailings, self._mailing_writes(mailings), session)

        if before != after or fresh or mailings:
            await self._mongo.transact(work)
        return len(fresh) + len(mailings)

    async def gathering(self, gathering_id: str) -> Gathering | None:
        with outcomes():
            return (await self._load_gatherings({gathering_id})).get(gathering_id)

    async def situation(self, told: Notification) -> Situation:
        with outcomes():
            registration, about, gathering = await asyncio.gather(
                self._registrations.find_one({"_id": told.registration_id}),
                self._latest_told_of(told),
                self._gatherings.find_one({"_id": told.gathering_id}, {"version": 1}),
            )
        known = None if registration is None else documents.registration_from(registration)
        if told.about is not None and told.about.startswith("registrations/"):
            about = 0 if registration is None else int(registration["version"])
        return Situation(known, about, 0 if gathering is None else gathering["version"])

    async def end(self, ended: Ended) -> bool:
        return bool(await self._endings.get(ended))

    async def open_mailings(self, recorded_before: datetime) -> list[tuple[Mailing, str]]:
        with outcomes():
            due = {"open": True, "due_at": {"$not": {"$gt": self._clock.wall()}}}
            found = self._mailings.find(due).sort("recorded_at", 1).limit(MAILINGS_AT_ONCE)
            waiting = [one async for one in found]
            heard = await self._found(self._progress, {one["gathering_id"] for one in waiting})
        through = {one["_id"]: one["through"] for one in heard}
        return [
            (documents.mailing_from(one), one["cursor"])
            for one in waiting
            if through.get(one["gathering_id"], 0) >= one["after"] or one["recorded_at"] < recorded_before
        ]

    async def registrations(self, gathering_id: str, after: str, limit: int) -> list[Registration]:
        with outcomes():
            beyond = {"gathering_id": gathering_id, "_id": {"$gt": after}}
            found = self._registrations.find(beyond).sort("_id", 1).limit(limit)
            return [documents.registration_from(one) async for one in found]

    async def spread(self, mailing: Mailing, after: str, mails: Sequence[Notification], reached: str | None) -> None:
        with outcomes():
            fresh = await self._fresh(mails)

        async def work(session: Session) -> None:
            await self._insert(fresh, session)
            still = {"_id": mailing.id, "open": True, "cursor": after}
            found = await self._mailings.find_one(still, {"recorded_at": 1}, session=session)
            if found is None:
                raise LostRace("another process carries this mailing out")
            step = {"cursor": reached} if reached is not None else self._ending(mailing, found["recorded_at"])
            await self._mailings.update_one(still, {"$set": step}, session=session)

        await self._mongo.transact(work)

    def _ending(self, mailing: Mailing, recorded_at: datetime) -> Document:
        again = next_pass(mailing, recorded_at, self._clock.wall())
        return {"open": False} if again is None else {"cursor": "", "due_at": again}

    async def publish(self, mailing: Mailing, fact: Message | None, audit: Audit) -> Mailing:
        began, cause = mailing.correlation_id, mailing.cause_id
        said = () if fact is None else (encode(fact, cause=cause, time=audit.at, sequence=1, correlation_id=began),)
        entry = Entry(mailing.id, said)
        with outcomes():
            done = await self._audit.find_one({"_id": audit.id}, {"object": 1})
            led_to = mailing.id if done is None else done["object"].rpartition("/")[2]
            known = await self._mailings.find_one({"_id": led_to})
        if done is not None and known is not None:
            return documents.mailing_from(known)

        async def work(session: Session) -> None:
            await self._audit.insert_one(documents.audit_to(audit), session=session)
            if known is None:
                await compare_and_set(self._mailings, self._mailing_writes([mailing]), session)
                await self._outbox.insert([entry], session)

        await self._mongo.transact(work)
        if known is not None:
            return documents.mailing_from(known)
        self._outbox.publish_soon([entry])
        return mailing

    async def tell(self, told: Notification, audit: Audit) -> bool:
        with outcomes():
            fresh = await self._fresh([told])

        async def work(session: Session) -> None:
            await self._insert(fresh, session)
            await self._audit.insert_one(documents.audit_to(audit), session=session)

        if fresh:
            await self._mongo.transact(work)
        return bool(fresh)

    async def export(self, gathering_id: str) -> AsyncIterator[Line]:
        with outcomes():
            async for one in self._notifications.find({"gathering_id": gathering_id}).sort("_id", 1):
                yield documents.line_of(one, self._domain)
            async for one in self._audit.find({"gathering_id": gathering_id}).sort("at", 1):
                yield documents.audit_line(one)

    async def mails_to(self, gathering_id: str, registration_id: str) -> AsyncIterator[Line]:
        theirs = {"gathering_id": gathering_id, "registration_id": registration_id}
        with outcomes():
            async for one in self._notifications.find(theirs).sort("queued_at", 1):
                yield documents.line_of(one, self._domain)

    async def _load_gatherings(self, ids: Collection[str]) -> dict[str, Gathering]:
        stored = [one async for one in self._gatherings.find({"_id": {"$in": list(ids)}}, {"version": 1})]
        stale = [one["_id"] for one in stored if not self._has_read(one["_id"], one["version"])]
        for one in await self._found(self._gatherings, stale):
            self._read_gatherings[one["_id"]] = documents.gathering_from(one)
        return {one["_id"]: self._read_gatherings[one["_id"]] for one in stored}

    def _has_read(self, gathering_id: str, version: int) -> bool:
        read = self._read_gatherings.get(gathering_id)
        return read is not None and read.version >= version

    async def _latest_told_of(self, told: Notification) -> int:
        """The version of what is no registration: those are kept with their parts."""
        if told.about is None or told.about.startswith("registrations/"):
            return 0
        found = await self._versions.find_one({"_id": told.about})
        return 0 if found is None else int(found["version"])

    async def _fresh(self, mails: Sequence[Notification]) -> list[Notification]:
        known = self._notifications.find({"_id": {"$in": [told.id for told in mails]}}, {"_id": 1})
        queued = {one["_id"] async for one in known}
        return [told for told in mails if told.id not in queued]

    async def _insert(self, mails: Sequence[Notification], session: Session) -> None:
        now, due = self._clock.now(), self._clock.wall()
        if mails:
            fresh = [documents.notification_to(told, now, due + SETTLING.get(told.template, NO_TIME)) for told in mails]
            await self._notifications.insert_many(fresh, session=session)

    def _mailing_writes(self, mailings: Iterable[Mailing]) -> list[Write]:
        return [InsertOne(documents.mailing_to(mailing, self._clock.wall())) for mailing in mailings]

    @staticmethod
    async def _found(collection: Any, ids: Collection[str]) -> list[Document]:
        return [one async for one in collection.find({"_id": {"$in": list(ids)}})] if ids else []
