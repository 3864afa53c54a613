"""What the driver raises is told as what to do about it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pymongo.errors import OperationFailure, WriteConcernError

from deploy.local import ports
from shared.errors import LostRace, Unavailable
from shared.leases import Lease
from shared.mongo import Mongo, Session, outcomes
from tests.integration.shared.conftest import MovedClock


@pytest.fixture
async def mongo(mongo_url: str, database: str) -> AsyncIterator[Mongo]:
    one = Mongo(mongo_url, f"shared_{database}")
    await one["things"].insert_one({"_id": 1, "count": 0})
    yield one
    await one.drop()
    one.close()


async def test_two_who_write_the_same_document_one_loses(mongo: Mongo) -> None:
    both = asyncio.Barrier(2)

    async def work(session: Session) -> None:
        await mongo["things"].find_one({"_id": 1}, session=session)
        await both.wait()
        await mongo["things"].update_one({"_id": 1}, {"$inc": {"count": 1}}, session=session)

    outcome = await asyncio.gather(mongo.transact(work), mongo.transact(work), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcome) == ["LostRace", "NoneType"]
    found = await mongo["things"].find_one({})
    assert found is not None
    assert found["count"] == 1


async def test_a_taken_key_is_a_lost_race_that_says_so_also_in_bulk(mongo: Mongo) -> None:
    async def alone(session: Session) -> None:
        await mongo["things"].insert_one({"_id": 1}, session=session)

    async def in_bulk(session: Session) -> None:
        await mongo["things"].insert_many([{"_id": 2}, {"_id": 1}], session=session)

    for work in (alone, in_bulk):
        with pytest.raises(LostRace) as lost:
            await mongo.transact(work)
        assert lost.value.duplicate
    assert await mongo["things"].count_documents({}) == 1


async def test_a_transaction_that_was_away_too_long_has_lost(mongo: Mongo) -> None:
    async def work(session: Session) -> None:
        await mongo["things"].update_one({"_id": 1}, {"$inc": {"count": 1}}, session=session)
        assert session.session_id is not None
        await mongo._client.admin.command("killSessions", [session.session_id])  # as the server does with the forgotten
        await mongo["things"].update_one({"_id": 1}, {"$inc": {"count": 1}}, session=session)

    with pytest.raises((LostRace, Unavailable)):
        await mongo.transact(work)
    found = await mongo["things"].find_one({})
    assert found is not None
    assert found["count"] == 0


@pytest.mark.parametrize("error", [OperationFailure("interrupted", 290), WriteConcernError("interrupted", 290)])
def test_a_transaction_that_took_too_long_is_decided_again(error: OperationFailure) -> None:
    """Said of a commit it has no label of its own, and may have been done: whoever loads again finds out."""
    with pytest.raises(LostRace) as lost, outcomes():
        raise error
    assert not lost.value.duplicate


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    away = Mongo(f"mongodb://127.0.0.1:{ports.any_free()}/?serverSelectionTimeoutMS=200", "nothing")
    with pytest.raises(Unavailable), outcomes():
        await away._client.server_info()
    away.close()


async def test_a_mistake_of_ours_stays_what_it_is(mongo: Mongo) -> None:
    with pytest.raises(OperationFailure), outcomes():
        await mongo["things"].update_one({}, {"$nonsense": 1})


async def test_a_lease_is_held_by_one_until_it_runs_out(mongo: Mongo) -> None:
    clock = MovedClock()
    first, second = (Lease(mongo, "work", owner, clock, timedelta(seconds=10)) for owner in "ab")
    assert [await first.hold(), await second.hold(), await first.hold()] == [True, False, True]
    clock.ahead = timedelta(seconds=11)
    assert [await second.hold(), await first.hold()] == [True, False]


async def test_a_lease_taken_by_a_clock_far_ahead_is_nobodys_once_its_holder_is_gone(mongo: Mongo) -> None:
    clock = MovedClock()
    gone, other = (Lease(mongo, "work", owner, clock, timedelta(seconds=10)) for owner in "ab")
    clock.ahead = timedelta(hours=1)
    assert await gone.hold()
    clock.ahead = timedelta()
    assert await other.hold()
