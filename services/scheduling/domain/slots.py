"""The grid: slots of desks, and the five-minute ticks by which overlap becomes equality."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

TICK = timedelta(minutes=5)
STAMP = "%Y%m%dT%H%MZ"

EXPERT, ATTENDEE, TABLE = "expert", "attendee", "table"


@dataclass(frozen=True, slots=True)
class Slot:
    """One meeting's time at a desk, in UTC."""

    desk: str
    starts_at: datetime
    ends_at: datetime

    @property
    def id(self) -> str:
        """Readable, and the same for ever: `arnault-morisson-20211210T1040Z`."""
        return f"{self.desk}-{self.starts_at:{STAMP}}"


def ticks(starts_at: datetime, ends_at: datetime) -> Iterator[datetime]:
    """Every tick that the time touches, stepped in UTC: local time skips or repeats an hour twice a year."""
    tick, end = starts_at.astimezone(UTC), ends_at.astimezone(UTC)
    tick -= timedelta(minutes=tick.minute % 5, seconds=tick.second, microseconds=tick.microsecond)
    while tick < end:
        yield tick
        tick += TICK


def claim(gathering_id: str, kind: str, who: str, tick: datetime) -> str:
    """The id of one resource's claim on one tick: unique in the database, so held once whatever path was taken."""
    return f"{gathering_id}:{kind}:{who}:{tick:{STAMP}}"


def claims_on(
    gathering_id: str, starts_at: datetime, ends_at: datetime, of: Iterable[tuple[str, str]]
) -> frozenset[str]:
    """Every tick of a time, of each of these: a kind and who it is."""
    stamps = _stamps(starts_at.astimezone(UTC), ends_at.astimezone(UTC))
    return frozenset(f"{gathering_id}:{kind}:{who}:{stamp}" for kind, who in of for stamp in stamps)


@lru_cache(maxsize=4096)
def _stamps(starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
    """Kept, for a publication asks thousands of times for one. In UTC: two local ones may be equal and are not."""
    return tuple(f"{tick:{STAMP}}" for tick in ticks(starts_at, ends_at))


def claims_of(
    gathering_id: str,
    starts_at: datetime,
    ends_at: datetime,
    *,
    experts: Iterable[str] = (),
    attendee: str | None = None,
    table: str | None = None,
) -> frozenset[str]:
    """What a meeting takes of those who meet, and of the place where they do."""
    resources = [(EXPERT, desk) for desk in experts]
    resources += [(kind, who) for kind, who in ((ATTENDEE, attendee), (TABLE, table)) if who is not None]
    return claims_on(gathering_id, starts_at, ends_at, resources)
