"""How a command talks: data to stdout, as a table or as JSON; everything said to a person to stderr."""

import asyncio
import json
from collections.abc import Coroutine, Sequence
from typing import Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.table import Table

T = TypeVar("T")
Row = dict[str, Any]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]

_people = Console(stderr=True, highlight=False, soft_wrap=True)


def say(words: str) -> None:
    _people.print(words, markup=False)


def fail(words: str) -> NoReturn:
    say(words)
    raise typer.Exit(1)


def show(rows: Sequence[Row], *, as_json: bool) -> None:
    """One line per row: JSON lines, or a table whose columns are the first row's keys."""
    if as_json:
        for row in rows:
            print(json.dumps(row, default=str))
        return
    if not rows:
        return
    table = Table(*rows[0], box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console(highlight=False).print(table)


def wait_for(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def confirm(question: str, *, yes: bool) -> None:
    if not yes:
        typer.confirm(question, abort=True, err=True)
