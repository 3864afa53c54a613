"""`make faults`: everything again while processes are killed, paused and cut off. Exit 1 on any breach."""

import argparse
import asyncio
import logging
import os
import secrets
import signal
import sys
from pathlib import Path

from rich.console import Console

from cli.state import CHECKOUT
from tests.faults.checker import judge
from tests.faults.checker.counted import too_little
from tests.faults.nemesis import AFTERWARDS, STRIKES, TIER_0, TIER_1
from tests.faults.report import print_report
from tests.faults.run import Plan, play
from tests.faults.summary import Played, played_of, table

WIDE = 160
AN_HOUR, SCHEDULES = 3600.0, 10
SHORT_PAUSE = 1.0  # seconds between faults where each strikes once
TABLE = "tier1.md"


def main() -> None:
    os.chdir(CHECKOUT)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it reports every try while the broker is away
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # and so do connections that are cut on purpose
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    options = _options()
    sys.exit(asyncio.run(_until_ended(options)))


async def _until_ended(options: argparse.Namespace) -> int:
    playing = asyncio.create_task(_all(options))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        return 130


async def _all(options: argparse.Namespace) -> int:
    """Tier 0 is one run; tier 1 is an hour of them, each from a seed of its own and in a place of its own."""
    seed = options.seed if options.seed is not None else secrets.randbelow(1_000_000)
    if options.tier == 0:
        faults = options.faults or TIER_0
        played_once = await _one(Plan(options.state, seed, faults, options.seconds, options.rate, SHORT_PAUSE))
        return int(bool(played_once.broken))
    total, played = options.seconds or AN_HOUR, list[Played]()
    for number in range(SCHEDULES):
        afterwards = AFTERWARDS[number % len(AFTERWARDS)]
        faults = [*(options.faults or TIER_1), "c2", afterwards]
        place = options.state / f"schedule-{number + 1}"  # keys are read once a process, from where they lie
        played.append(await _one(Plan(place, seed + number, faults, total / SCHEDULES, options.rate)))
        (options.state / TABLE).write_text(table(played))  # after each: an hour may be cut short
    short = list(too_little([one.dose for one in played]))
    print(f"\n{table(played)}")  # noqa: T201
    for words in short:
        print(f"Tested too little: {words}")  # noqa: T201
    return int(bool(short) or any(one.broken for one in played))


async def _one(plan: Plan) -> Played:
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)
    console.print(f"Seed {plan.seed}: {', '.join(plan.faults)}")
    case = await play(plan)
    findings = judge(case)
    print_report(console, case, findings)
    broken = [one.promise.id for one in findings if one.is_broken]
    words = f"[red]Seed {plan.seed} broke {', '.join(broken)}[/]" if broken else f"[green]Seed {plan.seed} holds[/]"
    console.print(f"\n{words}")
    return played_of(plan.seed, case, broken)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--seed", type=int, help="the same seed plays the same people and faults")
    parser.add_argument("--seconds", type=float, help="how long; without it each fault strikes once (tier 1: an hour)")
    parser.add_argument("--faults", type=_faults, help=f"of {', '.join([*STRIKES, *AFTERWARDS])}")
    parser.add_argument("--tier", type=int, choices=(0, 1), default=0, help="1: ten schedules in an hour")
    parser.add_argument("--rate", type=float, default=12.0, help="commands a second")
    parser.add_argument("--state", type=Path, default=Path(".foyer/faults"), help="emptied at the start")
    return parser.parse_args()


def _faults(text: str) -> list[str]:
    names = text.split(",")
    unknown = set(names) - {*STRIKES, *AFTERWARDS}
    if unknown:
        raise argparse.ArgumentTypeError(f"no such fault: {', '.join(sorted(unknown))}")
    return names


if __name__ == "__main__":
    main()
