"""How submissions reach the broker together, and what each hears of it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from services.gateway.clients.appending import Appending
from shared.errors import Unavailable
from shared.kafka import Producer
from shared.messages.envelope import Wire
from shared.settings import Settings
from tests.support.nowhere import NOWHERE


class SlowProducer(Producer):
    """Acknowledges when it is told to, or fails."""

    def __init__(self) -> None:
        super().__init__(Settings(kafka=NOWHERE))
        self.turns: list[list[str]] = []
        self.answers: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def append(self, wires: Sequence[Wire], **_: Any) -> None:
        if not wires:
            return
        self.turns.append([wire.key for wire in wires])
        if (answer := await self.answers.get()) is not None:
            raise answer


async def coming(appending: Appending, *names: str) -> "list[asyncio.Task[None]]":
    tasks = [asyncio.create_task(appending.append(Wire("t", name, b"", ()))) for name in names]
    for _ in range(5):
        await asyncio.sleep(0)
    return tasks


async def test_who_comes_meanwhile_makes_up_the_next_turn() -> None:
    producer = SlowProducer()
    appending = Appending(producer, 5)
    first = await coming(appending, "a")
    rest = await coming(appending, "b", "c", "d")
    assert producer.turns == [["a"]]
    assert appending.unacknowledged == 3
    for _ in range(2):
        producer.answers.put_nowait(None)
    await asyncio.gather(*first, *rest)
    assert producer.turns == [["a"], ["b", "c", "d"]]
    assert appending.unacknowledged == 0


async def test_a_turn_that_fails_is_told_to_each_of_it_and_to_nobody_else() -> None:
    producer = SlowProducer()
    appending = Appending(producer, 5)
    first = await coming(appending, "a")
    rest = await coming(appending, "b", "c")
    producer.answers.put_nowait(Unavailable("away"))
    producer.answers.put_nowait(None)
    assert [type(one) for one in await asyncio.gather(*first, return_exceptions=True)] == [Unavailable]
    await asyncio.gather(*rest)
    last = await coming(appending, "d")
    producer.answers.put_nowait(None)
    await asyncio.gather(*last)


async def test_nobody_waits_longer_than_they_may_and_who_gave_up_is_not_sent() -> None:
    producer = SlowProducer()
    appending = Appending(producer, 0.05)
    waiting = [*await coming(appending, "a"), *await coming(appending, "b")]
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in told] == [Unavailable, Unavailable]
    last = await coming(appending, "c")
    for _ in range(2):
        producer.answers.put_nowait(None)
    await asyncio.gather(*last)
    assert producer.turns == [["a"], ["c"]]


async def test_who_hangs_up_takes_nobody_along() -> None:
    producer = SlowProducer()
    appending = Appending(producer, 5)
    first = await coming(appending, "a")
    gone, stays = await coming(appending, "b", "c")
    gone.cancel()
    await asyncio.sleep(0)
    for _ in range(2):
        producer.answers.put_nowait(None)
    await asyncio.gather(*first, stays)
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert producer.turns == [["a"], ["c"]]
