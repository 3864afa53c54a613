"""The ways through the system, in turn, as ratios to an echo and to the plainest way to do the same."""

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from tests.bench import cost
from tests.bench.drive import Load, drive
from tests.bench.guests import Guests, registering
from tests.bench.house import BenchHouse
from tests.bench.visible import watching

ECHO, ACCEPTED, DECIDED, BOOKED, SCANNED, VISIBLE = "echo", "accepted", "decided", "booked", "scanned", "visible"
BARE_ACCEPTED, BARE_DECIDED = "accepted, bare", "decided, bare"
WAYS = (ECHO, BARE_ACCEPTED, ACCEPTED, BARE_DECIDED, DECIDED, BOOKED, SCANNED, VISIBLE)
BARE = {ACCEPTED: BARE_ACCEPTED, DECIDED: BARE_DECIDED}
GATHERING = "bench"
GUESTS_A_SECOND = {1: 250, 16: 900}  # of each measurement; who runs out of them ends early
MOST_GUESTS_A_SECOND = 1500
WARM = 16, 2  # connections and seconds, which do not count


@dataclass(frozen=True)
class Yardsticks:
    """Where they are served."""

    echo: str
    bare: str


@dataclass(frozen=True)
class Measured:
    """One way at one concurrency: what was reached, and what it cost which process until all of it was handled."""

    way: str
    concurrency: int
    per_second: float
    p50_ms: float
    p99_ms: float
    requests: int
    unexpected: int
    drained_seconds: float
    cpu_ms: Mapping[str, float]


class Bench:
    """Measures one way after the other; each finds the services idle."""

    def __init__(
        self, house: BenchHouse, guests: Guests, yardsticks: Yardsticks, seconds: float, say: Callable[[str], None]
    ) -> None:
        self._house = house
        self._guests = guests
        self._yardsticks = yardsticks
        self._seconds = seconds
        self._say = say
        self._runs = 0

    async def run(self, concurrencies: Iterable[int], rounds: int) -> list[Measured]:
        """Every way in turn, and again; of all rounds the median."""
        await self._round(*WARM)
        found = []
        for concurrency in concurrencies:
            measured = [one for _ in range(rounds) for one in await self._round(concurrency, self._seconds)]
            found += [median([one for one in measured if one.way == way]) for way in WAYS]
        return found

    async def _round(self, concurrency: int, seconds: float) -> list[Measured]:
        people = round(seconds * GUESTS_A_SECOND.get(concurrency, MOST_GUESTS_A_SECOND))
        booking, scanning = await self._guests.invite(people)
        self._runs += 1
        where = f"{self._house.url}/v1/gatherings/{GATHERING}/registrations"
        echo, bare = f"{self._yardsticks.echo}/echo", f"{self._yardsticks.bare}/"
        loads = {
            ECHO: self._registering(ECHO, echo, "wait=5", "200"),
            BARE_ACCEPTED: self._registering("bare-accepted", bare, "respond-async", "202"),
            ACCEPTED: self._registering(ACCEPTED, where, "respond-async", "202"),
            BARE_DECIDED: self._registering("bare-decided", bare, "wait=5", "201"),
            DECIDED: self._registering(DECIDED, where, "wait=5", "201"),
            BOOKED: booking,
            SCANNED: scanning,
            VISIBLE: self._registering(VISIBLE, where, "wait=5", "201"),
        }
        return [await self._measure(way, loads[way], concurrency, seconds) for way in WAYS]

    def _registering(self, way: str, where: str, prefer: str, good: str) -> Load:
        return registering(where, f"{way}-{self._runs}", prefer=prefer, good=good)

    async def _measure(self, way: str, load: Load, concurrency: int, seconds: float) -> Measured:
        before = cost.cpu(self._house.pids())
        watch: AbstractAsyncContextManager[list[float] | None] = nullcontext()
        if way == VISIBLE:
            watch = watching(self._house.kafka, self._house.clock)
        async with watch as seen:
            driven = await drive(load, concurrency, seconds)
            drained = await self._house.idle.wait()
        spent = cost.per_request(before, cost.cpu(self._house.pids()), driven.good)
        mails = await self._house.idle.mails_waiting()
        self._say(
            f"{way:<14} c={concurrency:<4} {driven.per_second:7,.0f}/s  p50 {driven.p50_ms:6.1f} ms  "
            f"drained in {drained:4.1f} s  {mails:,} facts not yet mailed"
        )
        if driven.bad:
            self._say(f"  {driven.bad} answers were not what was asked for; the first: {driven.refused}")
        p50, p99 = (driven.p50_ms, driven.p99_ms) if seen is None else (percentile(seen, 50), percentile(seen, 99))
        return Measured(way, concurrency, driven.per_second, p50, p99, driven.good, driven.bad, drained, spent)


def percentile(values: Sequence[float], rank: int) -> float:
    return sorted(values)[(len(values) - 1) * rank // 100]


def median(rounds: Sequence[Measured]) -> Measured:
    """Field by field; what was unexpected is added up."""

    def middle(field: Callable[[Measured], float]) -> float:
        return statistics.median(field(one) for one in rounds)

    processes = dict.fromkeys(name for one in rounds for name in one.cpu_ms)
    return Measured(
        rounds[0].way,
        rounds[0].concurrency,
        per_second=middle(lambda one: one.per_second),
        p50_ms=middle(lambda one: one.p50_ms),
        p99_ms=middle(lambda one: one.p99_ms),
        requests=sum(one.requests for one in rounds),
        unexpected=sum(one.unexpected for one in rounds),
        drained_seconds=middle(lambda one: one.drained_seconds),
        cpu_ms={name: statistics.median(one.cpu_ms.get(name, 0.0) for one in rounds) for name in processes},
    )
