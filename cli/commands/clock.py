"""`foyer clock`: Foyer's own time, which a rehearsal moves forward."""

from datetime import datetime
from typing import Annotated

import typer

from cli.installation import Installation
from cli.talk import fail, say
from cli.times import parse_moment
from shared.clock import set_clock, timestamp

app = typer.Typer(no_args_is_help=True, help="Foyer's clock.")


@app.command("set")
def set_(time: Annotated[datetime, typer.Argument(parser=parse_moment, help="2021-11-08T09:00+01:00")]) -> None:
    """Move all processes forward to TIME, within a second. Never back: decisions were dated already."""
    installation = Installation()
    file = installation.settings.clock_file
    if file is None or not file.parent.is_dir():
        fail("There is no state here to set a clock for: start Foyer first, or name its FOYER_CLOCK_FILE.")
    now = installation.clock.now()
    if time < now:
        fail(f"The clock stands at {timestamp(now)} already, and is only moved forward.")
    set_clock(file, time)
    say(f"The clock stands at {timestamp(time)}.")


@app.command()
def show() -> None:
    """Print Foyer's time."""
    print(timestamp(Installation().clock.now()))
