"""What every fault has at hand: the house, the clock, the seed, and the book in which it is written down."""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from cli.rehearsal.journal import Journal
from deploy.local import process
from tests.faults.checker.case import Fault, Poison
from tests.faults.crowd import Crowd
from tests.faults.house import OWNERS, FaultHouse
from tests.faults.nemesis import work

READY_WITHIN = 60.0
WORKS_WITHIN = 30.0  # longer than that is a breach, and waited for no further
LOOK_EVERY = 0.05
STRIKES_WITHIN = 4.0  # seconds for a handler to come by; then the strike falls anyway


class NotBack(Exception):
    """Something that was broken did not come back."""


class NotStruck(Exception):
    """A fault that had no effect: the run tested less than it says."""


class Skipped(Exception):
    """A fault that cannot be played here, or now; said aloud."""


@dataclass
class Nemesis:
    house: FaultHouse
    crowd: Crowd
    journal: Journal
    chance: random.Random
    book: list[Fault] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)
    struck: set[str] = field(default_factory=set)
    missed: dict[str, str] = field(default_factory=dict)

    async def strike(self, fault: str, with_: "Callable[[Nemesis], Awaitable[None]]") -> None:
        """A miss is written down, and the run goes on: the next strike of its kind may hit."""
        try:
            await with_(self)
        except Skipped as why:
            print(f"  {fault} skipped: {why}", flush=True)  # noqa: T201
        except NotStruck as why:
            print(f"  {fault} missed: {why}", flush=True)  # noqa: T201
            self.missed[fault] = str(why)
        else:
            self.struck.add(fault)

    @property
    def untested(self) -> list[str]:
        """Why each fault that only ever missed did."""
        return [f"{fault}: {why}" for fault, why in self.missed.items() if fault not in self.struck]

    @contextmanager
    def breaking(self, id_: str, target: str, *, inside: bool = False, killed: int = 0) -> Iterator[None]:
        """Write down from when to when it was broken."""
        clock = self.crowd.stage.clock
        began, started = clock.now(), time.monotonic()
        self.book.append(Fault(id_, target, began, began.replace(year=9999), inside, killed=killed))
        place = len(self.book) - 1
        try:
            yield
        finally:
            recovered = time.monotonic() - started
            self.book[place] = replace(self.book[place], ended=clock.now(), recovered_after=recovered)

    def send(self, name: str, number: signal.Signals) -> int:
        pid = self.house.pids()[name]
        os.kill(pid, number)
        return pid

    async def kill(self, id_: str, *names: str, target: str = "", inside: bool = False) -> None:
        """At once, and wait until all are back."""
        with self.breaking(id_, target or names[0], inside=inside, killed=len(names)):
            ended = {name: self.send(name, signal.SIGKILL) for name in names}
            await self.back(ended)
        await self.at_work(names)

    async def back(self, ended: dict[str, int]) -> None:
        """Until other processes serve in their place."""
        async with _within(f"{', '.join(ended)}"):
            for name, pid in ended.items():
                while self.house.pids().get(name, pid) == pid or not await self.serves(name):
                    await asyncio.sleep(LOOK_EVERY)

    async def serves(self, name: str) -> bool:
        urls = self.house.urls()
        if name in urls:
            return await process.serves(f"{urls[name]}/readyz")
        program = next(one.program for one in self.house._supervisor._kept if one.program.name == name)
        return await program.ready()

    async def paused(self, id_: str, name: str, seconds: float) -> None:
        with self.breaking(id_, name):
            pid = self.send(name, signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                os.kill(pid, signal.SIGCONT)

    async def kill_inside(self, id_: str, name: str, arm: Callable[[Callable[[], None]], None]) -> None:
        """`arm` sets a trap that calls back from within a handler; if nobody falls into it, kill all the same."""
        caught = asyncio.Event()
        pids: dict[str, int] = {}

        def strike() -> None:
            if not caught.is_set():
                pids[name] = self.send(name, signal.SIGKILL)
                caught.set()

        arm(strike)
        try:
            await asyncio.wait_for(caught.wait(), STRIKES_WITHIN)
        except TimeoutError:
            caught.set()
            await self.kill(id_, name)
            return
        with self.breaking(id_, name, inside=True, killed=1):
            await self.back(pids)
        await self.at_work([name])

    async def at_work(self, names: Sequence[str]) -> None:
        """Until each does again what was asked of it after the last fault; with what all need, all of them do."""
        fault, place = self.book[-1], len(self.book) - 1
        wanted = {one for name in names for one in work.DONE_BY.get(name, tuple(work.SIGNS))}
        began = time.monotonic()
        while wanted and time.monotonic() - began < WORKS_WITHIN:
            wanted -= work.done(self.journal.exchanges, self.house.sink.deliveries, fault.began)
            await asyncio.sleep(LOOK_EVERY)
        if not wanted and fault.recovered_after is not None:
            took = fault.recovered_after + time.monotonic() - began
            self.book[place] = replace(self.book[place], handled_after=took)

    def an_owner(self) -> str:
        return self.chance.choice(OWNERS[:2] * 2 + OWNERS[2:])


class _within:  # noqa: N801  it reads as `async with`
    """A time-out that says what it waited for."""

    def __init__(self, what: str, seconds: float = READY_WITHIN) -> None:
        self._what = what
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *raised: object) -> None:
        try:
            await self._timeout.__aexit__(*raised)  # type: ignore[arg-type]
        except TimeoutError:
            raise NotBack(f"not back after {READY_WITHIN:g} s: {self._what}") from None
