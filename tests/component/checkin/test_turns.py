"""Doors take turns at the store: what happens to callers when a turn goes wrong."""

import asyncio
from collections.abc import Callable, Coroutine

import pytest

from services.checkin.domain import Outcome, Scan, Shown
from services.checkin.domain.door import Method
from services.checkin.doors import ATTEMPTS, Answer, Doors
from services.checkin.store import Commit
from shared.errors import LostRace
from tests.component.checkin.conftest import Checkin, published
from tests.support.checkin import (
    DOOR,
    GATHERING,
    OPEN_AT,
    FakeStore,
    StandingClock,
    confirmed,
    definition,
    gathering,
)

SEEN = Shown(satisfied=True, method=Method.MANUAL)
[FIRST, *_] = definition().doors
Gate = Callable[[str], Coroutine[None, None, Answer]]


class Racing(FakeStore):
    """Loses the first races to somebody who is not there; a commit may last until a name is asked for."""

    lost = 0
    asked: asyncio.Event | None = None

    async def name_of(self, registration_id: str) -> str:
        if self.asked is not None:
            self.asked.set()
        return f"The name of {registration_id}"

    async def commit(self, commit: Commit) -> None:
        if self.asked is not None:
            await asyncio.wait_for(self.asked.wait(), 1)
        if commit.admissions and self.lost > 0:
            self.lost -= 1
            raise LostRace("somebody was first")
        await super().commit(commit)


@pytest.fixture
async def racing(checkin: Checkin) -> tuple[Racing, Gate]:
    await checkin.hear(published(), confirmed())
    store = Racing(StandingClock())
    store._tickets = checkin.store._tickets
    doors = Doors(store, StandingClock(), store.name_of)

    async def gate(scan_id: str) -> Answer:
        scan = Scan(
            scan_id,
            GATHERING,
            DOOR,
            digest="d",
            at=OPEN_AT,
            controller_id="door-1",
            role="door",
            registration_id="r1",
            shown={"id-document": SEEN, "health": SEEN},
        )
        return await doors.scan(scan, gathering(), FIRST)

    return store, gate


async def test_a_lost_race_is_decided_again(racing: tuple[Racing, Gate]) -> None:
    store, gate = racing
    store.lost = ATTEMPTS - 1
    assert (await gate("s1")).admission.outcome is Outcome.ADMITTED


async def test_the_name_is_asked_for_while_the_admission_is_committed(racing: tuple[Racing, Gate]) -> None:
    store, gate = racing
    store.asked = asyncio.Event()
    answer = await gate("s1")
    assert answer.name is not None
    assert await answer.name == "The name of r1"


async def test_who_loses_every_race_is_told_and_the_next_is_served(
    racing: tuple[Racing, Gate],
) -> None:
    store, gate = racing
    store.lost = ATTEMPTS
    outcomes = await asyncio.gather(gate("s1"), gate("s2"), return_exceptions=True)
    assert [type(one) for one in outcomes] == [LostRace, LostRace]
    assert (await gate("s1")).admission.outcome is Outcome.ADMITTED


async def test_who_hangs_up_is_admitted_all_the_same_and_disturbs_nobody(
    racing: tuple[Racing, Gate],
) -> None:
    store, gate = racing
    gone, stays = asyncio.create_task(gate("s1")), asyncio.create_task(gate("s2"))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays).admission.outcome is Outcome.REFUSED
    assert (await gate("s1")).admission.outcome is Outcome.ADMITTED
    store.away = True
    gone = asyncio.create_task(gate("s3"))
    await asyncio.sleep(0)
    gone.cancel()
    store.away = False
    assert (await gate("s4")).admission.outcome is Outcome.REFUSED
