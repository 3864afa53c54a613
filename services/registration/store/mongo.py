"""Registration's MongoDB: one transaction for a batch, fenced by the ledger's version."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, TypeVar

from pymongo import ASCENDING, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from services.registration.domain import Apply, Ledger, Registration, State
from services.registration.store import documents, former
from services.registration.store.base import Commit, Reader, Wanted
from services.registration.store.reading import Definitions, MongoReader
from shared.clock import Clock
from shared.errors import LostRace
from shared.messages.envelope import encode
from shared.mongo import Document, Mongo, Session, Write, compare_and_set, outcomes
from shared.outbox import Entry, Outbox
from shared.tokens import Tokens

T = TypeVar("T")

REPEATED_WITHIN = timedelta(days=30)  # CONTRACT §2 promises 7


class MongoStore(MongoReader):
    def __init__(self, mongo: Mongo, outbox: Outbox, tokens: Tokens, clock: Clock) -> None:
        super().__init__(mongo, Definitions(tokens))
        self._cached: dict[str, Ledger] = {}
        self._outbox = outbox
        self._clock = clock
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def prepare(self) -> None:
        registrations, by_gathering = self._mongo["registrations"], ("gathering_id", ASCENDING)
        with outcomes():
            await registrations.create_index("key", unique=True, partialFilterExpression={"key": {"$exists": True}})
            await registrations.create_index(
                [by_gathering, ("person", 1)], unique=True, partialFilterExpression={"live": True}, name="one-live"
            )
            await registrations.create_index([by_gathering, ("_id", 1)])
            await registrations.create_index([by_gathering, ("delegation", 1)])
            await self._mongo["changes"].create_index("key", unique=True, sparse=True)
            await self._mongo["delegations"].create_index([by_gathering, ("delegation", 1)])
            await self._mongo["queue"].create_index([by_gathering, ("pool", 1), ("position", 1), ("delegation", 1)])
            await self._mongo["queue"].create_index("registration_id")
            await self._mongo["invitations"].create_index("code", unique=True)
            await self._mongo["invitations"].create_index([by_gathering])
            await self._mongo["audit"].create_index([by_gathering, ("at", 1)])
            await self._mongo["former"].create_index("registration_id")
            await self._mongo["former"].create_index([by_gathering, ("person", 1)])
            await self._mongo["former"].create_index("at", expireAfterSeconds=int(former.KEPT.total_seconds()))
            await self._mongo["acts"].create_index("at", expireAfterSeconds=int(REPEATED_WITHIN.total_seconds()))

    async def begin(self, wanted: Mapping[str, Wanted]) -> dict[str, State]:
        known = {one: self._cached[one] for one in wanted if one in self._cached}
        with outcomes():
            missing = await self._load_ledgers([one for one in wanted if one not in known])
        try:
            return await self._load(wanted, known | missing)
        except LostRace:
            self._forget(wanted)
            raise

    async def commit(self, commits: Sequence[Commit]) -> None:
        entries = [self._entry(commit) for commit in commits]

        async def work(session: Session) -> None:
            await self._write(commits, entries, session)
            await self._advance(commits, session)

        try:
            await self._mongo.transact(work)
        except LostRace as lost:
            read = {one.ledger.gathering_id: one.ledger.version for one in (commit.before for commit in commits)}
            self._forget(read)
            # a key may be taken by whoever moved the ledger: that is nobody's fault
            if lost.duplicate and await self._mongo.any_moved("ledgers", read):
                raise LostRace("the ledger moved") from lost
            raise
        for commit in commits:
            ledger = self._numbered(commit)
            self._cached[ledger.gathering_id] = replace(ledger, version=ledger.version + 1)
        self._outbox.publish_soon(entries)

    async def alone(self, gathering_id: str, work: Callable[[Reader], Awaitable[tuple[Commit | None, T]]]) -> T:
        entries: list[Entry] = []

        async def transaction(session: Session) -> T:
            entries.clear()
            await self._mongo["ledgers"].update_one(
                {"_id": gathering_id},
                {"$inc": {"version": 1}, "$setOnInsert": _without_version(Ledger(gathering_id))},
                upsert=True,
                session=session,
            )
            commit, result = await work(MongoReader(self._mongo, self._definitions, session))
            if commit is not None:
                entries.append(self._entry(commit))
                await self._write([commit], entries, session)
                fields = {"$set": _without_version(self._numbered(commit))}
                await self._mongo["ledgers"].update_one({"_id": gathering_id}, fields, session=session)
            return result

        async with self._one_at_a_time[gathering_id]:
            try:
                result = await self._patiently(transaction)
            finally:
                self._forget([gathering_id])
        self._outbox.publish_soon(entries)
        return result

    async def _patiently(self, transaction: Callable[[Session], Awaitable[T]]) -> T:
        """A batch that holds the ledger's write lock is over in milliseconds: try again before giving up."""
        for attempt in range(20):
            try:
                return await self._mongo.transact(transaction)
            except LostRace:
                await asyncio.sleep(min(0.005 * 2**attempt, 0.2))
        raise LostRace("other writers keep winning")

    async def _write(self, commits: Sequence[Commit], entries: Sequence[Entry], session: Session) -> None:
        writes: defaultdict[str, list[Any]] = defaultdict(list)
        leaving: list[str] = []
        for commit in commits:
            leaving += _registrations(commit, writes)
            _submissions(commit, writes)
            _counts(commit, writes)
            self._staff(commit, writes)
            writes["former"] += former.writes(commit, self._clock.wall())
        if leaving:
            await self._mongo["queue"].delete_many({"registration_id": {"$in": leaving}}, session=session)
        for collection, operations in writes.items():
            if operations:
                await self._mongo[collection].bulk_write(operations, ordered=True, session=session)
        await self._outbox.insert(entries, session)

    def _staff(self, commit: Commit, writes: defaultdict[str, list[Any]]) -> None:
        gathering_id = commit.after.ledger.gathering_id
        writes["audit"] += [InsertOne(documents.from_audit(one, gathering_id)) for one in commit.audit]
        writes["tasks"] += [ReplaceOne({"_id": one.id}, documents.from_task(one), upsert=True) for one in commit.tasks]
        writes["tasks"] += [UpdateOne({"_id": one}, {"$set": {"done": True}}) for one in commit.finished]
        if commit.act is not None:
            writes["acts"].append(InsertOne(documents.from_act(commit.act, self._clock.wall())))
        if commit.gathering is not None:
            fields = documents.from_gathering(commit.gathering)
            writes["gatherings"].append(UpdateOne({"_id": gathering_id}, {"$set": fields}))
        if commit.waiver is not None:
            delegation, part, reason = commit.waiver
            waived = {"gathering_id": gathering_id, "delegation": delegation, f"waived.{part}": reason}
            writes["delegations"].append(
                UpdateOne({"_id": f"{gathering_id}:{delegation}"}, {"$set": waived}, upsert=True)
            )
        for issued in commit.invitations:
            document = asdict(issued.invitation) | {"gathering_id": gathering_id, "code": issued.code}
            document["_id"] = document.pop("id")
            more = {"issued_at": issued.issued_at, "personal": dict(issued.personal)}
            writes["invitations"].append(InsertOne(document | more))
        writes["invitations"] += [UpdateOne({"_id": one}, {"$set": {"revoked": True}}) for one in commit.revoked]
        writes["invitations"] += [UpdateOne({"_id": one}, {"$set": {"chased": True}}) for one in commit.chased]
        writes["invitations"] += [
            UpdateMany({"gathering_id": gathering_id, "person": one}, {"$set": {"personal": {}}})
            for one in commit.forgotten
        ]

    async def _advance(self, commits: Sequence[Commit], session: Session) -> None:
        """The last write of a batch: nobody else may have written to its gatherings since they were read."""
        writes: list[Write] = []
        for commit in commits:
            read, fields = commit.before.ledger, _without_version(self._numbered(commit))
            if read.version == 0:
                writes.append(InsertOne({"_id": read.gathering_id, "version": 1} | fields))
            else:
                where = {"_id": read.gathering_id, "version": read.version}
                writes.append(UpdateOne(where, {"$set": fields, "$inc": {"version": 1}}))
        await compare_and_set(self._mongo["ledgers"], writes, session)

    def _numbered(self, commit: Commit) -> Ledger:
        facts = sum(len(decision.facts) for decision in commit.decisions)
        return replace(commit.after.ledger, sequence=commit.before.ledger.sequence + facts)

    def _entry(self, commit: Commit) -> Entry:
        ledger, now = commit.before.ledger, self._clock.now()
        said = [(decision.cause, fact) for decision in commit.decisions for fact in decision.facts]
        wires = tuple(
            encode(
                fact,
                cause=cause,
                time=now,
                sequence=ledger.sequence + number,
                correlation_id=commit.correlations.get(cause),
            )
            for number, (cause, fact) in enumerate(said, start=1)
        )
        return Entry(f"{ledger.gathering_id}:{ledger.sequence + 1:016d}", wires)

    def _forget(self, gathering_ids: Iterable[str]) -> None:
        for gathering_id in gathering_ids:
            self._cached.pop(gathering_id, None)


def _without_version(ledger: Ledger) -> Document:
    return documents.from_ledger(ledger) | {"definition_version": ledger.definition_version}


def _registrations(commit: Commit, writes: defaultdict[str, list[Any]]) -> list[str]:
    """Write what changed; the ids of those whose old lines in a queue must go first."""
    decided = Counter(one.registration_id for one in commit.decisions)  # each raised the version by one
    changed = [one for one in commit.after.registrations.values() if decided[one.id]]
    new = {one.id for one in changed if one.version == decided[one.id]}
    # one person has one live registration: who gives it up comes first, then who takes another's over, then who is new
    changed.sort(key=lambda one: (one.id in new, one.is_live))
    for registration in changed:
        writes["registrations"].append(_written(registration, new=registration.id in new))
        writes["queue"] += [InsertOne(line) for line in documents.queued(registration)]
    has_queue = any(count.waiting for count in commit.before.ledger.pools.values())
    return [one.id for one in changed if one.id not in new] if has_queue else []


def _written(registration: Registration, *, new: bool) -> InsertOne[Document] | UpdateOne | ReplaceOne[Document]:
    """Personal data that was not loaded stays as it is."""
    if registration.erased_at is not None:
        return ReplaceOne({"_id": registration.id}, _tombstone(registration))
    fields = documents.from_registration(registration)
    if new or registration.attendee is not None:
        fields["personal"] = dict(registration.attendee or {})
    if new:
        return InsertOne({"_id": registration.id, **fields})
    return UpdateOne({"_id": registration.id}, {"$set": fields})


def _tombstone(registration: Registration) -> Document:
    """What is left of the erased: enough that nothing they sent is taken again, nor anything else under its key."""
    kept = {} if registration.key is None else {"key": registration.key}
    return kept | {
        "gathering_id": registration.gathering_id,
        "version": registration.version,
        "live": False,
        "erased_at": registration.erased_at,
    }


def _submissions(commit: Commit, writes: defaultdict[str, list[Any]]) -> None:
    for decision in commit.decisions:
        command = decision.submission
        if command is None or isinstance(command, Apply):
            continue  # a registration answers for itself
        document = {
            "_id": command.id,
            "gathering_id": command.gathering_id,
            "registration_id": command.registration_id,
            "refusal": decision.refusal,
        }
        if commit.after.keys.get(command.key) == command.id:
            document["key"] = command.key
        writes["changes"].append(InsertOne(document))


def _counts(commit: Commit, writes: defaultdict[str, list[Any]]) -> None:
    gathering_id = commit.after.ledger.gathering_id
    for delegation, confirmed in commit.after.delegations.items():
        if confirmed != commit.before.delegations.get(delegation, {}):
            fields = {
                "gathering_id": gathering_id,
                "delegation": delegation,
                "confirmed": documents.from_confirmed(confirmed),
            }
            writes["delegations"].append(
                UpdateOne({"_id": f"{gathering_id}:{delegation}"}, {"$set": fields}, upsert=True)
            )
    for code, invitation in commit.after.invitations.items():
        if invitation != commit.before.invitations.get(code):
            used = {"$set": {"used": invitation.used}}
            writes["invitations"].append(UpdateOne({"_id": invitation.id}, used))
