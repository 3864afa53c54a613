"""`foyer dead-letters`: what a consumer group could not handle, kept with its reason until somebody decides."""

from typing import Annotated

import typer

from cli import dead_letters
from cli.dead_letters import Letter
from cli.installation import Installation
from cli.talk import Json, Yes, confirm, fail, say, show, wait_for
from shared.messages import GROUPS

app = typer.Typer(no_args_is_help=True, help="Records that could not be handled.")
Group = Annotated[str, typer.Argument(help=f"The consumer group: {', '.join(GROUPS)}.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many, oldest first.")]


@app.command("list")
def list_(group: Annotated[str, typer.Argument()] = "", *, limit: Limit = 200, as_json: Json = False) -> None:
    """List what waits for a decision, of one group or of all."""
    groups = [_known(group)] if group else GROUPS
    letters = [
        letter for one in groups for letter in wait_for(dead_letters.pending(Installation().settings, one, limit))
    ]
    show([letter.row() for letter in letters], as_json=as_json)
    say(f"{len(letters)} waiting.")


@app.command("show")
def show_(group: Group, offset: Annotated[int, typer.Argument(min=0)]) -> None:
    """Print one record as it came: its headers and its value."""
    letter = wait_for(dead_letters.one(Installation().settings, _known(group), offset))
    if letter is None:
        fail(f"{group} has no dead letter {offset}.")
    for name, value in letter.headers:
        say(f"{name}: {value}")
    print(letter.value.decode(errors="replace"))


@app.command()
def redrive(group: Group, *, limit: Limit = 200, yes: Yes = False) -> None:
    """Send what waits back to where it came from, under its own id, so that a repeat is harmless."""
    _decide(group, limit, "Send {count} back to their topics?", send=True, yes=yes)


@app.command()
def drop(group: Group, *, limit: Limit = 200, yes: Yes = False) -> None:
    """Decide that what waits is not needed: it is listed no more, and ages out of its topic."""
    _decide(group, limit, "Drop {count} for good?", send=False, yes=yes)


def _decide(group: str, limit: int, question: str, *, send: bool, yes: bool) -> None:
    settings = Installation().settings
    letters: list[Letter] = wait_for(dead_letters.pending(settings, _known(group), limit))
    if not letters:
        say("Nothing waits.")
        return
    confirm(question.format(count=len(letters)), yes=yes)
    wait_for(dead_letters.settle(settings, group, letters, send=send))
    say(f"{len(letters)} {'sent back' if send else 'dropped'}.")


def _known(group: str) -> str:
    if group not in GROUPS:
        raise typer.BadParameter(f"{group} is none of {', '.join(GROUPS)}")
    return group
