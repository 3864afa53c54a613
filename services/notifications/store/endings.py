"""How mails ended: those that end while one transaction is under way are recorded together by the next."""

import asyncio
from collections.abc import Sequence

from pymongo import UpdateOne

from services.notifications.store.base import Ended
from shared.messages.envelope import encode
from shared.mongo import Document, Mongo, Session
from shared.outbox import Entry, Outbox


class Endings:
    """A transaction costs a database more than the mail that it is about; in a rush, many mails share one."""

    def __init__(self, mongo: Mongo, outbox: Outbox) -> None:
        self._mongo = mongo
        self._notifications = mongo["notifications"]
        self._outbox = outbox
        self._waiting: list[tuple[Ended, asyncio.Future[bool]]] = []
        self._turn: asyncio.Task[None] | None = None

    async def record(self, ended: Ended) -> bool:
        """False where it had ended before."""
        recorded: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((ended, recorded))
        if self._turn is None or self._turn.done():
            self._turn = asyncio.create_task(self._take_turns())
        return await recorded

    async def _take_turns(self) -> None:
        while self._waiting:
            together, self._waiting = self._waiting, []
            try:
                ids = await self._commit([ended for ended, _ in together])
            except Exception as error:  # noqa: BLE001  each that waits is told, and tries again
                for _, recorded in together:
                    if not recorded.done():
                        recorded.set_exception(error)
            else:
                for ended, recorded in together:
                    if not recorded.done():
                        recorded.set_result(ended.notification.id in ids)

    async def _commit(self, endings: Sequence[Ended]) -> set[str]:
        """The ids of those that had not ended yet."""

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
        return {ended.notification.id for ended in ending}


def _changes(ended: Ended) -> Document:
    over: Document = {"status": ended.status, "reason": ended.reason, "ended_at": ended.at}
    if ended.status == "sent":
        over["sent_at"] = ended.at
    return {"$set": over, "$unset": {"next_attempt_at": "", "lease": ""}}


def _entry(ended: Ended) -> Entry:
    told = ended.notification
    return Entry(told.id, (encode(ended.fact, cause=told.cause_id, time=ended.at, sequence=1),))
