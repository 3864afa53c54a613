"""Times in words: the gathering's own wall time first, with the zone's name, and UTC beside it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from babel import Locale
from babel.dates import format_date, format_time, get_timezone, get_timezone_location

from services.notifications.mails.voice import Voice

DASH = "\N{EN DASH}"
REGION = {"en": "en_GB"}  # day before month, 24 hours


@dataclass(frozen=True, slots=True)
class Moments:
    """Words for times of one gathering in one language."""

    voice: Voice
    zone: str

    def span(self, starts: datetime, ends: datetime) -> str:
        """`Monday 22 November 2021, 09:00-12:30`; over two days with both dates."""
        first, last = self._local(starts), self._local(ends)
        if first.date() == last.date():
            return f"{self.day(starts)}, {self.time(starts)}{DASH}{self.time(ends)}"
        return f"{self.day(starts)}, {self.time(starts)} {DASH} {self.day(ends)}, {self.time(ends)}"

    def beside(self, starts: datetime, ends: datetime) -> str:
        """What the times above are counted in: `Paris time (CET) · 08:00-11:30 UTC`."""
        city = get_timezone_location(get_timezone(self.zone), self._locale, return_city=True)
        short = self._local(starts).tzname() or ""
        named = self.voice.say("common", "nearby", city=city) + ("" if short[:1] in "+-" else f" ({short})")
        utc = self.voice.say("common", "utc", time=self._in_utc(starts, ends))
        return named if self.zone == "UTC" else f"{named} · {utc}"

    def day(self, moment: datetime) -> str:
        return format_date(self._local(moment).date(), "EEEE d MMMM y", locale=self._locale)

    def time(self, moment: datetime) -> str:
        return format_time(self._local(moment), "HH:mm", locale=self._locale)

    def _in_utc(self, starts: datetime, ends: datetime) -> str:
        first, last = starts.astimezone(UTC), ends.astimezone(UTC)
        local_first, local_last = self._local(starts), self._local(ends)
        if first == last:
            return f"{first:%H:%M}" if first.date() == local_first.date() else self._brief(first)
        if first.date() == last.date() == local_first.date() == local_last.date():
            return f"{first:%H:%M}{DASH}{last:%H:%M}"
        return f"{self._brief(first)} {DASH} {self._brief(last)}"

    def _brief(self, moment: datetime) -> str:
        return f"{format_date(moment.date(), 'd MMM', locale=self._locale)} {moment:%H:%M}"

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(get_timezone(self.zone))

    @property
    def _locale(self) -> Locale:
        return Locale.parse(REGION.get(self.voice.language, self.voice.language))
