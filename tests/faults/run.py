"""One run from its seed: open the house, warm up, break things under load, heal, wait, tell again, judge."""

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli.rehearsal.brief import brief_of
from cli.rehearsal.client import Client
from cli.rehearsal.journal import Journal
from cli.rehearsal.mailbox import Mailbox
from cli.rehearsal.passes import Passes
from cli.rehearsal.people import people
from cli.rehearsal.stage import Stage
from cli.state import CHECKOUT, State, read
from deploy.local.__main__ import own
from shared.clock import Clock
from tests.faults.checker import Case
from tests.faults.collecting import Collector
from tests.faults.crowd import Crowd
from tests.faults.gathering import GATHERINGS, definition
from tests.faults.house import FaultHouse, prepare
from tests.faults.keeping import write
from tests.faults.nemesis import AFTERWARDS, STRIKES, Nemesis

WARM_UP = 4.0


@dataclass(frozen=True)
class Plan:
    """`seconds` of `None` strikes each fault once; else they are drawn again and again until the time is over."""

    root: Path
    seed: int
    faults: Sequence[str]
    seconds: float | None = None
    rate: float = 12.0
    pause: float = 2.0  # between faults, on average


async def play(plan: Plan) -> Case:
    chance = random.Random(plan.seed)  # noqa: S311  a run can be played again
    state = State(plan.root)
    passes = Passes.make(chance)
    prepare(state, passes)
    house = FaultHouse(state, plan.seed, plan.faults)
    with own(state):
        try:
            await house.up()
            return await _perform(plan, house, passes, chance)
        finally:
            await house.down()


async def _perform(plan: Plan, house: FaultHouse, passes: Passes, chance: random.Random) -> Case:
    journal = Journal()
    stage = Stage(
        client=Client(house.gateway, journal, Clock(house.state.clock), random.Random(chance.random())),  # noqa: S311
        mailbox=Mailbox(house.state.mail_log, CHECKOUT),
        clock_file=house.state.clock,
        tokens=read(house.state.tokens),
        briefs={one: brief_of(definition(one)) for one in GATHERINGS},
        chance=random.Random(chance.random()),  # noqa: S311
        crowd=people(random.Random(chance.random())),  # noqa: S311
        passes=passes,
    )
    try:
        for gathering in GATHERINGS:
            await stage.staff("PUT", f"/v1/gatherings/{gathering}", definition(gathering))
            await stage.staff("POST", f"/v1/gatherings/{gathering}/publish")
        crowd = Crowd(stage, random.Random(chance.random()))  # noqa: S311
        nemesis = Nemesis(house, crowd, journal, random.Random(chance.random()))  # noqa: S311
        collector = Collector(house, stage, journal, nemesis)
        await _under_fire(plan, nemesis)
        stage.client.act = "(reading)"
        recovery = await collector.settled()
        replays = [await collector.replay(one, nemesis.chance) for one in plan.faults if one in AFTERWARDS]
        case = await collector.case(recovery, replays)
        write(case, house.root)
        return case
    finally:
        journal.write(house.root / "journal.jsonl")
        await stage.client.close()


async def _under_fire(plan: Plan, nemesis: Nemesis) -> None:
    enough = asyncio.Event()
    coming = asyncio.create_task(nemesis.crowd.come(plan.rate, enough))
    try:
        await asyncio.sleep(WARM_UP)
        for fault in _schedule(plan, nemesis.chance):
            nemesis.crowd.stage.client.act = fault
            print(f"  {fault}", flush=True)  # noqa: T201
            await nemesis.strike(fault, STRIKES[fault])
            nemesis.crowd.stage.client.act = "(calm)"
            await asyncio.sleep(nemesis.chance.uniform(0.5, 1.5) * plan.pause)
    finally:
        enough.set()
        await nemesis.house.heal()
        await coming


def _schedule(plan: Plan, chance: random.Random) -> Iterator[str]:
    strikes = [one for one in plan.faults if one in STRIKES]
    if plan.seconds is None:
        yield from strikes
        return
    loop = asyncio.get_running_loop()
    ends = loop.time() + plan.seconds
    while loop.time() < ends:
        if not strikes:
            return
        for fault in chance.sample(strikes, len(strikes)):
            if loop.time() < ends:
                yield fault
