"""Times as a definition writes them: wall time in the gathering's own zone on the way in, aware UTC ever after."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

WRITTEN: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(?::(\d{2})(?:\.0+)?)?(Z|z|[+-]\d{2}:\d{2})?", re.ASCII
)
DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
YEARS: Final = range(1970, 2200)
LONGEST_ZONE: Final = 64
ZONE_NAME: Final = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", re.ASCII)


@dataclass(frozen=True)
class Reading:
    """What the parts of a definition inherit from the whole while it is being read."""

    zone: ZoneInfo
    language: str
    part_ends: Mapping[str, datetime] = field(default_factory=dict)


# Set by `Definition` alone, for the length of one validation; a nested model cannot see the whole it belongs to.
_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)
_DEFAULT: Final = Reading(ZoneInfo("UTC"), "en")


def reading() -> Reading:
    return _reading.get() or _DEFAULT


@contextmanager
def read_as(inherited: Reading) -> Iterator[None]:
    token = _reading.set(inherited)
    try:
        yield
    finally:
        _reading.reset(token)


def find_zone(name: Any) -> ZoneInfo | None:
    """The zone of an IANA name, `None` if there is none."""
    if not isinstance(name, str) or len(name) > LONGEST_ZONE or not ZONE_NAME.fullmatch(name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def known_zone(name: str) -> str:
    if find_zone(name) is None:
        raise PydanticCustomError("zone", "unknown time zone; write an IANA name such as Europe/Paris")
    return name


def in_utc(raw: Any) -> datetime:
    """What was written, as an aware UTC time."""
    if isinstance(raw, str):
        raw = _parsed(raw)
    if not isinstance(raw, datetime):
        raise PydanticCustomError("time", "write a time such as 2021-11-22T09:00")
    if raw.year not in YEARS:
        raise PydanticCustomError("time", "write a time between the years 1970 and 2199")
    if raw.tzinfo is not None:
        return raw.astimezone(UTC)
    return _from_wall(raw, reading().zone)


def day_in_utc(raw: Any) -> datetime:
    """A date means the midnight that begins it."""
    if isinstance(raw, str) and DAY.fullmatch(raw):
        return in_utc(f"{raw}T00:00")
    return in_utc(raw)


def _parsed(text: str) -> datetime:
    match = WRITTEN.fullmatch(text)
    if match is None:
        raise PydanticCustomError("time", "write a time such as 2021-11-22T09:00, with an offset if it is not local")
    day, clock, seconds, offset = match.groups()
    try:
        return datetime.fromisoformat(f"{day}T{clock}:{seconds or '00'}{(offset or '').upper().replace('Z', '+00:00')}")
    except ValueError:
        raise PydanticCustomError("time", "there is no such date or time; check day, hour and offset") from None


def _from_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    first = wall.replace(tzinfo=zone, fold=0)
    second = wall.replace(tzinfo=zone, fold=1)
    utc = first.astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None) != wall:
        raise PydanticCustomError(
            "time", "clocks go forward over this local time, it does not exist; write another, or an offset"
        )
    if first.utcoffset() != second.utcoffset():
        raise PydanticCustomError(
            "time", "clocks go back over this local time, it happens twice; add the offset, such as +01:00"
        )
    return utc


_TIME_SCHEMA: Final = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.0+)?)?([Zz]|[+-]\d{2}:\d{2})?$",
    "description": "Without an offset: wall time in the gathering's `timezone`.",
}
_DAY_SCHEMA: Final = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}([Tt ]\d{2}:\d{2}(:\d{2}(\.0+)?)?([Zz]|[+-]\d{2}:\d{2})?)?$",
    "description": "A date means the midnight that begins it in the gathering's `timezone`.",
}

Time = Annotated[datetime, BeforeValidator(in_utc), WithJsonSchema(_TIME_SCHEMA, mode="validation")]
Day = Annotated[datetime, BeforeValidator(day_in_utc), WithJsonSchema(_DAY_SCHEMA, mode="validation")]
