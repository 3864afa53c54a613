"""`make up`: everything on this machine until Ctrl-C."""

import asyncio
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TextIO

from cli.gatherings import Refused
from cli.state import CHECKOUT, State
from deploy.local import ports
from deploy.local.house import House
from deploy.local.process import CannotStart
from shared.clock import Clock, set_clock

DEFAULT_PORT = "8080"


def main() -> None:
    os.chdir(CHECKOUT)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it reports every try while the broker starts
    state = State(Path(os.environ.get("FOYER_STATE", ".foyer")))
    state.prepare()
    with own(state):
        start_clock(state, os.environ)
        port = gateway_port(os.environ)
        try:
            asyncio.run(run(House(state, os.environ, port)))
        except (CannotStart, Refused) as reason:
            sys.exit(str(reason))


async def run(house: House) -> None:
    """Bring everything up, wait for the end, take everything down. Asked twice to stop, it stops once."""
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    asked = asyncio.create_task(ending.wait())
    starting = asyncio.create_task(house.up())
    try:
        await asyncio.wait({asked, starting}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            await asked
    finally:
        starting.cancel()
        await asyncio.wait({starting})
        await house.down()


def own(state: State) -> TextIO:
    """Hold the state directory: two supervisors over one database would end each other's processes."""
    lock = (state.root / "lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        sys.exit(
            f"Foyer already runs over {state.root}. Stop it first, or choose another place: FOYER_STATE=.foyer/second"
        )
    return lock


def gateway_port(given: Mapping[str, str]) -> int:
    """The asked port, refused here while it can still be said plainly; 0 asks for any free one."""
    text = given.get("FOYER_PORT", DEFAULT_PORT)
    if not text.isdecimal():
        sys.exit(f"FOYER_PORT={text} is not a port number")
    port = int(text) or ports.any_free()
    if not ports.is_free(port):
        sys.exit(f"Port {port} is taken by another program. Stop it, or choose another: FOYER_PORT={port + 1} make up")
    return port


def start_clock(state: State, given: Mapping[str, str]) -> None:
    """Set a fresh state's clock to FOYER_CLOCK; one that has run is only moved forward, by `foyer clock set`."""
    text = given.get("FOYER_CLOCK")
    if text and not state.clock.exists():
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            sys.exit(f"FOYER_CLOCK={text} is not a time like 2021-11-08T09:00+01:00")
        if moment.tzinfo is None:
            sys.exit(f"FOYER_CLOCK={text} needs its offset from UTC, as in 2021-11-08T09:00+01:00")
        set_clock(state.clock, moment)
    if state.clock.exists():
        print(f"Foyer's clock stands at {Clock(state.clock).now().isoformat(timespec='seconds')} ({state.clock})")


if __name__ == "__main__":
    main()
