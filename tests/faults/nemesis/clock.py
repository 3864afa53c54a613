"""Foyer's clock jumps forward, also right onto a deadline while people press the button, or to a test's last second."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from cli.rehearsal.journal import Exchange
from cli.rehearsal.stage import Guest
from tests.faults import wrongclock
from tests.faults.crowd import DEVICES
from tests.faults.gathering import BREAKFAST, DEADLINE, HOT
from tests.faults.nemesis.base import Nemesis, NotStruck, Skipped

JUMP = timedelta(minutes=5)
BEFORE = timedelta(seconds=3)
PEOPLE, TIMES = 6, 12
GOOD_FOR = timedelta(hours=72)
EDGES = tuple(timedelta(seconds=number) for number in (-1, 0, 1))
WRONG = tuple(timedelta(minutes=number) for number in (5, -5, 60, -60))
WRONG_FOR = 4.0
LOOKS, LOOK_EVERY = 60, 0.5  # until the door knows whom staff have added


async def jumps(nemesis: Nemesis) -> None:
    with nemesis.breaking("c1", "clock"):
        await _set(nemesis, nemesis.crowd.stage.clock.now() + JUMP)


async def at_the_deadline(nemesis: Nemesis) -> None:
    """People come from three seconds before it until three after; registration sleeps over the moment itself."""
    if nemesis.crowd.stage.clock.now() > DEADLINE - BEFORE:
        raise Skipped("the deadline has passed")
    with nemesis.breaking("c2", "clock"):
        await _set(nemesis, DEADLINE - BEFORE)
        for turn in range(TIMES):
            if turn == TIMES // 3:
                pid = nemesis.send("registration", signal.SIGSTOP)
            elif turn == 2 * TIMES // 3:
                os.kill(pid, signal.SIGCONT)
            nemesis.crowd.rush(BREAKFAST, PEOPLE)
            await asyncio.sleep(2 * BEFORE.total_seconds() / TIMES)


async def at_72_hours(nemesis: Nemesis) -> None:
    """A test is shown when it is 71:59:59, 72:00:00 and 72:00:01 old, and the clock jumped meanwhile.

    Once at the gate, where nobody meets a moment exactly, once by an offline device, which wrote the moment down.
    """
    crowd = nemesis.crowd
    with nemesis.breaking("c3", "clock"):
        at_the_gate, offline = [[await _ticketed(nemesis) for _ in EDGES] for _ in range(2)]
        edge = (crowd.stage.clock.now() + JUMP).replace(microsecond=0)
        test = crowd.stage.passes.tested(edge - GOOD_FOR)

        async def shows(guest: Guest, late: timedelta) -> Exchange:
            await crowd.stage.wait_for_clock(edge + late)
            return await crowd.show(guest, crowd.stage.client.fresh_id(), test)

        await _set(nemesis, edge - BEFORE)
        await asyncio.gather(*map(shows, at_the_gate, EDGES))
        log = [crowd.seen_offline(guest, test, edge + late) for guest, late in zip(offline, EDGES, strict=True)]
        sent = await crowd.send_log(HOT, DEVICES[0], log)
    judged = {one["reason"] for one in sent.answer["results"]}
    if not judged <= {None, "requirement-failed"}:
        raise NotStruck(f"no test was judged at its edge: {judged}")


async def of_one_machine(nemesis: Nemesis) -> None:
    """One service's own clock is wrong, by minutes and by hours, while it works; its neighbours' are right."""
    house = nemesis.house
    if house.faketime is None:
        raise Skipped("it needs libfaketime")
    with nemesis.breaking("c4", f"clock of {house.off_time}"):
        for ahead in WRONG:
            wrongclock.put(house.wrong_clock, ahead)
            await asyncio.sleep(WRONG_FOR)
        wrongclock.put(house.wrong_clock, timedelta())
        await asyncio.sleep(wrongclock.REREAD_AFTER)


async def _ticketed(nemesis: Nemesis) -> Guest:
    """Somebody new whom the door knows."""
    guest = await nemesis.crowd.add_guest()
    path, organiser = f"/v1/registrations/{guest.id}/ticket", nemesis.crowd.stage.tokens["organiser"]
    for _ in range(LOOKS):
        answer = await nemesis.crowd.stage.client.ask("GET", path, token=organiser)
        if answer.accepted:
            guest.ticket = str(answer.answer["ticket"])
            return guest
        await asyncio.sleep(LOOK_EVERY)
    raise NotStruck(f"nobody issued a ticket for {guest.id}: no test could be shown")


async def _set(nemesis: Nemesis, moment: datetime) -> None:
    command = (sys.executable, "-m", "cli.main", "clock", "set", moment.isoformat())
    environment = {**os.environ, "FOYER_STATE": str(nemesis.house.root)}
    await (await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)).wait()


STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {
    "c1": jumps,
    "c2": at_the_deadline,
    "c3": at_72_hours,
    "c4": of_one_machine,
}
