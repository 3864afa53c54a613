"""What takes many commits is carried out once for everybody, whichever replicas work at it and however often."""

import asyncio
from collections import Counter
from typing import Any

import orjson

from services.registration.domain import Registration, Status, select
from services.registration.domain.selecting import Choice, Chosen, Refused, Select
from services.registration.store import Commit, Reader, Task, Wanted
from services.registration.tasks import CANCEL, RETIME
from tests.integration.registration.test_rush import FORUM, HALL, check, definition
from tests.support.registration import AT, GATHERING
from tests.support.registration_service import Replica, replica


async def begin(one: Replica, task: Task) -> None:
    async def work(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, tasks=[task]), None

    await one.store.alone(GATHERING, work)


async def everybody(one: Replica) -> list[dict[str, Any]]:
    return [document async for document in one.mongo["registrations"].find({})]


async def test_two_replicas_at_the_same_task_tell_everybody_once(replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    await one.put(definition(capacity=None, places_per_delegation=None))
    for start in (0, 400, 800):
        await one.hear(*(one.submission(f"p{n:04}", HALL) for n in range(start, start + 400)))
    await begin(one, Task("t1", GATHERING, RETIME, "hall"))
    for _ in range(4):
        await asyncio.gather(one.tasks.turn(), other.tasks.turn())
    assert Counter(document["version"] for document in await everybody(one)) == {2: 1200}
    told = [orjson.loads(wire.value) for wire in await one.told() if wire.topic == "registration-changed"]
    assert len({fact["registration_id"] for fact in told}) == len(told) == 1200
    assert await one.mongo["tasks"].count_documents({"done": False}) == 0
    await check(one)


async def test_a_cancelled_part_is_taken_from_everybody_who_waits_as_well(one: Replica) -> None:
    await one.put(definition(capacity=300, places_per_delegation=None))
    for start in (0, 400):
        await one.hear(*(one.submission(f"p{n:04}", HALL) for n in range(start, start + 400)))
    await one.put(definition(capacity=300, places_per_delegation=None, cancelled=True))
    await begin(one, Task("t1", GATHERING, CANCEL, "hall"))
    for _ in range(3):
        await one.tasks.turn()
    statuses = Counter(part["status"] for document in await everybody(one) for part in document["parts"])
    assert statuses == {"cancelled": 800}
    assert Counter(document["version"] for document in await everybody(one)) == {2: 800}  # nobody moved up meanwhile
    await check(one)


async def test_a_task_that_fails_stops_no_other(one: Replica) -> None:
    await one.put(definition())
    await one.hear(one.submission("a", HALL))
    await begin(one, Task("t0", "another", CANCEL, "hall"))
    await one.mongo["registrations"].insert_one(
        {"_id": "broken", "gathering_id": "another", "live": True, "parts": [{"part": "hall", "status": "confirmed"}]}
    )
    await begin(one, Task("t1", GATHERING, RETIME, "hall"))
    await one.tasks.turn()
    assert await one.store.task("t0") is not None
    assert await one.store.task("t1") is None


async def reserve(one: Replica, names: list[str]) -> None:
    async def work(reader: Reader) -> tuple[Commit, None]:
        state = (await reader.load({GATHERING: Wanted(registrations=set(names))}))[GATHERING]
        choices = tuple(Choice(name, Chosen.WAITLISTED) for name in names)
        outcome = select(state, Select("s", GATHERING, "forum", choices, "organiser", AT), [])
        assert not isinstance(outcome, Refused)
        return Commit(state, *outcome), None

    await one.store.alone(GATHERING, work)


def placed(people: list[Registration]) -> list[str]:
    return [p.id for p in people if (s := p.standing("forum")) and s.status is Status.CONFIRMED]


async def test_a_release_moves_a_reserve_list_once_whoever_looks_and_however_often(
    replicas: tuple[Replica, Replica], mongo_url: str, database: str, secrets_directory: Any
) -> None:
    one, other = replicas
    kept = {"max": 2, "reserved": 1, "release_at": "2021-11-12T00:00"}
    shape = definition().model_dump(mode="json", by_alias=True)
    shape["delegations"] = {"eligible": ["d1", "d2"]}
    shape["parts"][1]["modes"]["in-person"] = {"entry": "selection", "capacity": 9, "places_per_delegation": kept}
    await one.put(type(definition()).model_validate(shape))
    names = [f"p{n}" for n in range(6)]
    await one.hear(*(one.submission(name, FORUM) for name in names))
    await reserve(one, names)
    restarted = replica(mongo_url, database, secrets_directory, 3)
    try:
        for replicas_now in (one, other, restarted):
            replicas_now.clock.at = AT.replace(day=13)
            await asyncio.gather(replicas_now.tasks.turn(), one.tasks.turn())
            assert placed(await one.store.of_part(GATHERING, "forum", "", 99)) == ["p0", "p1"]  # as many as were kept
    finally:
        await restarted.outbox.stop()
        restarted.mongo.close()
