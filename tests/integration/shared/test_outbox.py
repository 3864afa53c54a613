"""Facts reach their topic at least once, first copies in order, whoever is killed or away in between."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import Unavailable
from shared.messages.envelope import Wire, encode
from shared.messages.registration import AccessLinkRequested
from shared.mongo import Mongo, Session
from shared.outbox import Entry, Outbox, by_gathering
from tests.integration.shared.conftest import MovedClock, Wired

AT = datetime(2021, 11, 1, 9, tzinfo=UTC)
TOPIC = "access-link-requested"


def entry(number: int, gathering: str = "g", count: int = 1) -> Entry:
    facts = [
        AccessLinkRequested(gathering_id=gathering, registration_id="r", request_id=f"{gathering}-{number + n}")
        for n in range(count)
    ]
    wires = [encode(fact, cause="c", time=AT, sequence=number + n) for n, fact in enumerate(facts)]
    return Entry(f"{gathering}:{number:016d}", tuple(wires))


@dataclass
class Replica:
    outbox: Outbox
    mongo: Mongo
    clock: MovedClock

    async def commit(self, *entries: Entry) -> None:
        """The transaction, and nothing after it: as if killed."""
        await self.mongo.transact(lambda session: self.outbox.insert(entries, session))

    async def commit_and_publish(self, *entries: Entry) -> None:
        await self.commit(*entries)
        self.outbox.publish_soon(entries)
        await self.outbox.settled()

    async def unsent(self) -> int:
        return int(await self.mongo["outbox"].count_documents({"unsent": True}))


@pytest.fixture
async def replicas(wired: Wired, mongo_url: str, database: str) -> AsyncIterator[tuple[Replica, Replica]]:
    made = []
    for number in range(2):
        clock, mongo = MovedClock(), Mongo(mongo_url, f"outbox_{database}")
        made.append(Replica(Outbox(mongo, wired.producer, clock, by_gathering, f"r{number}"), mongo, clock))
    await made[0].outbox.prepare()
    yield made[0], made[1]
    for one in made:
        await one.outbox.stop()
    await made[0].mongo.drop()
    for one in made:
        one.mongo.close()


async def first_copies(wired: Wired, last: int) -> list[int]:
    found = [int(dict(one.headers)["ce_sequence"]) for one in await wired.records(TOPIC, 1, until=str(last))]
    return list(dict.fromkeys(found))


async def test_what_was_committed_before_a_kill_is_published_by_the_sweeper(
    wired: Wired, replicas: tuple[Replica, Replica]
) -> None:
    killed, other = replicas
    await killed.commit(entry(1, count=2))
    await killed.commit(entry(3))
    await other.outbox._sweep()
    assert await other.unsent() == 2  # not yet overdue: its own process may be at it
    other.clock.ahead = timedelta(seconds=5)
    await other.outbox._sweep()
    assert await first_copies(wired, 3) == [1, 2, 3]
    await other.outbox.stop()
    assert await other.unsent() == 0


async def test_what_a_process_left_whose_clock_was_ahead_is_published_too(
    wired: Wired, replicas: tuple[Replica, Replica]
) -> None:
    killed, other = replicas
    killed.clock.ahead = timedelta(hours=1)
    await killed.commit(entry(1))
    await other.outbox._sweep()
    assert await first_copies(wired, 1) == [1]


async def test_what_the_clock_calls_overdue_is_published_behind_what_it_follows(
    wired: Wired, replicas: tuple[Replica, Replica]
) -> None:
    killed, other = replicas
    await killed.commit(entry(1))
    killed.clock.ahead = -timedelta(hours=1)  # set back between two commits
    await killed.commit(entry(2))
    await other.outbox._sweep()
    assert await first_copies(wired, 2) == [1, 2]


async def test_who_comes_after_a_crash_publishes_what_it_left_first(
    wired: Wired, replicas: tuple[Replica, Replica]
) -> None:
    killed, other = replicas
    await killed.commit_and_publish(entry(1))
    await killed.commit(entry(2))
    await killed.commit(entry(1, gathering="elsewhere"))
    await other.commit_and_publish(entry(3))
    assert await first_copies(wired, 3) == [1, 2, 3]


async def test_two_writers_in_turn_keep_the_order_of_first_copies(
    wired: Wired, replicas: tuple[Replica, Replica]
) -> None:
    for number in range(1, 21):
        one = replicas[number % 2]
        await one.commit(entry(number))
        one.outbox.publish_soon([entry(number)])
    for one in replicas:
        await one.outbox.settled()
    assert await first_copies(wired, 20) == list(range(1, 21))


async def test_a_repeat_is_byte_for_byte_the_same(wired: Wired, replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    await one.commit_and_publish(entry(1))
    await one.outbox.stop()
    await other.mongo["outbox"].update_one({}, {"$set": {"unsent": True}})  # it was killed before it said so
    other.clock.ahead = timedelta(seconds=5)
    await other.outbox._sweep()
    first, again = await wired.records(TOPIC, 2)
    assert (first.key, first.value, first.headers) == (again.key, again.value, again.headers)


async def test_while_the_broker_is_away_facts_are_kept_and_nobody_waits(
    wired: Wired, replicas: tuple[Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = replicas
    append, tries = wired.producer.append, 0

    async def refuse(_: list[Wire], **__: float) -> None:
        nonlocal tries
        tries += 1
        raise Unavailable("the broker is away")

    monkeypatch.setattr(wired.producer, "append", refuse)
    await one.commit_and_publish(entry(1))
    await one.commit_and_publish(entry(2))
    assert tries == 1  # then it is the sweeper's
    one.clock.ahead = timedelta(seconds=5)
    with pytest.raises(Unavailable):
        await one.outbox._sweep()
    monkeypatch.setattr(wired.producer, "append", append)
    await one.outbox._sweep()
    await one.commit_and_publish(entry(3))
    assert await first_copies(wired, 3) == [1, 2, 3]


async def test_of_many_sweepers_one_sweeps(wired: Wired, replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    await one.commit(entry(1))
    for replica in replicas:
        replica.clock.ahead = timedelta(seconds=5)
    await asyncio.gather(*(replica.outbox._sweep() for replica in replicas))
    await other.commit_and_publish(entry(2))
    assert await first_copies(wired, 2) == [1, 2]


async def test_nothing_to_say_is_not_kept(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas
    await one.commit_and_publish(Entry("g:1", ()))
    assert await one.mongo["outbox"].count_documents({}) == 0


async def test_a_transaction_that_fails_says_nothing(replicas: tuple[Replica, Replica]) -> None:
    one, _ = replicas

    async def work(session: Session) -> None:
        await one.outbox.insert([entry(1)], session)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await one.mongo.transact(work)
    assert await one.unsent() == 0
