"""How mails ended: those that end while one transaction is under way are recorded together by the next."""

from collections.abc import Collection

from pymongo import UpdateOne

from services.notifications.store.base import Ended
from shared.messages.envelope import encode
from shared.mongo import Document, Mongo, Session
from shared.outbox import Entry, Outbox


class Endings:
    """A transaction costs a database more than the mail that it is about."""

    def __init__(self, mongo: Mongo, outbox: Outbox) -> None:
        self._mongo = mongo
        self._notifications = mongo["notifications"]
        self._outbox = outbox

    async def record(self, endings: Collection[Ended]) -> dict[Ended, bool]:
        """False for each that had ended before."""

        async def work(session: Session) -> list[Ended]:
            still = {"_id": {"$in": [ended.notification.id for ended in endings]}, "status": "queued"}
            found = {one["_id"] async for one in self._notifications.find(still, {"_id": 1}, session=session)}
            ending = [ended for ended in endings if ended.notification.id in found]
            if ending:
                writes = [UpdateOne({"_id": ended.notification.id}, _changes(ended)) for ended in ending]
                await self._notifications.bulk_write(writes, ordered=False, session=session)
                await self._outbox.insert([_entry(ended) for ended in ending], session)
            return ending

        ending = await self._mongo.transact(work)
        self._outbox.publish_soon([_entry(ended) for ended in ending])
        return {ended: ended in ending for ended in endings}


def _changes(ended: Ended) -> Document:
    over: Document = {"status": ended.status, "reason": ended.reason, "ended_at": ended.at}
    if ended.status == "sent":
        over["sent_at"] = ended.at
    return {"$set": over, "$unset": {"next_attempt_at": "", "lease": ""}}


def _entry(ended: Ended) -> Entry:
    told = ended.notification
    wire = encode(ended.fact, cause=told.cause_id, time=ended.at, sequence=1, correlation_id=told.correlation_id)
    return Entry(told.id, (wire,))
