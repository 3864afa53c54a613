"""What still works while something is away, and what is said honestly when it does not."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.faults.conftest import Answer, Desk
from tests.faults.gathering import BREAKFAST, DOOR, HALL, HOT, slots

WITHIN = 60.0
NOTICED_WITHIN = 15.0
HALL_HOLDS = 40
OVERLOAD, FOR_SECONDS = 200, 6  # ten times the usual rate
MAY_GROW = 150 * 2**20  # bytes
PAGE = os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def paused(desk: Desk, *names: str) -> AsyncIterator[None]:
    pids = [desk.house.pids()[name] for name in names]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def stopped(desk: Desk, *names: str) -> AsyncIterator[None]:
    await desk.house._supervisor.stop(*names)
    try:
        yield
    finally:
        await desk.house._supervisor.keep(*(desk.house._programs[name] for name in names))


async def eventually(desk: Desk, registration: dict[str, Any], fits: Callable[[Answer], bool]) -> Answer:
    return await repeated(lambda: desk.look(registration), fits)


async def repeated(ask: Callable[[], Awaitable[Answer]], fits: Callable[[Answer], bool]) -> Answer:
    deadline = time.monotonic() + WITHIN
    answer = await ask()
    while not fits(answer) and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
        answer = await ask()
    assert fits(answer), answer
    return answer


def is_decided(answer: Answer) -> bool:
    return answer.status == 200 and answer.body["parts"][0]["status"] != "received"


def status(answer: Answer) -> str:
    return str(answer.body["parts"][0]["status"])


def memory(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


async def test_submissions_are_accepted_while_those_who_decide_are_down_and_decided_in_order_later(desk: Desk) -> None:
    async with stopped(desk, "registration", "scheduling"):
        accepted = [await desk.register(HALL, wait=0) for _ in range(HALL_HOLDS + 5)]
    decided = [await eventually(desk, one.body, is_decided) for one in accepted]

    assert {one.status for one in accepted} == {202}
    assert all(one.body["receipt"] and one.body["parts"][0]["status"] == "received" for one in accepted)
    assert [status(one) for one in decided] == ["confirmed"] * HALL_HOLDS + ["waitlisted"] * 5


async def test_a_booking_is_moved_and_given_up_while_scheduling_is_down_and_both_are_decided_in_order_later(
    desk: Desk,
) -> None:
    holder, stranger = [(await desk.register(HALL, "remote", wait=10)).body for _ in range(2)]
    first, second = slots()[:2]
    wish = {"slot_id": first, "registration_id": holder["id"]}
    booked = await desk.ask(
        "POST", f"/v1/gatherings/{HOT}/bookings", wish, token=holder["manage_token"], wait=10, key="k" * 16
    )
    path = f"/v1/bookings/{booked.body['id']}"
    async with stopped(desk, "scheduling"):
        move = {"slot_id": second}
        moved = await desk.ask("POST", f"{path}/reschedule", move, token=holder["manage_token"], wait=1)
        given_up = await desk.ask("DELETE", path, token=holder["manage_token"], wait=1)
        taken = await desk.ask("DELETE", path, token=stranger["manage_token"], wait=1)
    released = await repeated(
        lambda: desk.ask("GET", path, token=holder["manage_token"]),
        lambda answer: answer.status == 200 and answer.body["status"] == "released",
    )
    refused = await desk.ask("DELETE", path, token=stranger["manage_token"], wait=10)

    assert (booked.status, moved.status, given_up.status, taken.status) == (201, 202, 202, 202)
    assert (released.body["slot_id"], released.body["version"]) == (second, 3)
    assert refused.status == 404


async def test_staff_are_told_within_five_seconds_that_an_owner_is_away(desk: Desk) -> None:
    async with paused(desk, "registration"):
        started = time.monotonic()
        path = f"/v1/gatherings/{HOT}/registrations"
        answer = await desk.ask("GET", path, token=desk.tokens["organiser"])
        took = time.monotonic() - started

    assert (answer.status, answer.retry_after is None) == (503, False)
    assert took < 5


async def test_submissions_are_accepted_while_mongodb_is_away(desk: Desk) -> None:
    async with paused(desk, "mongod"):
        accepted = [await desk.register(BREAKFAST, wait=1) for _ in range(3)]
    decided = [await eventually(desk, one.body, is_decided) for one in accepted]

    assert [one.status for one in accepted] == [202] * 3
    assert [status(one) for one in decided] == ["confirmed"] * 3


async def test_without_the_broker_nothing_is_promised_and_the_same_key_works_afterwards(desk: Desk) -> None:
    person = next(desk.crowd)
    async with paused(desk, "kafka"):
        started = time.monotonic()
        refused = await desk.register(BREAKFAST, person=person)
        took = time.monotonic() - started
    again = await desk.register(BREAKFAST, wait=10, person=person)
    once_more = await desk.register(BREAKFAST, wait=10, person=person)

    assert (refused.status, refused.body["type"].rpartition("/")[2]) == (503, "not-acknowledged")
    assert refused.retry_after is not None
    assert took < 5
    assert again.status in {201, 202}
    assert once_more.body["id"] == again.body["id"]


@pytest.mark.parametrize(
    ("away", "blind", "says"),
    [
        ("kafka", ("registration", "scheduling", "notifications", "checkin", "gateway"), "the broker is away"),
        ("mongod", ("registration", "scheduling", "notifications", "checkin"), "MongoDB is away"),
    ],
)
async def test_readiness_turns_red_by_itself_and_green_again_while_liveness_stays(
    desk: Desk, away: str, blind: tuple[str, ...], says: str
) -> None:
    """Nobody asks anything of Foyer meanwhile: its topics are idle."""
    async with paused(desk, away):
        red = {name: await probed(desk, name, says) for name in blind}
        lives = {name: (await check(desk, name, "livez"))[0] for name in desk.house.urls()}
    green = {name: await probed(desk, name) for name in desk.house.urls()}

    assert set(red.values()) == {503}
    assert set(lives.values()) == {200}
    assert set(green.values()) == {200}


async def check(desk: Desk, name: str, what: str) -> tuple[int, list[str]]:
    async with desk.session.get(f"{desk.house.urls()[name]}/{what}") as answer:
        return answer.status, (await answer.json())["wrong"]


async def probed(desk: Desk, name: str, says: str | None = None) -> int:
    """How ready a process is, once it says this of itself, or that nothing is wrong."""
    deadline = time.monotonic() + NOTICED_WITHIN
    while True:
        status, wrong = await check(desk, name, "readyz")
        if not wrong if says is None else any(says in one for one in wrong):
            return status
        assert time.monotonic() < deadline, (name, wrong)
        await asyncio.sleep(0.2)


async def test_under_ten_times_the_load_the_door_answers_in_time_and_everybody_is_told_the_truth(desk: Desk) -> None:
    before = {name: memory(pid) for name, pid in desk.house.pids().items() if name != "kafka"}
    rush = [asyncio.create_task(_comes(desk, number / OVERLOAD)) for number in range(OVERLOAD * FOR_SECONDS)]
    async with aiohttp.ClientSession(desk.house.gateway) as session:  # a door has a connection of its own
        door = replace(desk, session=session)
        scans = [await _scans(door) for _ in range(FOR_SECONDS * 2)]
    answered = Counter(await asyncio.gather(*rush))
    after = {name: memory(pid) for name, pid in desk.house.pids().items() if name != "kafka"}

    assert set(answered) <= {201, 202, 429, 503}
    assert max(scans) < 1, sorted(scans)
    assert {name: size - before[name] for name, size in after.items() if size - before[name] > MAY_GROW} == {}


async def _comes(desk: Desk, later: float) -> int:
    await asyncio.sleep(later)
    return (await desk.register(BREAKFAST, wait=0)).status


async def _scans(desk: Desk) -> float:
    """A ticket that nobody issued is refused as fast as a good one is let in."""
    await asyncio.sleep(0.3)
    scan_id = f"00000000-0000-4000-8000-{time.monotonic_ns() % 10**12:012d}"
    body = {"door": DOOR, "ticket": "FOYER1.nobody.issued", "scan_id": scan_id, "device": "gate", "presented": {}}
    started = time.monotonic()
    answer = await desk.ask("POST", f"/v1/gatherings/{HOT}/check-ins", body, token=desk.tokens["door"])
    assert (answer.status, answer.body["outcome"]) == (200, "refused")
    return time.monotonic() - started
