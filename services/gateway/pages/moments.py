"""Times as people read them: in the gathering's own zone first, and in UTC for everybody else."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

DAY = "EEEE d MMMM y"
CLOCK = "HH:mm"
TO = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Moments:
    """One gathering's zone and one reader's language."""

    zone: ZoneInfo
    language: str

    def at(self, moment: datetime) -> str:
        return f"{self.day(moment)}, {self.clock(moment)}"

    def day(self, moment: datetime) -> str:
        return self._said(moment, DAY, self.zone)

    def clock(self, moment: datetime) -> str:
        from babel.dates import format_time  # noqa: PLC0415  not before the first page

        return format_time(moment, CLOCK, self.zone, self.language)

    def span(self, start: datetime, end: datetime) -> str:
        return " ".join(self.ends(start, end))

    def ends(self, start: datetime, end: datetime) -> list[str]:
        """What belongs on one line each; the day is said once where both ends share it."""
        if self.day(start) == self.day(end):
            return [f"{self.at(start)}{TO}{self.clock(end)}"]
        return [self.at(start), f"{TO} {self.at(end)}"]

    def hours(self, start: datetime, end: datetime) -> str:
        return f"{self.clock(start)}{TO}{self.clock(end)}"

    def utc(self, start: datetime, end: datetime | None = None) -> str:
        first = self._said(start, CLOCK, UTC)
        return f"{first} UTC" if end is None else f"{first}{TO}{self._said(end, CLOCK, UTC)} UTC"

    def utc_span(self, start: datetime, end: datetime) -> str:
        """With the days, where they are not the local ones or more than one."""
        if start.astimezone(UTC).date() == end.astimezone(UTC).date() == start.astimezone(self.zone).date():
            return self.utc(start, end)
        return f"{self._said(start, 'd MMM, HH:mm', UTC)} {TO} {self._said(end, 'd MMM, HH:mm', UTC)} UTC"

    def _said(self, moment: datetime, pattern: str, zone: tzinfo) -> str:
        from babel.dates import format_datetime  # noqa: PLC0415  not before the first page

        return format_datetime(moment, pattern, zone, self.language)
