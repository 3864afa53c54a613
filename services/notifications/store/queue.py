"""The queue in MongoDB: whose turn it is, who has it in hand, and when it comes again; by the machine's clock."""

from collections.abc import Collection
from datetime import datetime, timedelta

from services.notifications.domain import AHEAD, LATEST, Mailing
from services.notifications.store import documents
from services.notifications.store.base import LEASE, Queued
from shared.clock import Clock
from shared.mongo import Collection as Documents
from shared.mongo import Document, outcomes

REMEMBERED = 100


class MailQueue:
    """The part of the `Store` that the sender works with."""

    _notifications: "Documents[Document]"
    _mailings: "Documents[Document]"
    _clock: Clock
    _owner: str
    _read_mailings: dict[str, Mailing]

    async def claim(self, limit: int, held: Collection[str]) -> list[Queued]:
        now = self._clock.wall()
        due: Document = {"status": "queued", "next_attempt_at": {"$lte": now}, "_id": {"$nin": list(held)}}
        with outcomes():
            found = self._notifications.find(due, {"_id": 1}).sort("next_attempt_at", 1).limit(limit)
            if not (ids := [one["_id"] async for one in found]):
                return []
            mine = {"$set": {"next_attempt_at": now + LEASE, "lease": self._owner}}
            await self._notifications.update_many(due | {"_id": {"$in": ids}}, mine)
            leased = {"_id": {"$in": ids}, "lease": self._owner, "next_attempt_at": now + LEASE}
            taken = [one async for one in self._notifications.find(leased)]
            return [await self._queued(one) for one in sorted(taken, key=lambda one: ids.index(one["_id"]))]

    async def fall_due(self) -> int:
        wall = self._clock.wall()
        due = {"status": "scheduled", "due_at": {"$lte": self._clock.now()}}
        queued = {"$set": {"status": "queued", "since": wall, "next_attempt_at": wall}}
        with outcomes():
            return int((await self._notifications.update_many(due, queued)).modified_count)

    async def correct_times(self) -> int:
        wall = self._clock.wall()
        now: Document = {"$max": ["$$NOW", wall]}
        free: Document = {"status": "queued", "lease": {"$exists": False}}
        new = {"next_attempt_at": {"$gt": wall + AHEAD}, "since": {"$gt": wall + AHEAD}, **_ahead("$since", AHEAD)}
        late = {"next_attempt_at": {"$gt": wall + LATEST + AHEAD}, **_ahead("$next_attempt_at", LATEST + AHEAD)}
        with outcomes():
            anew = await self._notifications.update_many(free | new, [{"$set": {"since": now, "next_attempt_at": now}}])
            again = await self._notifications.update_many(free | late, [{"$set": {"next_attempt_at": now}}])
        return int(anew.modified_count + again.modified_count)

    async def prolong(self, notification_ids: Collection[str]) -> None:
        until = {"$set": {"next_attempt_at": self._clock.wall() + LEASE}}
        with outcomes():
            await self._notifications.update_many(self._leased(notification_ids), until)

    async def put_off(self, notification_ids: Collection[str], until: datetime, reason: str, tries: int) -> None:
        changes: Document = {
            "$set": {"next_attempt_at": until, "reason": reason},
            "$inc": {"attempts": tries},
            "$unset": {"lease": ""},
        }
        with outcomes():
            await self._notifications.update_many(self._leased(notification_ids), changes)

    def _leased(self, notification_ids: Collection[str]) -> Document:
        return {"_id": {"$in": list(notification_ids)}, "lease": self._owner, "status": "queued"}

    async def _queued(self, document: Document) -> Queued:
        mailing = None if document["mailing_id"] is None else await self._mailing(document["mailing_id"])
        return Queued(documents.notification_from(document, mailing), document["since"], document["attempts"])

    async def _mailing(self, mailing_id: str) -> Mailing:
        if mailing_id not in self._read_mailings:
            if len(self._read_mailings) >= REMEMBERED:
                self._read_mailings.clear()
            [document] = await self._mailings.find({"_id": mailing_id}).to_list(None)
            self._read_mailings[mailing_id] = documents.mailing_from(document)
        return self._read_mailings[mailing_id]


def _ahead(field: str, by: timedelta) -> Document:
    """More than `by` later than the database's own time."""
    return {"$expr": {"$gt": [field, {"$add": ["$$NOW", by // timedelta(milliseconds=1)]}]}}
