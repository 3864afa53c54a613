"""`make bench`: how fast it is, what it costs, and how that grows; all of it as ratios taken in one run."""

import argparse
import asyncio
import json
import os
import platform
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console

from cli.state import CHECKOUT
from tests.bench import plot
from tests.bench.gatherings import gathering
from tests.bench.growth import Grown, Growth
from tests.bench.guests import inviting
from tests.bench.house import BenchHouse, foyer
from tests.bench.report import goals, show
from tests.bench.ways import GATHERING, Bench, Measured, Yardsticks

PLACE = Path(".foyer/bench")
WIDTH = 150  # of tables that go to a file


def main() -> None:
    asked = arguments()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: install it (`apt-get install wrk`) and run this again")
    os.chdir(CHECKOUT)
    with suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(ended_in_order(asked)))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="two minutes: 1 and 64 at once, one short round")
    parser.add_argument("--seconds", type=float, default=6, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--concurrency", default="1,16,64,256")
    parser.add_argument("--growth", action="store_true", help="all that follows, as far as it must hold")
    parser.add_argument("--nobody", action="store_true", help="what it takes while nobody is there")
    parser.add_argument("--people", type=int, metavar="N", help="from 1,000 to N in one gathering")
    parser.add_argument("--gatherings", type=int, metavar="N", help="from 1 to N")
    parser.add_argument("--replicas", action="store_true", help="1 and 3 of registration")
    parser.add_argument("--backlog", type=int, metavar="N", help="so many wait while registration is down")
    parser.add_argument("--without-mails", action="store_true", help="stop notifications first")
    parser.add_argument("--place", type=Path, default=PLACE, help="where result.json and the pictures go")
    asked = parser.parse_args()
    if asked.quick:
        asked.seconds, asked.rounds, asked.concurrency = 3, 1, "1,64"
    if asked.growth:
        asked.nobody = asked.replicas = True
        asked.people, asked.gatherings, asked.backlog = 100_000, 1_000, 100_000
    return asked


async def ended_in_order(asked: argparse.Namespace) -> int:
    """Asked to end by a signal, it takes down what it started."""
    running = asyncio.ensure_future(run(asked))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
    return await running


async def run(asked: argparse.Namespace) -> int:
    ways: list[Measured] = []
    grown: dict[str, Grown] = {}
    async with foyer(PLACE / "house") as house:
        if asked.without_mails:
            await house.stop("notifications")
        growth = Growth(house, say)
        if asked.nobody:
            grown["nobody"] = await growth.nobody()
        if asked.people:
            grown["people"] = await growth.people(asked.people)
        if asked.gatherings:
            grown["gatherings"] = await growth.gatherings(asked.gatherings)
        if asked.replicas:
            grown["replicas"] = await growth.replicas()
        if asked.backlog:
            grown["backlog"] = await growth.backlog(asked.backlog)
        if not grown:
            ways = await measured(house, asked)
    console = Console()
    show(console if console.is_terminal else Console(width=WIDTH), ways, grown)
    save(asked, ways, grown)
    return 1 if any(one.unexpected for one in ways) else 0


async def measured(house: BenchHouse, asked: argparse.Namespace) -> list[Measured]:
    await house.publish([gathering(GATHERING)])
    yardsticks = Yardsticks(await house.start_echo(), await house.start_bare())
    async with inviting(house) as guests:
        bench = Bench(house, guests, yardsticks, asked.seconds, say)
        return await bench.run([int(one) for one in asked.concurrency.split(",")], asked.rounds)


def say(words: str) -> None:
    print(f"  {words}", file=sys.stderr, flush=True)  # noqa: T201  progress


def save(asked: argparse.Namespace, ways: list[Measured], grown: dict[str, Grown]) -> None:
    """What a run did not measure is kept from the one before."""
    asked.place.mkdir(parents=True, exist_ok=True)
    file = asked.place / "result.json"
    result: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    how = {"cores": os.cpu_count(), "machine": platform.machine(), "python": platform.python_version()}
    how |= {"mails": not asked.without_mails}
    if ways:
        result["ways"] = how | {
            "seconds": asked.seconds,
            "rounds": asked.rounds,
            "measured": [asdict(one) for one in ways],
        }
    for name, one in grown.items():
        result[name] = how | asdict(one)
    reached = {goal.name: asdict(goal) | {"is_met": goal.is_met} for goal in goals(ways, grown)}
    result["reached"] = result.get("reached", {}) | reached
    file.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    plot.draw(result, asked.place)


if __name__ == "__main__":
    main()
