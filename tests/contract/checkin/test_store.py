"""What every store of checkin keeps and refuses: one suite, on the fake and on MongoDB."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.checkin.documents import NOT_KEPT, ticket_from, ticket_to
from services.checkin.domain import Admission, Outcome, Refusal, Scan, Ticket, erase, evolve, hear, tell
from services.checkin.store import Commit, MongoStore, Said, Store, Waiting
from shared.errors import LostRace
from shared.kafka import Producer
from shared.messages.checkin import RequirementResult
from shared.mongo import Mongo
from shared.outbox import Outbox, by_subject
from shared.settings import Settings
from tests.support.checkin import (
    DOOR,
    GATHERING,
    OPEN_AT,
    PART,
    FakeStore,
    StandingClock,
    confirmed,
    definition,
    gathering,
    numbering,
)
from tests.support.nowhere import NOWHERE


@dataclass
class Kept:
    """A store, and what it has to tell the world."""

    store: Store
    clock: StandingClock
    told: Callable[[], Awaitable[list[str]]]


@pytest.fixture(params=["fake", "mongo"])
async def kept(request: pytest.FixtureRequest, mongo_url: str, database: str) -> AsyncIterator[Kept]:
    clock = StandingClock()
    if request.param == "fake":
        fake = FakeStore(clock)

        async def said() -> list[str]:
            return [one.message.type for one in fake.said]

        yield Kept(fake, clock, said)
        return
    mongo = Mongo(mongo_url, f"checkin_{database}")
    outbox = Outbox(mongo, Producer(Settings(kafka=NOWHERE)), clock, by_subject, "test")
    store = MongoStore(mongo, outbox, clock)
    await store.prepare()

    async def stored() -> list[str]:
        found = mongo["outbox"].find({}).sort("_id", 1)
        return [dict(message["headers"])["ce_type"] async for one in found for message in one["messages"]]

    yield Kept(store, clock, stored)
    await outbox.stop()
    await mongo.drop()
    mongo.close()


def held(registration_id: str = "r1") -> Ticket:
    return hear(Ticket(registration_id, GATHERING), confirmed(registration_id), numbering)


async def issue(kept: Kept, *registration_ids: str) -> dict[str, Ticket]:
    pairs = []
    for key in registration_ids or ("r1",):
        blank = Ticket(key, GATHERING)
        after, facts = tell(blank, held(key), definition())
        pairs.append((blank, after, facts))
    said = tuple(Said(fact, f"cause-{after.registration_id}", OPEN_AT) for _, after, facts in pairs for fact in facts)
    await kept.store.commit(Commit({}, tuple((before, after) for before, after, _ in pairs), said=said))
    return await kept.store.tickets(list(registration_ids or ("r1",)))


def scan(scan_id: str = "s1", **about: object) -> Scan:
    known = {
        "gathering_id": GATHERING,
        "door": DOOR,
        "digest": "d",
        "at": OPEN_AT,
        "controller_id": "door-1",
        "role": "door",
        "number": numbering("r1", 0),
        "device": "tablet",
        "scanned_at": "whenever",
        "override": "because",
        "offline": True,
    }
    return Scan(scan_id, **(known | about))  # type: ignore[arg-type]


RESULT = RequirementResult(
    requirement_id="health", satisfied=True, method="automatic", checked_at=OPEN_AT, controller_id="door-1"
)


def admission(scan_id: str = "s1", **about: object) -> Admission:
    return Admission(
        scan(scan_id, **about),
        Outcome.ADMITTED,
        registration_id="r1",
        requirements=(RESULT,),
        waived=Refusal.DOOR_CLOSED,
    )


async def admit(kept: Kept, one: Admission) -> None:
    doors = await kept.store.doors(GATHERING, [one.scan])
    after, facts = evolve(doors, one, PART)
    moved = tuple((doors.tickets[key], ticket) for key, ticket in after.tickets.items() if ticket != doors.tickets[key])
    said = tuple(Said(fact, one.scan.scan_id, OPEN_AT) for fact in facts)
    await kept.store.commit(Commit({}, moved, (one,), said=said))


async def everything(kept: Kept) -> list[Admission]:
    return [one async for one in kept.store.admissions(GATHERING)]


async def test_a_ticket_comes_back_as_it_was_kept(kept: Kept) -> None:
    full = replace(
        held(),
        admitted={DOOR: OPEN_AT},
        attended={(PART, "in-person"): OPEN_AT, (PART, "remote"): OPEN_AT},
        substitutions=frozenset({2, 7}),
        generation=3,
        said=3,
    )
    await kept.store.commit(Commit({}, ((Ticket("r1", GATHERING), full),)))
    assert await kept.store.tickets(["r1", "nobody"]) == {"r1": replace(full, revision=1)}
    await kept.store.commit(Commit({}, ((Ticket("r2", GATHERING), Ticket("r2", GATHERING, version=1)),)))
    assert await kept.store.printed_tickets(GATHERING) == [replace(full, revision=1)]
    assert await kept.store.printed_tickets("another") == []
    assert [one async for one in kept.store.attending(GATHERING)] == [replace(full, revision=1)]
    assert [one async for one in kept.store.attending("another")] == []


def test_a_ticket_that_was_kept_without_a_generation_counts_its_substitutions() -> None:
    stored = ticket_to(replace(held(), substitutions=frozenset({2, 7}), generation=2))
    del stored["generation"]
    assert ticket_from(stored).generation == 2


def test_an_attendance_that_was_kept_without_its_time_is_one_still() -> None:
    stored = ticket_to(replace(held(), attended={(PART, "remote"): OPEN_AT}))
    stored["attended"] = [[PART, "in-person"], *stored["attended"]]
    assert ticket_from(stored).attended == {(PART, "in-person"): NOT_KEPT, (PART, "remote"): OPEN_AT}


async def test_who_was_there_is_found_however_they_came(kept: Kept) -> None:
    entered = Ticket("r1", GATHERING, version=1, attended={("policy-event", "in-person"): OPEN_AT})
    joined = Ticket("r2", GATHERING, version=1, attended={("policy-event", "remote"): OPEN_AT})
    away = Ticket("r3", GATHERING, version=1)
    tickets = tuple((Ticket(one.registration_id, GATHERING), one) for one in (entered, joined, away))
    await kept.store.commit(Commit({}, tickets))
    assert {one.registration_id for one in await kept.store.present(GATHERING)} == {"r1", "r2"}
    assert await kept.store.present("another") == []


async def test_what_is_said_is_kept_with_what_it_tells_of(kept: Kept) -> None:
    await issue(kept)
    await admit(kept, admission())
    assert await kept.told() == ["foyer.ticket-issued", "foyer.attendee-admitted", "foyer.attendance-recorded"]


async def test_a_ticket_that_has_moved_is_a_lost_race_and_nothing_is_written(kept: Kept) -> None:
    stale = (await issue(kept))["r1"]
    await admit(kept, admission())
    with pytest.raises(LostRace):
        await kept.store.commit(Commit({}, ((stale, erase(stale, 9)),), (admission("s2", door="policy-event-day-2"),)))
    assert [one.scan.scan_id for one in await everything(kept)] == ["s1"]
    assert (await kept.store.tickets(["r1"]))["r1"].live


async def test_a_ticket_that_is_new_twice_is_a_lost_race(kept: Kept) -> None:
    await issue(kept)
    with pytest.raises(LostRace):
        await issue(kept)


async def test_a_scan_comes_back_as_it_was_answered(kept: Kept) -> None:
    await issue(kept)
    await admit(kept, admission())
    doors = await kept.store.doors(GATHERING, [scan("s1"), scan("s2")])
    found = doors.answered["s1"]
    stored = replace(scan("s1"), number=None, registration_id="r1")
    assert found == replace(admission(), scan=stored)
    assert set(doors.answered) == {"s1"}
    assert set(doors.tickets) == {"r1"}
    assert await everything(kept) == [found]


async def test_a_ticket_is_found_by_its_numbers_and_by_its_registration(kept: Kept) -> None:
    await issue(kept, "r1", "r2", "r3")
    named = [scan("s1"), scan("s2", number=None, registration_id="r2"), scan("s3", number="ff" * 16)]
    assert set((await kept.store.doors(GATHERING, named)).tickets) == {"r1", "r2"}


async def test_the_same_scan_is_never_kept_twice(kept: Kept) -> None:
    await issue(kept)
    refused = Admission(scan(), Outcome.REFUSED, Refusal.FORGED)
    await kept.store.commit(Commit({}, admissions=(refused,)))
    with pytest.raises(LostRace):
        await kept.store.commit(Commit({}, admissions=(refused,)))
    assert (await everything(kept))[0].registration_id is None


async def test_nobody_is_kept_as_admitted_twice_whatever_path_it_took(kept: Kept) -> None:
    await kept.store.commit(Commit({}, admissions=(admission("s1"),)))
    with pytest.raises(LostRace):
        await kept.store.commit(Commit({}, admissions=(admission("s2"),)))
    await kept.store.commit(Commit({}, admissions=(admission("s3", door="policy-event-day-2"),)))
    assert len(await everything(kept)) == 2


async def test_erasing_takes_the_person_out_of_the_scans_and_leaves_the_scans(kept: Kept) -> None:
    ticket = (await issue(kept))["r1"]
    await admit(kept, admission())
    ticket = (await kept.store.tickets(["r1"]))["r1"]
    await kept.store.commit(Commit({}, ((ticket, erase(ticket, 9)),)))
    [left] = await everything(kept)
    assert (left.registration_id, left.requirements, left.outcome) == (None, (), Outcome.ADMITTED)
    assert (await kept.store.tickets(["r1"]))["r1"].erased


async def test_a_gathering_is_replaced_by_a_higher_version_only(kept: Kept) -> None:
    first = gathering()
    await kept.store.commit(Commit({GATHERING: first}))
    assert await kept.store.gatherings([GATHERING, "another"]) == {GATHERING: first}
    second = replace(first, version=2, definition=definition(title="Clusters again").public())
    await kept.store.commit(Commit({GATHERING: second}))
    assert await kept.store.gatherings([GATHERING]) == {GATHERING: second}
    with pytest.raises(LostRace):
        await kept.store.commit(Commit({GATHERING: first}))


async def test_what_waits_is_given_back_with_its_gathering_or_after_its_time(kept: Kept) -> None:
    parked = Waiting("m1", GATHERING, "foyer.registration-confirmed", b"{}", OPEN_AT, "c1")
    other = replace(parked, id="m2", gathering_id="another", correlation_id=None)
    await kept.store.commit(Commit({}, parked=(parked, other)))
    await kept.store.commit(Commit({}, parked=(parked,)))  # delivered twice
    past, future = (kept.clock.wall() + timedelta(seconds=by) for by in (-60, 60))
    assert await kept.store.waiting(past, 10) == []
    assert len(await kept.store.waiting(future, 10)) == 2
    assert len(await kept.store.waiting(future, 1)) == 1
    await kept.store.commit(Commit({GATHERING: gathering()}))
    assert await kept.store.waiting(past, 10) == [parked]
    await kept.store.commit(Commit({}, released=("m1",)))
    assert await kept.store.waiting(past, 10) == []


async def test_of_many_commits_at_once_over_one_ticket_one_wins(kept: Kept) -> None:
    await issue(kept)
    ids = [f"s{n}" for n in range(10)]
    outcomes = await asyncio.gather(*(admit(kept, admission(one)) for one in ids), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert all(one is None or isinstance(one, LostRace) for one in outcomes)
    assert len(await everything(kept)) == 1
