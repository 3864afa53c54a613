"""Processes over one real database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest

from services.scheduling.handlers import Handlers
from services.scheduling.rooms import Rooms
from services.scheduling.store import MongoStore
from services.scheduling.store.owing import CLAIMS_AT_ONCE
from shared.bus import Reply
from shared.clock import Clock
from shared.errors import LostRace
from shared.kafka import Producer
from shared.messages import Message
from shared.messages.envelope import Received, ReplyTo, message_id
from shared.mongo import Mongo
from shared.outbox import Outbox, by_gathering
from shared.settings import Settings
from shared.tokens import Tokens
from tests.component.scheduling.conftest import FakePeople
from tests.support.nowhere import NOWHERE
from tests.unit.scheduling.building import EARLY, confirmed, published

CROWD = [f"person-{number:03}" for number in range(300)]


class Process:
    """One replica's handlers; the bus's part, deciding again after a lost race, is played here."""

    def __init__(self, mongo: Mongo, clock: Clock, secrets_directory: Path, claims_at_once: int) -> None:
        outbox = Outbox(mongo, Producer(Settings(kafka=NOWHERE)), clock, by_gathering, "test")
        self.mongo = mongo
        self.store = MongoStore(mongo, outbox, clock, claims_at_once)
        self.handlers = Handlers(
            self.store, clock, Rooms(FakePeople(), Tokens(secrets_directory), "http://foyer.test"), lambda _: None
        )
        self.lost = 0

    async def hear(self, messages: Sequence[Message]) -> list[Reply]:
        batch = [received(one) for one in messages]
        while True:
            try:
                return list(await self.handlers.process(batch))
            except LostRace:
                self.lost += 1
                await asyncio.sleep(0.005 * self.lost)


def received(message: Message) -> Received[Message]:
    subject = message.subject()
    reply_to = ReplyTo(0, subject.removeprefix("submissions/"))
    cause = message_id("test", message.topic, subject)
    return Received(message, cause, subject, EARLY, message.topic, 0, 0, reply_to=reply_to)


@pytest.fixture
async def replica(
    mongo_url: str, database: str, tmp_path: Path, secrets_directory: Path
) -> AsyncIterator[Callable[..., Process]]:
    """Makes processes over one database."""
    opened: list[Mongo] = []

    def made(claims_at_once: int = CLAIMS_AT_ONCE) -> Process:
        opened.append(Mongo(mongo_url, database))
        return Process(opened[-1], Clock(tmp_path / "clock"), secrets_directory, claims_at_once)

    first = made()
    await first.store.prepare()
    await first.hear([published(), *map(confirmed, CROWD)])
    yield made
    await first.mongo.drop()
    for mongo in opened:
        mongo.close()
