"""`foyer gathering`: definitions on their way to the gateway."""

from pathlib import Path
from typing import Annotated

import typer

from cli import gatherings
from cli.installation import Installation
from cli.talk import say, wait_for

app = typer.Typer(no_args_is_help=True, help="Gathering definitions.")


@app.command()
def apply(
    files: Annotated[list[Path], typer.Argument(help="YAML files, one gathering each, or folders of them.")],
) -> None:
    """Store each definition, over the version that is there, and publish it."""
    gateway = Installation().gateway
    for file in [file for path in files for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path])]:
        say(f"{wait_for(gatherings.apply(gateway, file))} published")


@app.callback()
def _group() -> None:
    """A group of one still names its command."""
