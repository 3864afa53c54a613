"""The bus without a broker: what it commits, and when."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from aiokafka import TopicPartition

from shared import bus as delivery
from shared.bus import Batch, Bus, Reply
from shared.kafka import Producer
from shared.messages.registration import RegistrationConfirmed
from shared.settings import Settings

PLACE = TopicPartition(RegistrationConfirmed.topic, 0)


class SlowConsumer:
    """A commit takes until it is let through."""

    def __init__(self) -> None:
        self.asked, self.let_through = asyncio.Event(), asyncio.Event()
        self.committed: list[dict[TopicPartition, int]] = []

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.asked.set()
        await self.let_through.wait()
        self.committed.append(dict(offsets))


async def nothing(_: Batch) -> list[Reply]:
    return []


async def at_once() -> None:
    pass


def hearer() -> Bus:
    settings = Settings()
    return Bus(settings, "hearer", [RegistrationConfirmed], nothing, Producer(settings), at_once)


async def test_what_is_handled_while_a_commit_is_on_its_way_is_committed_as_well() -> None:
    bus, consumer = hearer(), SlowConsumer()
    untyped: Any = consumer
    await bus._finish(untyped, {PLACE: 0}, [])
    await consumer.asked.wait()
    await bus._finish(untyped, {PLACE: 1}, [])
    consumer.let_through.set()
    await bus._committed()
    assert consumer.committed == [{PLACE: 1}, {PLACE: 2}]


async def test_batches_of_a_moment_are_committed_together() -> None:
    bus, consumer = hearer(), SlowConsumer()
    consumer.let_through.set()
    untyped: Any = consumer
    for offset in range(5):
        await bus._finish(untyped, {PLACE: offset}, [])
    await bus._committed()
    assert consumer.committed == [{PLACE: 5}]


async def test_a_commit_that_is_never_answered_does_not_keep_the_process_from_ending(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "COMMIT_WITHIN", 0.2)
    bus, consumer = hearer(), SlowConsumer()
    untyped: Any = consumer
    await bus._finish(untyped, {PLACE: 0}, [])
    async with asyncio.timeout(delivery.COMMIT_AFTER + 2):
        await bus._committed()
    assert consumer.committed == []


async def test_after_a_commit_that_was_never_answered_partitions_are_handed_over_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "COMMIT_WITHIN", 0.2)
    monkeypatch.setattr(delivery, "COMMIT_AFTER", 0)
    bus, consumer = hearer(), SlowConsumer()
    untyped: Any = consumer
    await bus._finish(untyped, {PLACE: 0}, [])
    for _ in range(2):
        await bus._fence.on_partitions_revoked({PLACE})
    consumer.let_through.set()
    await bus._finish(untyped, {PLACE: 1}, [])
    await bus._fence.on_partitions_revoked({PLACE})
    assert consumer.committed == [{PLACE: 2}]
