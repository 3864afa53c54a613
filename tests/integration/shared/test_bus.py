"""What follows each outcome of a batch, over a real broker."""

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiokafka.errors import KafkaError

from deploy.local import process
from deploy.local.process import Program
from shared.bus import Batch, Reply
from shared.errors import LostRace, Unavailable
from shared.messages import REPLIES, dead_letters
from shared.messages.envelope import ReplyTo
from shared.messages.registration import CancellationSubmitted
from shared.settings import Settings
from tests.integration.shared.conftest import GROUP, TOPIC, Heard, Wired, submission


def failing(error: Callable[[], Exception], *, times: int = 10**9, at: str | None = None) -> Heard:
    """Fails so many times, or whenever it is given one record."""
    heard = Heard()

    async def does(batch: Batch) -> Sequence[Reply]:
        nonlocal times
        names = [one.message.id for one in batch if isinstance(one.message, CancellationSubmitted)]
        if times > 0 and (at is None or at in names):
            times -= 1
            raise error()
        return []

    heard.does = does
    return heard


async def test_what_is_handled_is_committed_and_not_heard_again(wired: Wired) -> None:
    first, second = Heard(), Heard()
    await wired.append(*(submission(n, f"g{n % 5}") for n in range(20)))
    async with wired.hearing(first):
        await first.until(*(f"x{n}" for n in range(20)))
    assert sorted(first.handled) == sorted(f"x{n}" for n in range(20))
    assert await wired.committed() == 20
    async with wired.hearing(second):
        await wired.append(submission(99))
        await second.until("x99")
    assert second.handled == ["x99"]


async def test_what_one_gathering_is_sent_stays_in_order(wired: Wired) -> None:
    heard = Heard()
    async with wired.hearing(heard):
        for n in range(50):
            await wired.append(submission(n))
        await heard.until("x49")
    assert heard.handled == [f"x{n}" for n in range(50)]


async def test_every_submission_is_answered_where_its_gateway_waits(wired: Wired) -> None:
    async def does(batch: Batch) -> Sequence[Reply]:
        return [Reply(one.reply_to, 201, {"id": one.id}) for one in batch if one.reply_to is not None]

    heard = Heard(does)
    stray = ReplyTo(10_000, "nobody")
    await wired.append(submission(1, reply_to=ReplyTo(7, "me")), submission(2), submission(3, reply_to=stray))
    async with wired.hearing(heard):
        await heard.until("x1", "x2", "x3")
        [answer] = await wired.records(REPLIES, 1)
    assert answer.partition == 7
    assert dict(answer.headers)["foyer_requestid"] == b"me"
    assert orjson.loads(answer.value)["status"] == 201


async def test_a_record_that_cannot_be_read_is_put_aside_and_takes_nobody_along(wired: Wired) -> None:
    heard = Heard()
    good = submission(1)
    kind = ("ce_type", b"foyer.cancellation-submitted")
    poison: list[tuple[bytes | None, list[tuple[str, bytes | None]]]] = [
        (b"\xff\xfe", []),
        (b"{}", [kind, ("ce_id", b"1"), ("ce_time", b"2021-11-01T09:00:00Z")]),
        (b"[" * 10_000, [kind, ("ce_id", b"1")]),
        (None, [kind]),
        (good.value, [("ce_type", None)]),
        (good.value, [("ce_type", b"\xff")]),
        (good.value, [("ce_type", b"foyer.slot-requested"), ("ce_id", b"1")]),
    ]
    for value, headers in poison:
        await wired.raw.send_and_wait(TOPIC, value, b"g", headers=headers)
    await wired.raw.send_and_wait(TOPIC, good.value, b"another", headers=good.kafka_headers)  # not its gathering
    await wired.append(good)
    async with wired.hearing(heard):
        await heard.until("x1")
        letters = await wired.records(dead_letters(GROUP), len(poison) + 1)
    assert heard.handled == ["x1"]
    assert {letter.value for letter in letters} >= {b"\xff\xfe", b"{}", good.value}
    for letter in letters:
        about = dict(letter.headers)
        assert about["dlq_original_topic"] == TOPIC.encode()
        assert about["dlq_group"] == GROUP.encode()
        assert about["dlq_reason"]
    assert await wired.committed() == len(poison) + 2


async def test_a_record_that_always_fails_is_found_among_its_neighbours_and_put_aside(wired: Wired) -> None:
    heard = failing(ZeroDivisionError, at="x5")
    await wired.append(*(submission(n) for n in range(12)))
    async with wired.hearing(heard):
        await heard.until(*(f"x{n}" for n in range(12) if n != 5))
        [letter] = await wired.records(dead_letters(GROUP), 1)
    assert letter.value == submission(5).value
    assert b"ZeroDivisionError" in dict(letter.headers)["dlq_reason"]
    assert "x5" not in heard.handled
    assert await wired.committed() == 12


async def test_a_key_that_stays_taken_is_the_records_own_fault(wired: Wired) -> None:
    heard = failing(lambda: LostRace("taken", duplicate=True), at="x1")
    await wired.append(*(submission(n) for n in range(3)))
    async with wired.hearing(heard):
        await heard.until("x0", "x2")
        [letter] = await wired.records(dead_letters(GROUP), 1)
    assert letter.value == submission(1).value


async def test_who_loses_a_race_decides_again(wired: Wired) -> None:
    heard = failing(lambda: LostRace("the ledger moved"), times=3)
    await wired.append(submission(1))
    async with wired.hearing(heard):
        await heard.until("x1")
    assert heard.batches == [["x1"]] * 4


@pytest.mark.parametrize("error", [lambda: Unavailable("MongoDB is away"), lambda: LostRace("again and again")])
async def test_what_cannot_be_handled_now_is_read_again_until_it_can(
    wired: Wired, error: Callable[[], Exception]
) -> None:
    heard = failing(error, times=7)
    await wired.append(*(submission(n, f"g{n}") for n in range(6)))
    async with wired.hearing(heard) as bus:
        async with asyncio.timeout(10):
            while bus.blocked is None:
                await asyncio.sleep(0.01)
        assert await wired.committed() == 0
        await heard.until(*(f"x{n}" for n in range(6)))
        await wired.append(submission(9))
        await heard.until("x9")
        assert bus.blocked is None
        assert not bus.stale
    assert sorted(set(heard.handled)) == [*(f"x{n}" for n in range(6)), "x9"]
    assert await wired.committed() == 7


async def test_a_fault_of_our_own_loses_nothing(wired: Wired) -> None:
    heard = Heard()
    async with wired.hearing(heard) as bus:
        readable, faults = bus._readable, 2

        def broken(records: Any, letters: Any) -> Any:
            nonlocal faults
            faults -= 1
            if faults >= 0:
                raise AssertionError
            return readable(records, letters)

        bus._readable = broken  # type: ignore[method-assign]
        await wired.append(*(submission(n) for n in range(3)))
        async with asyncio.timeout(20):
            while await wired.committed() < 3:
                await asyncio.sleep(0.05)
    assert set(heard.handled) == {"x0", "x1", "x2"}


async def test_who_is_out_of_the_group_for_good_ends_its_process(wired: Wired) -> None:
    """The library's coordination once died of a connection that uvloop had closed; it is not begun again."""
    told: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    heard = Heard()
    try:
        await wired.append(submission(1))
        async with wired.hearing(heard) as bus:
            await heard.until("x1")
            coordinator = bus._subscriber.consumer._coordinator  # type: ignore[union-attr]
            works, lost = coordinator._coordination_task, asyncio.get_running_loop().create_future()
            lost.set_exception(KafkaError("unable to perform operation: the handler is closed"))
            coordinator._coordination_task = lost
            async with asyncio.timeout(10):
                while not told:
                    await asyncio.sleep(0.05)
            coordinator._coordination_task = works
    finally:
        signal.signal(signal.SIGTERM, before)
    assert told == [signal.SIGTERM]


async def test_a_second_member_takes_its_share_and_gives_it_back(wired: Wired) -> None:
    first, second = Heard(), Heard()

    async def flow(start: int, count: int) -> list[str]:
        for n in range(start, start + count):
            await wired.append(submission(n, f"g{n % 17}"))
        return [f"x{n}" for n in range(start, start + count)]

    async def until(names: list[str]) -> None:
        async with asyncio.timeout(40):
            while not set(names) <= {*first.handled, *second.handled}:
                await asyncio.sleep(0.05)

    async with wired.hearing(first):
        await until(await flow(0, 30))
        async with wired.hearing(second):
            number = 1000
            async with asyncio.timeout(40):
                while not second.handled:  # it has joined once it is given something
                    await flow(number, 17)
                    number += 17
                    await asyncio.sleep(0.1)
            await until(await flow(5000, 60))
            assert set(first.handled) & {f"x{n}" for n in range(5000, 5060)}
            assert set(second.handled) & {f"x{n}" for n in range(5000, 5060)}
        await until(await flow(9000, 30))
    assert {f"x{n}" for n in range(9000, 9030)} <= set(first.handled)


async def test_what_was_in_hand_at_a_kill_is_heard_by_the_next(wired: Wired, tmp_path: Path) -> None:
    await wired.append(submission(1))
    await _kill_with_a_batch_in_hand(wired.settings, tmp_path / "stuck.log")
    assert await wired.committed() == 0
    heard = Heard()
    async with wired.hearing(heard):
        await heard.until("x1")


async def _kill_with_a_batch_in_hand(settings: Settings, log: Path) -> None:
    """A process of its own: a client that is only cut off from within goes on telling the broker that it lives."""

    async def is_in_hand() -> bool:
        return b"in hand" in log.read_bytes()

    known = {"kafka", "kafka_session_timeout_ms", "kafka_heartbeat_interval_ms"}
    environment = {f"FOYER_{name}".upper(): str(value) for name, value in settings.model_dump(include=known).items()}
    command = (sys.executable, "-m", "tests.integration.shared.stuck")
    program = Program("stuck", command, 0, is_in_hand, environment)
    running = await process.start(program, log)
    try:
        async with asyncio.timeout(30):
            await process.until_ready(program)
    finally:
        running.kill()
        await running.wait()
