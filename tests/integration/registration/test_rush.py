"""Everybody at once, over one real MongoDB: what is promised holds, whoever loses a race or hears a record twice."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from services.registration.domain import Category, Registration, Status, select
from services.registration.domain.selecting import Choice, Chosen, Owing, Refused, Select
from services.registration.promotion import move_up
from services.registration.store import Commit, Reader, Wanted
from shared.bus import Reply
from shared.messages import Message
from shared.messages.gathering import Definition
from tests.support.registration import AT, GATHERING
from tests.support.registration_service import Replica

HALL, FORUM = ("hall", "in-person"), ("forum", "in-person")
PEOPLE, DELEGATIONS, PLACES, MOST = 600, 60, 100, 2


def definition(**hall: Any) -> Definition:
    forum = {"entry": "selection", "capacity": 20}
    times = {"starts": "2021-11-22T09:00", "ends": "2021-11-22T18:00"}
    return Definition.model_validate(
        {
            "gathering": GATHERING,
            "title": "Rush",
            "timezone": "UTC",
            "delegations": {"eligible": [f"d{number}" for number in range(DELEGATIONS)]},
            "parts": [
                {
                    "part": "hall",
                    "modes": {"in-person": {"capacity": PLACES, "places_per_delegation": MOST} | hall},
                    **times,
                },
                {"part": "forum", "modes": {"in-person": forum}, **times},
            ],
        }
    )


def crowd(one: Replica) -> list[Message]:
    return [one.submission(f"p{n:03}", HALL, FORUM, delegation=f"d{n % DELEGATIONS}") for n in range(PEOPLE)]


async def everybody(one: Replica) -> list[Registration]:
    return await one.store.of_part(GATHERING, "hall", "", 10_000)


def confirmed(people: Sequence[Registration]) -> list[Registration]:
    return [one for one in people if (s := one.standing("hall")) and s.status is Status.CONFIRMED]


async def check(one: Replica) -> None:
    """Every count and every fact, against the registrations themselves."""
    people = await everybody(one)
    state = (await one.store.load({GATHERING: Wanted()}))[GATHERING]
    inside = confirmed([person for person in people if person.category is Category.ATTENDEE])
    assert len(inside) == state.count(HALL).confirmed
    by_delegation = Counter(person.delegation for person in inside if person.delegation is not None)
    pool = None if state.definition is None else state.definition.pool(*HALL)
    most = pool.places_per_delegation.max if pool and pool.places_per_delegation else None
    assert most is None or max(by_delegation.values(), default=0) <= most
    assert pool is None or pool.capacity is None or len(inside) <= pool.capacity
    counts = await one.store.confirmed_by_delegation(GATHERING)
    assert {d: held[HALL] for d, held in counts.items() if held.get(HALL)} == dict(by_delegation)
    waiting = [s for p in people if (s := p.standing("hall")) and s.status is Status.WAITLISTED]
    assert len(waiting) == state.count(HALL).waiting
    lines = await one.mongo["queue"].count_documents({"pool": "hall/in-person"})
    assert lines == len(waiting)
    wires = await one.told()
    sequences = [int(dict(wire.headers)["ce_sequence"]) for wire in wires]
    assert sequences == list(range(1, len(sequences) + 1))
    assert len({dict(wire.headers)["ce_id"] for wire in wires}) == len(wires)
    said = [orjson.loads(wire.value) for wire in wires if dict(wire.headers)["ce_subject"].startswith("registrations/")]
    newest = {fact["registration_id"]: fact for fact in said}
    versions = Counter((fact["registration_id"], fact["version"]) for fact in said)
    for person in people:
        assert newest[person.id]["version"] == person.version
        assert {v for name, v in versions if name == person.id} == set(range(1, person.version + 1))


async def test_six_hundred_of_sixty_delegations_race_for_a_hundred_places(replicas: tuple[Replica, Replica]) -> None:
    one, other = replicas
    await one.put(definition())
    people = crowd(one)
    random.Random(7).shuffle(people)  # noqa: S311  a test's dice
    batches = [people[n : n + 40] for n in range(0, PEOPLE, 40)]
    done = asyncio.Event()

    async def rush(batches: list[list[Message]]) -> None:
        for batch in batches:
            for reply in await one.hear(*batch):
                assert reply.status == 201

    async def staff() -> int:
        acts = 0
        while not done.is_set():
            waiting = [p.id for p in await other.store.of_part(GATHERING, "forum", "", 2000)][:10]
            await other.store.alone(GATHERING, lambda reader, names=waiting: selection(reader, names))  # type: ignore[misc]
            if acts % 3 == 0:
                await other.put(definition())
            acts += 1
            await asyncio.sleep(0.05)
        return acts

    working = asyncio.create_task(staff())
    await rush(batches)
    done.set()
    assert await working > 0
    inside = confirmed(await everybody(one))
    assert len(inside) == PLACES
    await check(one)


async def selection(reader: Reader, names: list[str]) -> tuple[Commit | None, None]:
    state = (await reader.load({GATHERING: Wanted(registrations=set(names))}))[GATHERING]
    choices = tuple(Choice(name, Chosen.CONFIRMED if n % 2 else Chosen.WAITLISTED) for n, name in enumerate(names))
    command = Select(f"s{state.ledger.version}", GATHERING, "forum", choices, "organiser", AT)
    owing = [Owing(d, sum(c.values())) for d, c in (await reader.standings(GATHERING, "forum")).items()]
    outcome = select(state, command, owing)
    if isinstance(outcome, Refused):
        return None, None
    after, decisions = outcome
    after, promoted = await move_up(reader, after, AT, command.id)
    return Commit(state, after, [*decisions, *promoted]), None


async def test_two_replicas_that_both_think_the_gathering_is_theirs_oversell_nothing(
    replicas: tuple[Replica, Replica],
) -> None:
    one, other = replicas
    await one.put(definition())
    people = crowd(one)
    batches = [people[n : n + 50] for n in range(0, PEOPLE, 50)]

    async def hear(replica: Replica, mine: list[list[Message]]) -> list[Reply]:
        return [reply for batch in mine for reply in await replica.hear(*batch)]

    # every record is heard by both, in another order
    replies, again = await asyncio.gather(hear(one, batches), hear(other, batches[::-1]))
    assert len(confirmed(await everybody(one))) == PLACES
    assert sorted(len(reply.body["parts"]) for reply in replies) == sorted(len(reply.body["parts"]) for reply in again)
    await check(one)


async def test_fifty_times_the_same_person_is_one_registration(one: Replica) -> None:
    await one.put(definition())
    same = [one.submission(f"p{n}", HALL, email="Ada+tag@Example.org", delegation="d1") for n in range(25)]
    same += [one.submission(f"q{n}", HALL, email="ada@example.org", delegation="d1") for n in range(25)]
    halves = await asyncio.gather(one.hear(*same[:25]), one.hear(*same[25:]))
    reasons = Counter(reply.body["parts"][0]["reason"] for half in halves for reply in half)
    assert reasons == {None: 1, "already-registered": 49}
    await check(one)


async def test_a_whole_batch_heard_again_is_answered_again_and_changes_nothing(one: Replica) -> None:
    await one.put(definition())
    batch = [*crowd(one)[:200], one.cancellation("p001"), one.change("p002", HALL), one.cancellation("nobody")]
    first = await one.hear(*batch)
    told, ledger = await one.told(), (await one.store.load({GATHERING: Wanted()}))[GATHERING].ledger
    for _ in range(3):
        assert [(r.status, r.body) for r in await one.hear(*batch)] == [(r.status, r.body) for r in first[:-1]] + [
            (first[-1].status, first[-1].body)
        ]
    assert await one.told() == told
    assert (await one.store.load({GATHERING: Wanted()}))[GATHERING].ledger == ledger
    assert await one.mongo["changes"].count_documents({}) == 3


async def test_cancelled_places_go_to_the_first_in_the_queue(one: Replica) -> None:
    await one.put(definition(capacity=10))
    await one.hear(*(one.submission(f"p{n:02}", HALL) for n in range(40)))
    await one.hear(*(one.cancellation(f"p{n:02}") for n in (0, 3, 12, 13, 25)))
    inside = sorted(person.id for person in confirmed(await everybody(one)))
    assert inside == ["p01", "p02", "p04", "p05", "p06", "p07", "p08", "p09", "p10", "p11"]
    await check(one)


async def test_a_queue_cancelled_together_with_a_place_does_not_hide_who_waits_behind(one: Replica) -> None:
    await one.put(definition(capacity=1))
    await one.hear(*(one.submission(f"p{n:03}", HALL) for n in range(150)))
    await one.hear(*(one.cancellation(f"p{n:03}") for n in range(140)))
    assert [person.id for person in confirmed(await everybody(one))] == ["p140"]
    await check(one)


async def test_a_raised_capacity_moves_the_whole_queue_in_several_commits(one: Replica) -> None:
    await one.put(definition(capacity=1, places_per_delegation=None))
    await one.hear(*(one.submission(f"p{n:04}", HALL) for n in range(400)))
    await one.hear(*(one.submission(f"p{n:04}", HALL) for n in range(400, 800)))
    await one.put(definition(capacity=700, places_per_delegation=None))
    for _ in range(3):
        await one.tasks.turn()
    inside = confirmed(await everybody(one))
    assert [person.id for person in inside] == [f"p{n:04}" for n in range(700)]
    version = (await one.store.load({GATHERING: Wanted()}))[GATHERING].ledger.version
    await one.tasks.turn()
    assert (await one.store.load({GATHERING: Wanted()}))[GATHERING].ledger.version == version


async def test_a_place_kept_for_a_delegation_finds_its_member_however_far_back(one: Replica) -> None:
    kept = {"max": 3, "reserved": 1, "release_at": "2021-11-12T00:00"}
    await one.put(definition(capacity=DELEGATIONS, places_per_delegation=kept))
    await one.hear(*(one.submission(f"a{n}", HALL, delegation=f"d{n}") for n in range(DELEGATIONS)))
    await one.hear(*(one.submission(f"p{n:03}", HALL) for n in range(200)))
    await one.hear(one.submission("z", HALL, delegation="d7"))
    await one.hear(one.cancellation("a7"))
    inside = {person.id for person in confirmed(await everybody(one))}
    assert "z" in inside
    assert len(inside) == DELEGATIONS
    await check(one)


async def test_reserved_places_go_to_the_queue_when_they_are_released(one: Replica) -> None:
    kept = {"max": 3, "reserved": 1, "release_at": "2021-11-12T00:00"}
    await one.put(definition(capacity=DELEGATIONS, places_per_delegation=kept))
    await one.hear(*(one.submission(f"p{n:03}", HALL) for n in range(80)))
    await one.tasks.turn()
    assert confirmed(await everybody(one)) == []
    one.clock.at = AT.replace(day=12)
    await one.tasks.turn()
    assert len(confirmed(await everybody(one))) == DELEGATIONS
    await check(one)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_sent_in_whatever_order_every_count_adds_up(one: Replica, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311  the same
    await one.put(definition(capacity=12))
    live: list[str] = []
    for step in range(12):
        batch: list[Message] = []
        for n in range(rng.randrange(1, 25)):
            if live and rng.random() < 0.4:
                batch.append(one.cancellation(rng.choice(live), number=step * 100 + n))
            else:
                name = f"s{step}n{n}"
                mine = rng.choice([None, *(f"d{d}" for d in range(5))])
                batch.append(
                    one.submission(name, HALL, email=f"{rng.choice('abcdefgh')}{n}@example.org", delegation=mine)
                )
                live.append(name)
        await one.hear(*batch)
        await check(one)
