"""The `foyer` command: its entry point, and the commands that stand alone."""

import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
from aiokafka.errors import KafkaError

from cli.commands import clock, dead_letters, gathering, rehearse, topics
from cli.doctor import examine
from cli.gatherings import Refused
from cli.installation import Installation
from cli.keyring import hand_out
from cli.lag import lags
from cli.republish import republish_since
from cli.talk import Json, Yes, confirm, say, show, wait_for
from cli.times import parse_duration, parse_moment
from shared import secrets
from shared.errors import DeliveryError
from shared.tokens import ALL_GATHERINGS, Role, Staff

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="Operate Foyer, an event desk.")
app.add_typer(topics.app, name="topics")
app.add_typer(gathering.app, name="gathering")
app.add_typer(clock.app, name="clock")
app.add_typer(dead_letters.app, name="dead-letters")
app.command("rehearse")(rehearse.rehearse_)


@app.command()
def init(
    keyrings: Annotated[
        Path | None, typer.Option(help="Hand each service its own secrets, in folders in here.")
    ] = None,
) -> None:
    """Make the secrets that are not there yet."""
    directory = Installation().settings.secrets
    secrets.create(directory)
    if keyrings is not None:
        hand_out(directory, keyrings)
    say(f"The secrets are in {directory}. Whoever can read them can sign tokens.")


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Look at everything Foyer needs; exit 1 if something is wrong."""
    findings = wait_for(examine(Installation()))
    show([finding.row() for finding in findings], as_json=as_json)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


@app.command()
def token(
    role: Annotated[Role, typer.Option(help="What the bearer may do.")],
    gathering: Annotated[str, typer.Option(help="For which gatherings, separated by commas.")] = ALL_GATHERINGS,
    ttl: Annotated[timedelta, typer.Option(parser=parse_duration, help="How long it is good: 90m, 12h, 30d.")] = "12h",  # type: ignore[assignment]  # typer parses it
    scope: Annotated[
        str | None,
        typer.Option(help="The desk of an expert, or the delegation of a coordinator; no other role has one."),
    ] = None,
    subject: Annotated[str, typer.Option(help="Whose token it is, for the audit.")] = "foyer-command",
) -> None:
    """Mint a staff token and print it: the key to the API, and to the pages under /staff.

    An expert's is for the desk, and a coordinator's for the delegation, that --scope names as the definition does:

    foyer token --role expert --gathering clusters-twin-transition-2021 --scope arnault-morisson

    foyer token --role coordinator --gathering clusters-green-digital-2021 --scope escp-4x-01

    One of every role, for all gatherings, is in the file `tokens` of the state directory (FOYER_STATE, else .foyer).
    """
    if role is Role.ATTENDEE:
        why = "an attendee's key is in the answer to their registration, and in their mails"
        raise typer.BadParameter(why, param_hint="--role")
    print(Installation().mint(Staff(role, tuple(gathering.split(",")), subject, scope), ttl))


@app.command()
def lag(*, as_json: Json = False) -> None:
    """How far each consumer group is behind, by topic."""
    show(wait_for(lags(Installation())), as_json=as_json)


@app.command()
def republish(
    since: Annotated[
        datetime, typer.Option(parser=parse_moment, help="2021-11-08T09:00+01:00, by the machine's clock.")
    ],
    *,
    yes: Yes = False,
) -> None:
    """Publish again what the outboxes have kept: for a broker that lost its log. A repeat does no harm."""
    confirm(f"Publish everything said since {since.isoformat()} again?", yes=yes)
    for service, count in wait_for(republish_since(Installation().settings, since)).items():
        say(f"{service}: {count} messages")


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the public API, as JSON."""
    from services.gateway.api import openapi as public  # noqa: PLC0415  the whole gateway, for this command alone
    from services.gateway.app import VERSION  # noqa: PLC0415

    print(json.dumps(public.document(VERSION, Installation().settings.public_url), indent=2))


@app.command()
def asyncapi(
    schemas: Annotated[
        Path | None, typer.Option(help="Also write each message's JSON Schema into this folder, unless one breaks.")
    ] = None,
) -> None:
    """Print the AsyncAPI document of all topics, as YAML."""
    from cli.asyncapi import as_yaml, document, write_schemas  # noqa: PLC0415  it asks every service what it hears
    from services.gateway.app import VERSION  # noqa: PLC0415  the same

    if schemas is not None:
        write_schemas(schemas)
    print(as_yaml(document(VERSION)), end="")


def main() -> None:
    """Run a command; what goes wrong outside it is said in one line."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        app()
    except (Refused, DeliveryError) as error:
        say(str(error))
    except (aiohttp.ClientError, KafkaError, TimeoutError, OSError) as error:
        say(f"{type(error).__name__}: {error}")
    raise SystemExit(1)


if __name__ == "__main__":
    main()
