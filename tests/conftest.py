"""What every layer of tests may ask for. A server starts with the first test that names it."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from cli import topics as foyer_topics
from shared import secrets
from shared.messages import topics as wanted_topics
from shared.settings import Settings
from tests.support import servers

PARTITIONS = 3
_numbers = itertools.count(1)

# properties are judged by what holds, not by how fast a busy machine shows it; `CI` fixes their examples
hypothesis.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("unhurried")

for name in [name for name in os.environ if name.startswith("FOYER_")]:
    del os.environ[name]  # it is about a Foyer that somebody runs here, not about the tests' own


@pytest.fixture(scope="session")
async def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A real MongoDB, one for the whole run."""
    async with servers.running_mongo(tmp_path_factory.mktemp("mongo")) as url:
        yield url


@pytest.fixture(scope="session")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A real Apache Kafka, one for the whole run, without topics: ask for `topics` or `new_topic` beside it."""
    async with servers.running_kafka(tmp_path_factory.mktemp("kafka")) as address:
        yield address


@pytest.fixture(scope="session")
def secrets_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("secrets")
    secrets.create(directory)
    return directory


@pytest.fixture
def database() -> str:
    """A database name that no other test has."""
    return f"test_{next(_numbers)}"


@pytest.fixture
async def topics(kafka: str) -> None:
    """Foyer's topics, all of them, empty."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        if old := await foyer_topics.read(admin):
            await admin.delete_topics(list(old))
        while await foyer_topics.read(admin):
            await asyncio.sleep(0.02)  # the broker hears of it after its controller: a write could still go to the old
        await foyer_topics.apply(admin, await foyer_topics.plan(admin, wanted_topics(), PARTITIONS))
    finally:
        await admin.close()


@pytest.fixture
def new_topic(kafka: str) -> Callable[[int], Awaitable[str]]:
    """Makes a topic of so many partitions and gives its name."""

    async def make(partitions: int = PARTITIONS) -> str:
        name = f"test-{next(_numbers)}"
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(name, partitions, 1)])
        finally:
            await admin.close()
        return name

    return make


@pytest.fixture
def settings(kafka: str, mongo_url: str, topics: None, secrets_directory: Path) -> Settings:  # noqa: ARG001
    """A service's settings, over the real servers and empty topics."""
    return Settings(kafka=kafka, mongo=mongo_url, secrets=secrets_directory, partitions=PARTITIONS)
