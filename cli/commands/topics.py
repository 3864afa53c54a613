"""`foyer topics`: what the message classes ask of the broker."""

import asyncio
import time
from datetime import timedelta
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from cli import topics
from cli.installation import Installation
from cli.talk import Json, Row, fail, say, show, wait_for
from cli.times import parse_duration
from shared.errors import Unavailable
from shared.messages import topics as wanted_topics

app = typer.Typer(no_args_is_help=True, help="The topics that the message classes ask for.")
Replication = Annotated[int, typer.Option(min=1, help="Copies of each partition; 1 for a single broker.")]


@app.command()
def plan(*, replication: Replication = 1, as_json: Json = False) -> None:
    """Show what `apply` would do."""
    todo = wait_for(_plan(Installation(), replication, carry_out=False))
    show(_rows(todo), as_json=as_json)
    if not todo:
        say("Nothing to do.")
    if todo.conflicts:
        raise typer.Exit(1)


@app.command()
def apply(
    *,
    replication: Replication = 1,
    wait: Annotated[timedelta, typer.Option(parser=parse_duration, help="How long to wait for the broker.")] = "0s",  # type: ignore[assignment]  # typer parses it
) -> None:
    """Create what is missing and set retention; never delete, never change a partition count."""
    todo = wait_for(_patiently(Installation(), replication, wait))
    say(f"{len(todo.create)} created, {len(todo.alter)} altered.")
    if todo.conflicts:
        fail("\n".join(todo.conflicts))


async def _patiently(installation: Installation, replication: int, patience: timedelta) -> topics.Plan:
    until = time.monotonic() + patience.total_seconds()
    while True:
        try:
            return await _plan(installation, replication, carry_out=True)
        except (Unavailable, KafkaError):
            if time.monotonic() > until:
                raise
            await asyncio.sleep(1)


async def _plan(installation: Installation, replication: int, *, carry_out: bool) -> topics.Plan:
    async with installation.admin() as admin:
        todo = await topics.plan(admin, wanted_topics(), installation.settings.partitions, replication)
        if carry_out:
            await topics.apply(admin, todo)
        return todo


def _rows(todo: topics.Plan) -> list[Row]:
    create = [{"do": "create", "topic": new.name, "detail": f"{new.num_partitions} partitions"} for new in todo.create]
    alter = [{"do": "alter", "topic": name, "detail": config} for name, config in todo.alter.items()]
    conflicts = [{"do": "nothing", "topic": words.split()[0], "detail": words} for words in todo.conflicts]
    return [*create, *alter, *conflicts]
