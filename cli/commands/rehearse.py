"""`foyer rehearse`: the dress rehearsal of both seed gatherings, in a house of its own."""

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.rehearsal.play import Plan, rehearse
from cli.rehearsal.theatre import USUAL_PORT, NotReady
from cli.state import CHECKOUT
from cli.talk import fail

WIDE = 120  # columns of a log

Once = Annotated[bool, typer.Option("--once", help="Leave nothing running afterwards.")]
Size = Annotated[float, typer.Option(min=0.1, max=20, help="How many people, against the usual rehearsal.")]
Seed = Annotated[int, typer.Option(help="The same seed makes the same people.")]

Port = Annotated[int, typer.Option(envvar="FOYER_PORT", help="The gateway's; any free one if that is taken.")]


def rehearse_(*, once: Once = False, size: Size = 1.0, seed: Seed = 2021, port: Port = USUAL_PORT) -> None:
    """Play both seed gatherings with synthetic people, and check every promise from outside; exit 1 on any breach."""
    os.chdir(CHECKOUT)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it reports every try while the broker starts
    root = Path(os.environ.get("FOYER_STATE", ".foyer")) / "demo"
    try:
        everything_held = asyncio.run(_until_ended(Plan(root, size, seed, once, port)))
    except NotReady as reason:
        fail(str(reason))
    raise typer.Exit(0 if everything_held else 1)


async def _until_ended(plan: Plan) -> bool:
    """Ctrl-C and SIGTERM end it in order, at any moment."""
    playing = asyncio.create_task(rehearse(plan, Console(highlight=False, width=None if sys.stdout.isatty() else WIDE)))
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, playing.cancel)
    try:
        return await playing
    except asyncio.CancelledError:
        raise typer.Exit(130) from None
