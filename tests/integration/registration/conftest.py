"""Two replicas of registration on one database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.registration import GATHERING
from tests.support.registration_service import Replica, replica


@pytest.fixture
async def replicas(mongo_url: str, database: str, secrets_directory: Path) -> AsyncIterator[tuple[Replica, Replica]]:
    """Two on the same database."""
    pair = tuple(replica(mongo_url, database, secrets_directory, number) for number in (1, 2))
    first, second = pair
    await first.outbox.prepare()
    await first.store.prepare()
    await first.mongo["gatherings"].insert_one({"_id": GATHERING})
    yield first, second
    for one in pair:
        await one.outbox.stop()
    await first.mongo.drop()
    for one in pair:
        one.mongo.close()


@pytest.fixture
def one(replicas: tuple[Replica, Replica]) -> Replica:
    return replicas[0]
