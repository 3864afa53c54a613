"""The pictures are SVG that shows the figures to scale."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.bench.plot import draw, in_parts, ratios, side_by_side

SVG = "{http://www.w3.org/2000/svg}"
WAYS = [
    {"way": way, "concurrency": 64, "per_second": rate, "cpu_ms": {"gateway": 0.5, "mail": 0.0}}
    for way, rate in (("echo", 4000.0), ("accepted", 3000.0), ("decided", 1000.0))
]


def bars(picture: str) -> dict[str, ET.Element]:
    """Each bar by the words that a pointer over it shows."""
    found = ET.fromstring(picture).iter(f"{SVG}rect")  # noqa: S314  our own
    return {str(bar.findtext(f"{SVG}title")): bar for bar in found if bar.find(f"{SVG}title") is not None}


def test_each_way_is_a_share_of_the_echo() -> None:
    assert ratios(WAYS) == {"64 at once": {"accepted": 0.75, "decided": 0.25}}


def test_bars_are_as_tall_as_what_they_stand_for() -> None:
    found = bars(side_by_side("Ratios", ratios(WAYS)))
    tall = {words: float(bar.attrib["height"]) for words, bar in found.items()}
    assert tall["64 at once, accepted: 0.75"] == pytest.approx(3 * tall["64 at once, decided: 0.25"], rel=0.01)


def test_parts_lie_end_to_end_and_what_costs_nothing_is_left_out() -> None:
    found = bars(in_parts("CPU", {"one": {"a": 1.0, "b": 3.0, "c": 0.0}}))
    first, second = (found[words].attrib for words in ("one, a: 1.00", "one, b: 3.00"))
    assert float(second["x"]) == pytest.approx(float(first["x"]) + float(first["width"]), abs=0.2)
    assert float(second["width"]) == pytest.approx(3 * float(first["width"]), rel=0.01)
    assert not any("c:" in words for words in found)


def test_words_are_written_as_words() -> None:
    assert "a &lt; b" in side_by_side("a < b", {})


def test_a_picture_is_drawn_of_what_was_measured_only(tmp_path: Path) -> None:
    draw({"ways": {"measured": WAYS}}, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["cpu.svg", "ratios.svg"]
