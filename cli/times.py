"""Times and durations as a person types them."""

import re
from datetime import datetime, timedelta

import typer

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_moment(text: str) -> datetime:
    """`2021-11-08T09:00+01:00`: without its offset it could mean two different moments."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a time like 2021-11-08T09:00+01:00") from None
    if moment.tzinfo is None:
        raise typer.BadParameter(f"{text!r} needs its offset from UTC, as in 2021-11-08T09:00+01:00")
    return moment


def parse_duration(text: str) -> timedelta:
    """`90m`, `12h`, `30d`."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a duration like 90m, 12h or 30d")
    return timedelta(**{UNITS[found.group(2)]: int(found.group(1))})
