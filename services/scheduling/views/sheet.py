"""An expert's day on paper: who comes when, where, and what about."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Final
from zoneinfo import ZoneInfo

from services.scheduling.domain import Block, Booking, Gathering
from shared.people import Person

STYLE: Final = (
    "body{font:11pt/1.4 system-ui,sans-serif;margin:2cm}table{border-collapse:collapse;width:100%}"
    "th,td{border-bottom:1px solid #999;padding:.4em .6em;text-align:left;vertical-align:top}"
    "td:last-child{width:40%;white-space:pre-wrap}h2{font-size:12pt;margin:1.5em 0 .3em}tr{break-inside:avoid}"
)
HEAD: Final = "<tr><th>Time</th><th>Guest</th><th>Where</th><th>Topic</th></tr>"


def sheet(
    gathering: Gathering,
    desk: str,
    bookings: Sequence[tuple[Booking, str | None]],
    blocks: Sequence[Block],
    people: Mapping[str, Person],
) -> str:
    """A page a day; a name that cannot be had now is left to be written in."""
    zone = ZoneInfo(gathering.definition.timezone)
    days: dict[str, list[tuple[str, str]]] = {}
    for one, topic in bookings:
        row = (_guest(people.get(one.registration_id)), one.table or "", topic or "")
        days.setdefault(_day(one, zone), []).append(_row(one, zone, row))
    for block in blocks:
        days.setdefault(_day(block, zone), []).append(_row(block, zone, ("—", "", block.reason or "")))
    expert = escape(gathering.desks[desk].expert)
    title = escape(gathering.definition.title.in_language(gathering.definition.languages[0]))
    tables = "".join(
        f"<h2>{day}</h2><table>{HEAD}{''.join(row for _, row in sorted(rows))}</table>"
        for day, rows in sorted(days.items())
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{expert}</title><style>{STYLE}</style>'
        f"<h1>{expert}</h1><p>{title} · {escape(gathering.definition.timezone)}</p>"
        f"{tables or '<p>Nobody has booked.</p>'}</html>"
    )


def _row(one: Booking | Block, zone: ZoneInfo, cells: Sequence[str]) -> tuple[str, str]:
    starts, ends = _times(one)
    span = f"{starts.astimezone(zone):%H:%M}-{ends.astimezone(zone):%H:%M}"
    return f"{starts:%Y%m%d%H%M}", "".join(("<tr>", *(f"<td>{escape(cell)}</td>" for cell in (span, *cells)), "</tr>"))


def _day(one: Booking | Block, zone: ZoneInfo) -> str:
    return f"{_times(one)[0].astimezone(zone):%Y-%m-%d}"


def _times(one: Booking | Block) -> tuple[datetime, datetime]:
    return (one.slot.starts_at, one.slot.ends_at) if isinstance(one, Booking) else (one.starts_at, one.ends_at)


def _guest(person: Person | None) -> str:
    return ", ".join(filter(None, (person.name, person.organisation))) if person is not None else ""
