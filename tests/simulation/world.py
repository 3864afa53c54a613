"""One run: a seed, its steps, the quiet after them, and what the judges say."""

import gc
import logging
import random
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from shared.outbox import Entry
from tests.simulation.crowd import Crowd
from tests.simulation.faults import NONE
from tests.simulation.gatherings import DEFINITIONS, DOORS_OPEN, MILESTONES, OPENS
from tests.simulation.house import SERVICES, House, Replica
from tests.simulation.journal import Journal
from tests.simulation.judges import Judges
from tests.simulation.loop import Lane
from tests.simulation.staff import Staff

STEPS = 200
QUIET_AT_MOST = 400  # turns of the clock until the house must have come to rest
TURN = 2.5  # seconds; every loop of the services comes round in it
TURNS_AT_REST = 2  # that change nothing any more
WATCHED = 20_000  # callbacks between two of them


@dataclass
class Told:
    """What a run came to. `counted` is how much was tried."""

    seed: int
    broken: list[str] = field(default_factory=list)
    counted: dict[str, int] = field(default_factory=dict)


class World:
    def __init__(self, seed: int, trace: Callable[[str], None] | None = None) -> None:
        self.seed = seed
        self.draw = random.Random(seed)  # noqa: S311  a seed is the point
        self.journal = Journal()
        self._trace = trace
        soon = timedelta(minutes=3)
        begins = self.draw.choice((OPENS - soon, OPENS, OPENS, *(one - soon for one in MILESTONES), DOORS_OPEN + soon))
        self.house = House(self.draw, begins, self._committed)
        self.judges = Judges(self.house, self.journal)
        self.house.broker.appended = self.judges.appended
        self.crowd = Crowd(self.house, self.draw, self.journal)
        self.staff = Staff(self.house, self.draw, self.journal)
        self.counted = dict.fromkeys(("kills", "zombies", "rebalances", "replays", "jumps"), 0)

    def run(self, steps: int = STEPS) -> Told:
        with self.house.loop.running():
            try:
                self._begin()
                for number in range(steps):
                    self._step(number)
                    if self._broken():
                        break
                else:
                    self._come_to_rest()
                    self.judges.at_rest()
                return Told(self.seed, self._broken(), self.counted | self.judges.counted())
            finally:
                self.house.loop.bury(self.house.dead)

    def _broken(self) -> list[str]:
        return [*self.judges.broken, *self.house.faults, *self.house.loop.faults]

    def _committed(self, entries: Sequence[Entry]) -> None:
        try:
            self.judges.committed(entries)
        except Exception as fault:  # noqa: BLE001  the service it happens in would take it for its own
            self.judges.breach("judge", f"{fault!r} at {traceback.extract_tb(fault.__traceback__)[-1]}")
        if self._trace is not None:
            for entry in entries:
                for wire in entry.wires:
                    headers = dict(wire.headers)
                    said = wire.value.decode()[:300]
                    self._trace(f"      {wire.topic} #{headers.get('ce_sequence')} {headers['ce_subject']} {said}")

    def _begin(self) -> None:
        for service in SERVICES:
            self.house.start(service)
        for gathering in DEFINITIONS:
            if self.draw.random() < 0.9:
                self.staff.open(gathering)
        for _ in range(self.draw.choice((0, 60, 60))):  # mostly they are published before anybody comes
            self._go_on()

    def _step(self, number: int) -> None:
        kind = self.draw.random()
        if kind < 0.30:
            what = ", ".join(self.crowd.act() for _ in range(self.draw.choice((1, 1, 1, 3))))
        elif kind < 0.38:
            what = self.staff.act()
        elif kind < 0.88:
            what = self._go_on()
        elif kind < 0.94:
            what = self._let_time_pass()
        else:
            what = self._strike()
        self._say(f"{number:3} {what}")

    def _say(self, what: str) -> None:
        if self._trace is not None:
            self._trace(what)

    def _runnable(self) -> list[Lane]:
        return [lane for lane in self.house.loop.lanes if lane.runnable]

    def _go_on(self) -> str:
        """One process, or all in turn, for some callbacks."""
        many, one = self.draw.choice((1, 3, 10, 40, 150)), self.draw.random() < 0.3
        lanes = self._runnable()
        chosen = [self.draw.choice(lanes)] if one and lanes else lanes
        for _ in range(many):
            ready = [lane for lane in chosen if lane.runnable]
            if not ready:
                return self._let_time_pass() if not lanes else "…"
            self.house.loop.run_one(self.draw.choice(ready))
        return "…"

    def _let_time_pass(self) -> str:
        by = self.draw.choice((0.01, 0.1, 0.5, 1.0))
        self.house.loop.forward(self.house.loop.time() + by)
        return f"{by} s pass"

    def _strike(self) -> str:
        kinds = (self._kill, self._kill, self._stop, self._wake, self._rebalance, self._replay, self._jump)
        return self.draw.choice(kinds)()

    def _kill(self) -> str:
        replica = self.draw.choice(self.house.replicas)
        self.house.kill(replica)
        if not self.house.of(replica.service):
            self.house.start(replica.service)
        self.house.rebalance(replica.service)
        self.counted["kills"] += 1
        return f"{replica.name} is killed"

    def _stop(self) -> str:
        """Past its session: somebody else takes over."""
        replica = self.draw.choice(self.house.replicas)
        replica.lane.stopped = True
        self.house.excuse(replica)
        if all(one.lane.stopped for one in self.house.of(replica.service)):
            self.house.start(replica.service)
        self.house.rebalance(replica.service)
        return f"{replica.name} is stopped"

    def _wake(self) -> str:
        stopped = [one for one in self.house.replicas if one.lane.stopped]
        if not stopped:
            return self._stop()
        replica = self.draw.choice(stopped)
        self._go_again(replica)
        return f"{replica.name} goes on"

    def _go_again(self, replica: Replica) -> None:
        replica.lane.stopped = False
        self.counted["zombies"] += 1
        if self.draw.random() < 0.5:
            self.house.rebalance(replica.service)

    def _rebalance(self) -> str:
        service = self.draw.choice(SERVICES)
        if len(self.house.of(service)) < 2:
            self.house.start(service)
        self.house.rebalance(service)
        self.counted["rebalances"] += 1
        return f"{service} rebalances"

    def _replay(self) -> str:
        service = self.draw.choice(SERVICES)
        group = self.house.groups[service]
        topics = self.draw.sample(sorted(group.topics), min(len(group.topics), self.draw.randint(1, 3)))
        group.replay(topics)
        self.counted["replays"] += 1
        return f"{service} reads {topics} again"

    def _jump(self) -> str:
        ahead = [one for one in MILESTONES if one > self.house.clock.now()]
        if not ahead:
            return self._let_time_pass()
        to = ahead[0] + self.draw.choice((-1, 1)) * timedelta(seconds=self.draw.choice((0, 1, 30)))
        self.house.clock.jump(to)
        self.counted["jumps"] += 1
        return f"the clock shows {to}"

    def _come_to_rest(self) -> None:
        """Nothing fails any more; everything accepted is decided, published and told."""
        self._say("--- quiet")
        self.house.come_to_peace(NONE)
        for replica in [one for one in self.house.replicas if one.lane.stopped]:
            self._go_again(replica)
        for service in SERVICES:
            self.house.rebalance(service)
        still = 0
        for _ in range(QUIET_AT_MOST):
            self._drain()
            still = still + 1 if self.house.idle() else 0
            if still > TURNS_AT_REST:
                return
            self.house.loop.forward(self.house.loop.time() + TURN)
        self.judges.breach("L1", f"not at rest: {self.house.why_not_idle()}")

    def _drain(self) -> None:
        for _ in range(WATCHED):
            lanes = self._runnable()
            if not lanes:
                return
            for lane in lanes:
                self.house.loop.run_one(lane)
        self.judges.breach("L1", f"running in circles: {[lane.name for lane in self._runnable()]}")


@contextmanager
def many() -> Iterator[None]:
    """For thousands of runs: every fault is logged where it strikes, and each run leaves a heap of cycles behind."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
        gc.set_threshold(*before)
        gc.unfreeze()


def play(seed: int, steps: int = STEPS, trace: Callable[[str], None] | None = None) -> Told:
    return World(seed, trace).run(steps)
