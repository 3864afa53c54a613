"""How it grows: from nobody to people in one gathering, gatherings, replicas, what waits while registration is down."""

import asyncio
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from deploy.local.environment import SERVICES
from tests.bench import cost
from tests.bench.drive import Driven, Failed, Load, drive
from tests.bench.gatherings import gathering
from tests.bench.guests import registering
from tests.bench.house import BenchHouse

AT_ONCE = 64
SMALL, MIDDLE = 1_000, 10_000
SAMPLE = 4_000  # people whose registrations are measured
ROUNDS = 2
FILLED_WITHIN = 600.0  # seconds
SPREAD = 30  # gatherings over all partitions
REPLICAS = 3
A_MINUTE = 60.0
MEGA = 1_000_000 / cost.MEBI  # a megabyte in MiB
PAYING = ("registration", "mongod")  # what a registration may cost more of as a gathering grows


@dataclass(frozen=True)
class Sample:
    """Registrations decided while so many were there already."""

    there: str
    per_second: float
    p99_ms: float
    cpu_ms: Mapping[str, float]

    @property
    def paid_ms(self) -> float:
        return sum(self.cpu_ms[name] for name in PAYING)


@dataclass(frozen=True)
class Grown:
    """What was compared, the ratios that matter, and what each process took."""

    title: str
    samples: Sequence[Sample]
    figures: Mapping[str, float]
    taken: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class Growth:
    def __init__(self, house: BenchHouse, say: Callable[[str], None]) -> None:
        self._house = house
        self._say = say
        self._runs = 0

    async def nobody(self) -> Grown:
        """A minute after all is ready, for a minute."""
        await asyncio.sleep(A_MINUTE)
        pids = self._house.pids()
        began, before = time.monotonic(), cost.cpu(pids)
        await asyncio.sleep(A_MINUTE)
        seconds, after = time.monotonic() - began, cost.cpu(pids)
        percent = {name: 100 * (after[name] - before[name]) / seconds for name in before}
        memory = cost.memory(pids)
        figures = {
            "busiest service": max(percent[name] for name in SERVICES),
            "all": sum(percent.values()),
            "services": sum(memory[name] for name in SERVICES) / MEGA,
            "kafka": memory["kafka"] / MEGA,
        }
        return Grown("Nobody there", [], figures, {"CPU, % of a core": percent, "memory, MiB": memory})

    async def people(self, most: int) -> Grown:
        """One gathering from 1,000 to `most` people; small ones before, and beside it when it is large."""
        await self._house.publish([gathering("crowd"), gathering("warm")])
        await self._sample("warm", "warm")
        await self._fill("crowd", SMALL)
        small = [await self._small(f"{SMALL:,} people")]
        memory = {f"{SMALL:,} people, MiB": cost.memory(self._house.pids())}
        middle = []
        if most > MIDDLE:
            await self._fill("crowd", MIDDLE - SMALL)
            middle = [await self._sample(f"{MIDDLE:,} people", "crowd")]
        await self._fill("crowd", most - (MIDDLE + SAMPLE if middle else SMALL))
        memory[f"{most:,} people, MiB"] = cost.memory(self._house.pids())
        large, beside = [], []
        for _ in range(ROUNDS):
            large.append(await self._sample(f"{most:,} people", "crowd"))
            beside.append(await self._small(f"{SMALL:,} people, beside the large one"))
        samples = [*small, *middle, typical(large), typical(beside)]
        before, after = list(memory.values())
        figures = {
            "cost": samples[-2].paid_ms / samples[0].paid_ms,
            "cost beside": samples[-2].paid_ms / samples[-1].paid_ms,
            "rate": samples[-2].per_second / samples[0].per_second,
            "memory": max(after[name] - before[name] for name in SERVICES if name in after),
        }
        return Grown("People in one gathering", samples, figures, memory)

    async def gatherings(self, many: int) -> Grown:
        """One gathering and many, in turn."""
        await self._house.publish([gathering("one")])
        await self._sample("warm", "one")
        memory = {"1 gathering, MiB": cost.memory(self._house.pids())}
        await self._house.publish(gathering(f"many-{number}") for number in range(many))
        one, all_ = [], []
        for _ in range(ROUNDS):
            one.append(await self._sample("1 gathering", "one"))
            all_.append(await self._sample(f"{many:,} gatherings", "many-{n}", many))
        memory[f"{many:,} gatherings, MiB"] = cost.memory(self._house.pids())
        samples = [typical(one), typical(all_)]
        figures = {
            "rate": samples[1].per_second / samples[0].per_second,
            "cost": samples[1].paid_ms / samples[0].paid_ms,
        }
        return Grown("Gatherings", samples, figures, memory)

    async def replicas(self, most: int = REPLICAS) -> Grown:
        """One gathering has one writer; many gatherings lie in all partitions."""
        await self._house.publish([gathering("single"), *(gathering(f"spread-{number}") for number in range(SPREAD))])
        await self._sample("warm", "spread-{n}", SPREAD)
        found: dict[str, list[Sample]] = {}
        for _ in range(ROUNDS):
            for sample in await self._single_and_spread(1):
                found.setdefault(sample.there, []).append(sample)
            async with self._house.replicas("registration", most - 1):
                for sample in await self._single_and_spread(most):
                    found.setdefault(sample.there, []).append(sample)
        samples = [typical(same) for same in found.values()]
        single, spread, single_by_more, spread_by_more = (one.per_second for one in samples)
        figures = {"rate, 1 gathering": single_by_more / single, "rate, many": spread_by_more / spread}
        return Grown("Replicas of registration", samples, figures)

    async def backlog(self, waiting: int) -> Grown:
        """So many are accepted while registration is down; the seconds until the last of them is decided."""
        await self._house.publish([gathering("queue")])
        await self._sample("warm", "queue")
        await self._house.stop("registration")
        await self._drive("queue", waiting, "respond-async", "202")
        queued = await self._house.idle.behind("registration")
        self._say(f"{queued:,} are waiting while registration is down")
        began = time.monotonic()
        await self._house.start("registration")
        ready = time.monotonic() - began
        await self._house.idle.wait("registration", patience=FILLED_WITHIN)
        decided = time.monotonic() - began
        told = decided + await self._house.idle.wait()
        figures = {"queued": queued, "ready": ready, "decided": decided, "told": told, "per second": queued / decided}
        return Grown("Waiting while registration is down", [], figures)

    async def _single_and_spread(self, replicas: int) -> list[Sample]:
        words = f"{replicas} replica{'s' if replicas > 1 else ''}"
        single = await self._sample(f"{words}, 1 gathering", "single")
        return [single, await self._sample(f"{words}, {SPREAD} gatherings", "spread-{n}", SPREAD)]

    async def _small(self, there: str) -> Sample:
        """Two gatherings, each filled to the smallest size before it is measured."""
        self._runs += 1
        party = f"small-{self._runs}"
        names = [f"{party}-{number}" for number in (0, 1)]
        await self._house.publish(gathering(name) for name in names)
        for name in names:
            await self._fill(name, SMALL)
        return await self._sample(there, f"{party}-{{n}}", len(names))

    async def _fill(self, name: str, people: int) -> None:
        driven = await self._drive(name, people, "respond-async", "202")
        drained = await self._house.idle.wait(patience=FILLED_WITHIN)
        self._say(f"{people:,} more in {name}: accepted in {driven.seconds:.1f} s, decided {drained:.1f} s later")

    async def _sample(self, there: str, name: str, gatherings: int = 1) -> Sample:
        before = cost.cpu(self._house.pids())
        driven = await self._drive(name, SAMPLE, "wait=5", "201", gatherings)
        await self._house.idle.wait()
        spent = cost.per_request(before, cost.cpu(self._house.pids()), driven.good)
        sample = Sample(there, driven.per_second, driven.p99_ms, spent)
        paid = " + ".join(f"{name} {spent[name]:.3f}" for name in PAYING)
        self._say(f"{there:<40} {sample.per_second:7,.0f}/s  CPU ms: {paid}")
        return sample

    async def _drive(self, name: str, people: int, prefer: str, good: str, gatherings: int = 1) -> Driven:
        self._runs += 1
        where = f"{self._house.url}/v1/gatherings/{name}/registrations"
        run = f"grows-{self._runs}"
        load: Load = registering(where, run, prefer=prefer, good=good, gatherings=gatherings, people=people)
        driven = await drive(load, AT_ONCE)
        if driven.bad:
            raise Failed(f"{driven.bad} answers were not what was asked for; the first: {driven.refused}")
        return driven


def typical(samples: Sequence[Sample]) -> Sample:
    """The median of each figure."""
    return Sample(
        samples[0].there,
        statistics.median(one.per_second for one in samples),
        statistics.median(one.p99_ms for one in samples),
        {name: statistics.median(one.cpu_ms[name] for one in samples) for name in samples[0].cpu_ms},
    )
