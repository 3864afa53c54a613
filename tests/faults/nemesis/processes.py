"""Kills, pauses, zombies, rolling restarts and rebalance storms."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping

from tests.faults.house import OWNERS, running_services
from tests.faults.nemesis.base import Nemesis
from tests.support.chaosproxy import Trigger, Way

COMMIT = b"commitTransaction"
SHORT, PAST_THE_SESSION = 3.0, 9.0  # the session is 6 s here
STORM_EVERY = 4.0


async def gateway(nemesis: Nemesis) -> None:
    await nemesis.kill("k1", "gateway")


async def inside_a_transaction(nemesis: Nemesis) -> None:
    """Right before the commit reaches MongoDB, or right after: nobody knows which, and it must not matter."""
    name = nemesis.chance.choice(("registration", "scheduling", "checkin"))
    link = nemesis.house.databases[name]
    after = nemesis.chance.random() < 0.5
    nth = nemesis.chance.randint(1, 3)

    def arm(strike: Callable[[], None]) -> None:
        link.strike_at(Trigger(COMMIT, Way.UP, nth=nth, strike=strike, sparing=after))

    await nemesis.kill_inside("k2", name, arm)


async def while_a_mail_is_taken(nemesis: Nemesis) -> None:
    """Between the last byte of a mail and its 250."""
    sink = nemesis.house.sink

    def arm(strike: Callable[[], None]) -> None:
        def once() -> None:
            sink.on_mail = lambda: None
            strike()

        sink.on_mail = once

    await nemesis.kill_inside("k3", "notifications", arm)
    sink.on_mail = lambda: None


async def before_the_mark(nemesis: Nemesis) -> None:
    """After the facts are published, before the outbox has noted it: they are told twice."""
    name = nemesis.chance.choice(OWNERS)
    link = nemesis.house.databases[name]
    pause = nemesis.chance.uniform(0.02, 0.09)

    def arm(strike: Callable[[], None]) -> None:
        def soon() -> None:
            asyncio.get_running_loop().call_later(pause, strike)

        link.strike_at(Trigger(COMMIT, Way.UP, strike=soon, sparing=True))

    await nemesis.kill_inside("k4", name, arm)


async def everything(nemesis: Nemesis) -> None:
    """The switch for all processes at once."""
    await nemesis.kill("k5", *nemesis.house.pids(), target="everything")


async def short_pause(nemesis: Nemesis) -> None:
    name = nemesis.chance.choice(tuple(running_services(nemesis.house)))
    await nemesis.paused("p1", name, SHORT)


async def zombie(nemesis: Nemesis) -> None:
    """Paused past its session while another replica takes over; then it wakes and goes on with what it had in hand."""
    name = nemesis.chance.choice(("registration", "scheduling", "checkin", "notifications"))
    await nemesis.house.add_extra(name)
    try:
        await nemesis.paused("p2", name, PAST_THE_SESSION)
        await asyncio.sleep(2)
    finally:
        await nemesis.house.end_extra(name)


async def rolling_restart(nemesis: Nemesis) -> None:
    """One after the other, gently; the next only when the one before serves again."""
    for name, pid in running_services(nemesis.house).items():
        with nemesis.breaking("g1", name):
            os.kill(pid, signal.SIGTERM)
            await nemesis.back({name: pid})


async def rebalance_storm(nemesis: Nemesis) -> None:
    """From one replica to four and back."""
    name = nemesis.chance.choice(("registration", "scheduling"))
    with nemesis.breaking("b8", name):
        for _ in range(3):
            await nemesis.house.add_extra(name)
            await asyncio.sleep(STORM_EVERY)
        for left in (2, 1, 0):
            await nemesis.house.end_extra(name, keep=left)
            await asyncio.sleep(STORM_EVERY)


STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {
    "k1": gateway,
    "k2": inside_a_transaction,
    "k3": while_a_mail_is_taken,
    "k4": before_the_mark,
    "k5": everything,
    "p1": short_pause,
    "p2": zombie,
    "g1": rolling_restart,
    "b8": rebalance_storm,
}
