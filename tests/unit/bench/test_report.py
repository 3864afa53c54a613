"""Medians, and what must be reached."""

import pytest
from rich.console import Console

from tests.bench.growth import Grown, Sample, typical
from tests.bench.report import goals, show
from tests.bench.ways import Measured, median, percentile


def measured(way: str, concurrency: int, per_second: float, p50_ms: float = 5, p99_ms: float = 50) -> Measured:
    cpu = {"gateway": 1000 / per_second, "mongod": 0.25}
    return Measured(way, concurrency, per_second, p50_ms, p99_ms, 1000, 1, 0.5, cpu)


def test_one_slow_round_does_not_move_the_median_and_nothing_unexpected_is_lost() -> None:
    middle = median([measured("decided", 64, rate) for rate in (2000.0, 100.0, 2100.0)])
    assert middle.per_second == 2000
    assert middle.unexpected == 3
    assert middle.cpu_ms["gateway"] == pytest.approx(0.5)


def test_a_percentile_is_a_value_that_was_seen() -> None:
    values = [float(number) for number in range(100, 0, -1)]
    assert (percentile(values, 50), percentile(values, 99), percentile([7.0], 99)) == (50, 99, 7)


def test_ratios_are_taken_at_the_same_concurrency() -> None:
    ways = [
        measured("echo", 64, 4000),
        measured("decided", 64, 2000),
        measured("echo", 256, 5000),
        measured("decided", 256, 2000),
    ]
    found = {goal.name: goal for goal in goals(ways, {})}
    assert found["decided ÷ echo at 64"].found == 0.5
    assert found["decided ÷ echo at 64"].is_met
    assert found["decided ÷ echo at 256"].found == 0.4
    assert not found["decided ÷ echo at 256"].is_met


def test_a_limit_on_time_is_met_below_it() -> None:
    fast, slow = measured("scanned", 1, 100, p50_ms=8), measured("scanned", 1, 100, p50_ms=8.1)
    assert [goal.is_met for one in (fast, slow) for goal in goals([one], {})] == [True, False]


def test_whoever_takes_too_much_while_nobody_is_there_is_named() -> None:
    figures = {"busiest service": 1.6, "all": 11.0, "services": 451.0, "kafka": 399.0}
    found = goals([], {"nobody": Grown("", [], figures)})
    assert [goal.is_met for goal in found] == [False, True, False, True]


def test_a_smaller_backlog_has_the_smaller_time() -> None:
    grown = Grown("", [], {"queued": 50_000, "decided": 31.0})
    (goal,) = goals([], {"backlog": grown})
    assert goal.limit == 30
    assert not goal.is_met


def test_growth_is_measured_by_what_registration_and_its_database_do() -> None:
    sample = typical(
        [Sample("there", 1000, 20, {"registration": cpu, "mongod": 0.1, "gateway": 9}) for cpu in (1, 2, 8)]
    )
    assert sample.paid_ms == pytest.approx(2.1)


def test_everything_that_was_measured_stands_in_the_tables() -> None:
    console = Console(width=150, record=True)
    ways = [measured("echo", 64, 4000), measured("decided, bare", 64, 3200), measured("decided", 64, 2000)]
    grown = Grown(
        "Gatherings", [Sample("1 gathering", 1234, 20, {"registration": 1.5})], {"rate": 0.75}, {"1": {"gateway": 77}}
    )
    show(console, ways, {"gatherings": grown})
    text = console.export_text()
    for words in ("4,000", "0.50", "0.62", "decided at 64", "1,234", "rate 0.75", "77.00", "met"):
        assert words in text
