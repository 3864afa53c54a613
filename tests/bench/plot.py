"""Pictures for the docs, written as plain SVG: bars side by side, and bars of parts."""

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

WIDTH, HEIGHT, MARGIN = 760, 300, 48
ROW = 26
TYPICAL = 64  # connections at once, of which the costs are shown
COLOURS = (
    "#33658a",
    "#f6ae2d",
    "#f26419",
    "#55a630",
    "#7d5ba6",
    "#86bbd8",
    "#9e2a2b",
    "#8d99ae",
    "#2f4858",
    "#e8a0bf",
    "#0b7a75",
)
IN_A_LINE = 7  # of a legend
TEXT = 'font-family="sans-serif" font-size="12" fill="#222"'
Rows = Mapping[str, Mapping[str, float]]


def draw(result: Mapping[str, Any], place: Path) -> None:
    """One picture of each thing that the result holds."""
    if "ways" in result:
        ways = result["ways"]["measured"]
        (place / "ratios.svg").write_text(
            side_by_side("Requests per second, as a ratio to the bare echo", ratios(ways))
        )
        most = min((one["concurrency"] for one in ways), key=lambda concurrency: abs(concurrency - TYPICAL))
        cpu = {one["way"]: one["cpu_ms"] for one in ways if one["concurrency"] == most}
        (place / "cpu.svg").write_text(in_parts(f"CPU of one request at {most} at once, ms by process", cpu))
    if "people" in result:
        cpu = {one["there"]: one["cpu_ms"] for one in result["people"]["samples"]}
        (place / "growth.svg").write_text(in_parts("CPU of one registration as a gathering grows, ms by process", cpu))


def ratios(ways: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """By concurrency, each way as a share of the echo."""
    found: dict[str, dict[str, float]] = {}
    echo = {one["concurrency"]: one["per_second"] for one in ways if one["way"] == "echo"}
    for one in ways:
        if one["way"] != "echo":
            at = found.setdefault(f"{one['concurrency']} at once", {})
            at[one["way"]] = one["per_second"] / echo[one["concurrency"]]
    return found


def side_by_side(title: str, rows: Rows) -> str:
    """A group of upright bars for each row."""
    names = _names(rows)
    top = max((value for row in rows.values() for value in row.values()), default=1) * 1.1 or 1
    foot, tall = HEIGHT - MARGIN, HEIGHT - 2.2 * MARGIN
    group = (WIDTH - 2 * MARGIN) / max(len(rows), 1)
    wide = group * 0.8 / max(len(names), 1)
    shapes = []
    for place, (label, row) in enumerate(rows.items()):
        left = MARGIN + place * group
        shapes.append(_text(left + group * 0.4, foot + 18, label, "middle"))
        for number, name in enumerate(names):
            if name in row:
                high, at = tall * row[name] / top, left + number * wide
                shapes += [_bar(at, foot - high, wide - 2, high, number, f"{label}, {name}: {row[name]:.2f}")]
                value = f"{row[name]:.2f}".lstrip("0")  # bars stand close together
                shapes += [_text(at + wide / 2 - 1, foot - high - 4, value, "middle", 11)]
    shapes.append(f'<line x1="{MARGIN}" y1="{foot}" x2="{WIDTH - MARGIN}" y2="{foot}" stroke="#222"/>')
    return _picture(title, HEIGHT, [*shapes, *_legend(names, HEIGHT - 10)])


def in_parts(title: str, rows: Rows) -> str:
    """A lying bar for each row, of what its parts add up to."""
    names = [name for name in _names(rows) if any(row.get(name, 0) > 0 for row in rows.values())]
    left, right = 200, 60
    top = max((sum(row.values()) for row in rows.values()), default=1) or 1
    shapes = []
    for place, (label, row) in enumerate(rows.items()):
        at, y = float(left), MARGIN + place * ROW
        shapes.append(_text(left - 8, y + 14, label, "end"))
        for number, name in enumerate(names):
            wide = (WIDTH - left - right) * row.get(name, 0) / top
            shapes.append(_bar(at, y, wide, ROW - 6, number, f"{label}, {name}: {row.get(name, 0):.2f}"))
            at += wide
        shapes.append(_text(at + 6, y + 14, f"{sum(row.values()):.2f}", "start"))
    under = MARGIN + len(rows) * ROW + 20
    height = under + 18 * (math.ceil(len(names) / IN_A_LINE) - 1) + 10
    return _picture(title, height, [*shapes, *_legend(names, under)])


def _names(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows.values() for name in row))


def _legend(names: Sequence[str], y: float) -> Iterator[str]:
    step = (WIDTH - 20) / min(max(len(names), 1), IN_A_LINE)
    for number, name in enumerate(names):
        line, place = divmod(number, IN_A_LINE)
        x, base = 10 + place * step, y + line * 18
        yield _bar(x, base - 9, 9, 9, number, name)
        yield _text(x + 12, base, name, "start", 11)


def _bar(x: float, y: float, wide: float, high: float, number: int, words: str) -> str:
    colour = COLOURS[number % len(COLOURS)]
    place = f'x="{x:.1f}" y="{y:.1f}" width="{max(wide, 0):.1f}" height="{max(high, 0):.1f}"'
    return f'<rect {place} fill="{colour}"><title>{escape(words)}</title></rect>'


def _text(x: float, y: float, words: str, anchor: str, size: int = 12) -> str:
    style = TEXT.replace("12", str(size))
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {style}>{escape(words)}</text>'


def _picture(title: str, height: float, shapes: Sequence[str]) -> str:
    """On a ground of its own, so that it can be read on a dark page as well."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    name = f'<title>{escape(title)}</title><text x="10" y="24" {TEXT} font-weight="bold">{escape(title)}</text>'
    return "\n".join([head, ground, name, *shapes, "</svg>"]) + "\n"
