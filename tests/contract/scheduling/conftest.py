"""Both stores, under one name."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.scheduling.store import MongoStore, Store
from shared.clock import Clock
from shared.kafka import Producer
from shared.mongo import Mongo
from shared.outbox import Outbox, by_gathering
from shared.settings import Settings
from tests.component.scheduling.memory import MemoryStore
from tests.support.nowhere import NOWHERE


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path / "clock")


@pytest.fixture
def memory_store(tmp_path: Path) -> MemoryStore:
    return MemoryStore(Clock(tmp_path / "clock"))


@pytest.fixture
async def mongo_store(mongo_url: str, database: str, tmp_path: Path) -> AsyncIterator[MongoStore]:
    clock = Clock(tmp_path / "clock")
    mongo = Mongo(mongo_url, database)
    outbox = Outbox(mongo, Producer(Settings(kafka=NOWHERE)), clock, by_gathering, "test")
    store = MongoStore(mongo, outbox, clock)
    await outbox.prepare()
    await store.prepare()
    await store.prepare()  # a second replica does it again
    yield store
    await outbox.stop()
    await mongo.drop()
    mongo.close()


@pytest.fixture(params=["memory_store", "mongo_store"])
def store(request: pytest.FixtureRequest) -> Store:
    made: Store = request.getfixturevalue(request.param)
    return made
