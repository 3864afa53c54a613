"""What a person has, as their page shows it: in order of time, and what is kept for them and until when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A session or a meeting; `kind` says which, `about` is what its owner says of it."""

    kind: str
    starts: datetime
    ends: datetime
    about: Answer
    began: bool
    over: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A slot that is kept for this person."""

    slot_id: str
    desk: str
    expert: str
    starts: datetime
    ends: datetime
    until: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Table:
    """A desk, the slots that can be had there, and where one stands in its queue."""

    desk: str
    expert: str
    slots: tuple[Answer, ...]
    ahead: int | None = None
    has_meeting: bool = False
    about: Mapping[str, str] | None = None

    def days(self) -> list[tuple[str, list[Answer]]]:
        """Slots by the day on which they lie, in UTC's order."""
        return [(day, list(those)) for day, those in groupby(self.slots, lambda one: str(one["starts_at"])[:10])]


def entries_of(diary: Answer, now: datetime) -> list[Entry]:
    """What there is to go to; a meeting that was given up is left out once its time has passed."""
    found = [_entry(kind, one, now) for kind in ("bookings", "meetings", "sessions") for one in diary.get(kind, ())]
    if room := diary.get("room"):
        found.append(_entry("room", room, now))
    kept = (one for one in found if one.kind == "sessions" or _stands(one.about) or not one.over)
    return sorted(kept, key=lambda one: (one.starts, one.ends, one.kind))


def _stands(about: Answer) -> bool:
    return about.get("status") in {None, "booked", "scheduled"}


def _entry(kind: str, about: Answer, now: datetime) -> Entry:
    starts, ends = _times(about)
    return Entry(kind, starts, ends, about, now >= starts, now >= ends)


def offers_of(diary: Answer, experts: Mapping[str, str], now: datetime, *, also_held: bool = False) -> list[Offer]:
    wanted = {"offered", "held"} if also_held else {"offered"}
    return sorted(_offers(diary.get("held", ()), wanted, experts, now), key=lambda one: one.until)


def _offers(held: Iterable[Answer], wanted: set[str], experts: Mapping[str, str], now: datetime) -> Iterable[Offer]:
    for one in held:
        until = datetime.fromisoformat(one["expires_at"])
        if one["status"] in wanted and until > now:
            starts, ends = _times(one)
            left = -(-(until - now) // timedelta(minutes=1))
            yield Offer(one["slot_id"], one["desk"], experts.get(one["desk"], one["desk"]), starts, ends, until, left)


def tables_of(desks: Answer | None, diary: Answer, now: datetime) -> list[Table]:
    """Only slots that are free and to come; where somebody meets already, they move instead."""
    ahead = {one["desk"]: one["ahead"] for one in diary.get("waiting", ())}
    busy = {one["desk"] for one in diary.get("bookings", ()) if one["status"] == "booked"}
    return [
        Table(
            desk["desk"],
            desk["expert"],
            tuple(one for one in desk["slots"] if one["free"] and datetime.fromisoformat(one["starts_at"]) > now),
            ahead.get(desk["desk"]),
            desk["desk"] in busy,
            desk.get("about"),
        )
        for desk in (desks or {}).get("desks", ())
    ]


def _times(about: Answer) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(about["starts_at"]), datetime.fromisoformat(about["ends_at"])
