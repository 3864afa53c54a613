"""Replies find whoever waits for them."""

import asyncio

import pytest
from aiokafka.errors import KafkaError

from services.gateway.clients.replies import Replies, Reply
from services.gateway.settings import GatewaySettings
from shared.messages.envelope import REQUEST_ID
from tests.component.gateway.doubles import Record


def record(request_id: str, value: bytes) -> Record:
    return Record("gateway-replies", None, value, [("other", b"x"), (REQUEST_ID, request_id.encode())])


async def test_a_reply_reaches_the_one_who_waits_and_nobody_else() -> None:
    replies = Replies(GatewaySettings())
    with replies.expected() as first, replies.expected() as second:
        replies.take(record(second.to.request_id, b'{"status": 201, "body": {"id": "x"}}'))
        assert await second.within(1) == Reply(201, {"id": "x"})
        assert await first.within(0) is None


async def test_what_is_for_another_process_or_too_late_is_not_even_decoded() -> None:
    replies = Replies(GatewaySettings())
    with replies.expected() as expected:
        replies.take(record("somebody-else", b"not JSON"))
    replies.take(record(expected.to.request_id, b"not JSON"))
    replies.take(Record("gateway-replies", None, None, []))


async def test_a_repeated_or_broken_reply_does_no_harm() -> None:
    replies = Replies(GatewaySettings())
    with replies.expected() as expected:
        for value in (b"not JSON", b"{}", b"[]", b'{"status": 200, "body": {}}', b'{"status": 500, "body": {}}'):
            replies.take(record(expected.to.request_id, value))
        assert await expected.within(1) == Reply(200, {})


def test_a_process_always_has_the_same_partition_of_its_own() -> None:
    with_same_process = {Replies(GatewaySettings())._partition for _ in range(5)}
    assert len(with_same_process) == 1
    assert with_same_process.pop() in range(16)


class Stumbling(Replies):
    """Its consumer is cancelled from within, then fails, then reads."""

    def __init__(self) -> None:
        super().__init__(GatewaySettings())
        self.failures: list[BaseException] = [asyncio.CancelledError(), KafkaError(), ValueError()]
        self.reading = asyncio.Event()

    async def _follow(self) -> None:
        if self.failures:
            raise self.failures.pop(0)
        self.reading.set()
        await asyncio.Event().wait()


async def test_whatever_befalls_the_consumer_the_next_one_reads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.gateway.clients.replies.RETRY_EVERY", 0)
    replies = Stumbling()
    running = asyncio.create_task(replies.run())
    await asyncio.wait_for(replies.reading.wait(), 5)
    assert replies.wrong == "replies cannot be read: ValueError"
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
