"""MongoDB through Motor, imported here alone (ADR 0005): connect, transact, and say what an error means."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC
from typing import Any, TypeVar

import pymongo
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorCollection
from pymongo import InsertOne, ReadPreference, ReplaceOne, UpdateOne
from pymongo.errors import AutoReconnect, BulkWriteError, ConnectionFailure, DuplicateKeyError, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.errors import LostRace, Unavailable

Session = AsyncIOMotorClientSession
Collection = AsyncIOMotorCollection
Document = dict[str, Any]
Write = InsertOne[Document] | ReplaceOne[Document] | UpdateOne
T = TypeVar("T")

LOCAL = ReadConcern("local")
DURABLE = WriteConcern(w="majority", j=True)  # j said aloud: without it a write waits for the journal's timer
PING_WITHIN = 3.0
DUPLICATE_KEY = 11000
TOO_LONG = 290  # for a transaction; said of a commit, it may have been done all the same
SHUTTING_DOWN = frozenset({11600, 11602, 91, 189, 10107, 13435, 13436})


class Mongo:
    """One client and one database: the database belongs to one service."""

    def __init__(self, url: str, database: str, pool_size: int = 20) -> None:
        self._client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
            url,
            maxPoolSize=pool_size,
            retryWrites=True,
            serverSelectionTimeoutMS=5000,
            socketTimeoutMS=20_000,
            tz_aware=True,
            tzinfo=UTC,
        )
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._database = self._client.get_database(
            database, codec_options=options, write_concern=DURABLE, read_concern=ReadConcern("majority")
        )
        self._collections: dict[str, Collection[Document]] = {}  # the driver would make one anew each time

    def __getitem__(self, collection: str) -> "Collection[Document]":
        if collection not in self._collections:
            self._collections[collection] = self._database[collection]
        return self._collections[collection]

    async def ping(self) -> None:
        """Gives up by itself: whoever cancels Motor leaves a thread behind that waits on."""
        with outcomes(), pymongo.timeout(PING_WITHIN):
            await self._client.admin.command("ping")

    def close(self) -> None:
        self._client.close()

    async def drop(self) -> None:
        await self._client.drop_database(self._database.name)

    async def transact(self, work: Callable[[Session], Awaitable[T]]) -> T:
        """Run `work` in one transaction, majority and journaled, once: whoever lost must decide again, not just retry.

        Raises `LostRace` when another writer was first or the outcome is unknown, `Unavailable` when MongoDB is away.
        """
        with outcomes():
            # Motor hands every call to a thread; a session's beginning and its orderly end ask MongoDB nothing
            session = Session(self._client.delegate.start_session(), self._client)
            try:
                async with session.start_transaction(
                    ReadConcern("snapshot"), DURABLE, ReadPreference.PRIMARY, max_commit_time_ms=5000
                ):
                    return await work(session)
            finally:
                if session.delegate.in_transaction:
                    await session.end_session()
                else:
                    session.delegate.end_session()

    async def any_moved(self, collection: str, versions: Mapping[str, int]) -> bool:
        """Whether any document of these ids has another version by now; 0 is that of one that is not there.

        Who reads less than the newest would not see why a key was taken.
        """
        newest = self[collection].with_options(read_concern=LOCAL)
        with outcomes():
            found = await newest.find({"_id": {"$in": list(versions)}}, {"version": 1}).to_list(None)
        return versions != dict.fromkeys(versions, 0) | {one["_id"]: one["version"] for one in found}


async def compare_and_set(collection: "Collection[Document]", writes: Sequence[Write], session: Session) -> None:
    """One command for writes of which each makes a document, or finds the one that was read.

    Raises `LostRace` where one finds none: it was overtaken.
    """
    if not writes:
        return
    done = await collection.bulk_write(writes, ordered=False, session=session)
    if done.matched_count + done.inserted_count + done.upserted_count != len(writes):
        raise LostRace("a document changed since it was read")


@contextmanager
def outcomes() -> Iterator[None]:
    """Map what the driver raises to what to do about it; a document of the wrong shape stays what it is."""
    try:
        yield
    except (DuplicateKeyError, BulkWriteError) as error:
        if isinstance(error, BulkWriteError) and not _duplicate(error):
            raise
        raise LostRace("duplicate key", duplicate=True) from error
    except PyMongoError as error:
        raise _meaning(error) from error


def _meaning(error: PyMongoError) -> Exception:
    if error.has_error_label("TransientTransactionError") or error.has_error_label("UnknownTransactionCommitResult"):
        # a lost connection carries the same label; reloading finds out which it was
        return Unavailable(str(error)) if isinstance(error, ConnectionFailure) else LostRace(type(error).__name__)
    if getattr(error, "code", None) == TOO_LONG:
        return LostRace("too long for a transaction")
    if isinstance(error, ConnectionFailure | AutoReconnect) or getattr(error, "code", None) in SHUTTING_DOWN:
        return Unavailable(type(error).__name__)
    return error


def _duplicate(error: BulkWriteError) -> bool:
    return any(one.get("code") == DUPLICATE_KEY for one in (error.details or {}).get("writeErrors", ()))
