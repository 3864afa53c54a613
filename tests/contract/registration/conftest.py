"""The same store twice: in memory and on MongoDB."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.registration.domain import Decision, Former, under
from services.registration.store import Commit, Gathering, MongoStore, Reader, Store, Wanted
from services.registration.store.former import from_document
from shared.clock import Clock
from shared.kafka import Producer
from shared.messages.gathering import Definition
from shared.messages.registration import GatheringPublished
from shared.mongo import Mongo
from shared.outbox import Outbox, by_gathering
from shared.settings import Settings
from shared.tokens import Tokens
from tests.support.nowhere import NOWHERE
from tests.support.registration import GATHERING, definition
from tests.support.registration_store import FakeStore


@dataclass
class Kept:
    """A store, another on the same data as a second replica has it, and what they told the world."""

    store: Store
    other: Store
    told: Callable[[], Awaitable[list[tuple[int, str]]]]
    formers: Callable[[], Awaitable[list[Former]]]

    async def put(self, given: Definition | None = None) -> None:
        """Publish a definition, as the organiser does."""
        fresh = given or definition()

        async def work(reader: Reader) -> tuple[Commit, None]:
            before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
            version = before.ledger.definition_version + 1
            after = under(before, fresh, version, await reader.confirmed_by_delegation(GATHERING))
            fact = GatheringPublished(gathering_id=GATHERING, version=version, definition=fresh.public())
            gathering = Gathering(GATHERING, version, fresh, version, fresh)
            return Commit(before, after, [Decision(f"put-{version}", (fact,))], gathering=gathering), None

        await self.store.alone(GATHERING, work)


@pytest.fixture(params=["fake", "mongo"])
async def kept(
    request: pytest.FixtureRequest, mongo_url: str, database: str, secrets_directory: Path
) -> AsyncIterator[Kept]:
    if request.param == "fake":
        fake = FakeStore()

        async def said() -> list[tuple[int, str]]:
            return [(sequence, message.type) for sequence, message in fake.said]

        async def former() -> list[Former]:
            return [*fake.former.values()]

        yield Kept(fake, fake, said, former)
        return
    mongo = Mongo(mongo_url, f"registration_{database}")
    outbox = Outbox(mongo, Producer(Settings(kafka=NOWHERE)), Clock(), by_gathering, "test")
    store, other = (MongoStore(mongo, outbox, Tokens(secrets_directory), Clock()) for _ in range(2))
    await outbox.prepare()
    await store.prepare()
    await mongo["gatherings"].insert_one({"_id": GATHERING})

    async def stored() -> list[tuple[int, str]]:
        found = mongo["outbox"].find({}).sort("_id", 1)
        headers = [dict(message["headers"]) async for one in found for message in one["messages"]]
        return [(int(one["ce_sequence"]), one["ce_type"]) for one in headers]

    async def beside() -> list[Former]:
        return [from_document(found) async for found in mongo["former"].find({})]

    yield Kept(store, other, stored, beside)
    await outbox.stop()
    await mongo.drop()
    mongo.close()


@pytest.fixture(autouse=True)
async def published(kept: Kept) -> None:
    await kept.put()
