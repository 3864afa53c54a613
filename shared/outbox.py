"""The outbox: facts are stored with the state they tell of, then published; a crash in between loses nothing.

An entry is inserted in the owner's transaction. Right after it this process publishes it, behind anything older of the
same streams; a leased sweeper drains what a crash left. Repeats are byte-identical, first copies are in order.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.clock import Clock
from shared.errors import DeliveryError
from shared.kafka import Producer
from shared.leases import Lease
from shared.messages.envelope import Wire
from shared.mongo import Document, Mongo, Session, outcomes
from shared.telemetry import OUTBOX_SWEPT, get_logger

log = get_logger(__name__)

PUBLISH_WITHIN = 5.0  # seconds; what takes longer is the sweeper's
SWEEP_EVERY = 2.0
SWEEP_OLDER_THAN = timedelta(seconds=2)
SWEEP_AT_MOST = 200
MARK_AFTER = 0.1
KEPT = timedelta(days=30)
REMEMBERED_STREAMS = 50_000

PUBLISHING, MARKING = "outbox-publishing", "outbox-marking"

StreamOf = Callable[[Wire], str]


def by_gathering(wire: Wire) -> str:
    """`ce_sequence` counts per gathering: in registration and scheduling."""
    return wire.key


def by_subject(wire: Wire) -> str:
    """`ce_sequence` counts per subject: in checkin and notifications."""
    return dict(wire.headers)["ce_subject"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What one commit says. Within a stream, ids sort in the order of publication."""

    id: str
    wires: tuple[Wire, ...]


class Outbox:
    """One service's outbox, in its own database."""

    def __init__(self, mongo: Mongo, producer: Producer, clock: Clock, stream_of: StreamOf, owner: str) -> None:
        self._documents = mongo["outbox"]
        self._lease = Lease(mongo, "outbox-sweeper", owner, clock, timedelta(seconds=15))
        self._producer = producer
        self._clock = clock
        self._stream_of = stream_of
        self._in_order = asyncio.Lock()
        self._last: dict[str, int] = {}  # stream → the last sequence that this process published
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent: list[str] = []  # published, not yet marked so
        self._away_until = 0.0  # by the monotonic clock: until then everything is the sweeper's

    async def prepare(self) -> None:
        with outcomes():
            await self._documents.create_index(
                [("unsent", 1), ("streams", 1)], partialFilterExpression={"unsent": True}, name="unsent"
            )
            await self._documents.create_index("sent_at", expireAfterSeconds=int(KEPT.total_seconds()))

    async def insert(self, entries: Iterable[Entry], session: Session) -> None:
        """Within the owner's transaction."""
        now = self._clock.wall()
        if documents := [self._to_document(entry, now) for entry in entries if entry.wires]:
            await self._documents.insert_many(documents, session=session)

    def publish_soon(self, entries: Iterable[Entry]) -> None:
        """After the transaction. Who must not go on before they are published awaits `settled`."""
        fresh = [entry for entry in entries if entry.wires]
        if fresh and time.monotonic() >= self._away_until:
            self._spawn(self._publish(fresh), PUBLISHING)

    async def settled(self) -> None:
        """Return when all is published, or left to the sweeper."""
        while publishing := [task for task in self._tasks if task.get_name() == PUBLISHING]:
            await asyncio.gather(*publishing)

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_EVERY)
            try:
                await self._sweep()
            except DeliveryError as error:
                log.warning("sweep failed", reason=str(error))

    async def stop(self) -> None:
        await self.settled()
        await self._mark()

    async def _publish(self, entries: Sequence[Entry]) -> None:
        async with self._in_order:
            try:
                if not self._gapless(entries):
                    entries = await self._with_older(entries)
                await self._append(entries)
            except DeliveryError as error:
                self._away_until = time.monotonic() + PUBLISH_WITHIN  # another replica may be the one that sweeps
                log.warning("left to the sweeper", reason=str(error), entries=len(entries))

    def _gapless(self, entries: Sequence[Entry]) -> bool:
        """Whether this process itself published whatever comes before these."""
        seen: dict[str, int] = {}
        for wire in (wire for entry in entries for wire in entry.wires):
            stream, sequence = self._stream_of(wire), sequence_of(wire)
            if sequence > 1 and seen.get(stream, self._last.get(stream)) != sequence - 1:
                return False
            seen[stream] = sequence
        return True

    async def _with_older(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Add what a crash, or another replica, has left unsent in these streams, and in those that come along."""
        known, asked = {entry.id: entry for entry in entries}, set[str]()
        while streams := {self._stream_of(wire) for entry in known.values() for wire in entry.wires} - asked:
            asked |= streams
            with outcomes():
                found = self._documents.find({"unsent": True, "streams": {"$in": sorted(streams)}})
                known = {document["_id"]: _entry(document) async for document in found} | known
        return sorted(known.values(), key=lambda entry: entry.id)

    async def _append(self, entries: Sequence[Entry]) -> None:
        wires = [wire for entry in entries for wire in entry.wires]
        await self._producer.append(wires, within=PUBLISH_WITHIN)
        self._away_until = 0.0
        if len(self._last) > REMEMBERED_STREAMS:
            self._last.clear()
        for wire in wires:
            self._last[self._stream_of(wire)] = sequence_of(wire)
        if not self._sent:
            self._spawn(self._mark_later(), MARKING)
        self._sent += [entry.id for entry in entries]

    async def _mark_later(self) -> None:
        """Off everybody's path: a crash before it only repeats what was published."""
        await asyncio.sleep(MARK_AFTER)
        await self._mark()

    async def _mark(self) -> None:
        sent, self._sent = self._sent, []
        if not sent:
            return
        try:
            with outcomes():
                await self._documents.update_many(
                    {"_id": {"$in": sent}}, {"$unset": {"unsent": ""}, "$set": {"sent_at": self._clock.wall()}}
                )
        except DeliveryError as error:
            log.warning("not marked as sent: they will be repeated", reason=str(error), entries=len(sent))

    async def _sweep(self) -> None:
        now = self._clock.wall()
        # what seems to come from the future was left by a process whose clock was wrong: nobody else will publish it
        old = [{"created_at": {"$lt": now - SWEEP_OLDER_THAN}}, {"created_at": {"$gt": now + SWEEP_OLDER_THAN}}]
        overdue = {"unsent": True, "$or": old}
        with outcomes():
            if await self._documents.find_one(overdue, {"_id": 1}) is None or not await self._lease.hold():
                return
            found = self._documents.find(overdue).sort("created_at", 1).limit(SWEEP_AT_MOST)
            entries: Sequence[Entry] = [_entry(document) async for document in found]
        async with self._in_order:
            # by the clock an entry can be overdue before one that it follows
            entries = (await self._with_older(entries))[:SWEEP_AT_MOST]
            log.info("sweeping", entries=len(entries))
            await self._append(entries)
        OUTBOX_SWEPT.inc(len(entries))

    def _to_document(self, entry: Entry, created_at: datetime) -> Document:
        return {
            "_id": entry.id,
            "streams": sorted({self._stream_of(wire) for wire in entry.wires}),
            "messages": [wire.to_document() for wire in entry.wires],
            "created_at": created_at,
            "unsent": True,
        }

    def _spawn(self, work: Coroutine[None, None, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def sequence_of(wire: Wire) -> int:
    return int(dict(wire.headers)["ce_sequence"])


def _entry(document: Document) -> Entry:
    return Entry(document["_id"], tuple(Wire.from_document(message) for message in document["messages"]))
