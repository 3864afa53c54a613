"""The tables: ratios, CPU by process, growth, and what of it must be reached."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.bench.growth import Grown
from tests.bench.ways import ACCEPTED, BARE, DECIDED, ECHO, SCANNED, Measured

MOST = 1.2  # times the cost at 1,000 people
MOST_MEMORY = 20  # MiB more
PROCESSES = (
    "echo",
    "bare",
    "bare-owner",
    "gateway",
    "registration",
    "scheduling",
    "checkin",
    "mongod",
    "kafka",
    "notifications",
    "mail",
)
MAILING = ("notifications", "mail")
BACKLOG, BACKLOG_WITHIN = 100_000, 60


@dataclass(frozen=True)
class Goal:
    """One figure that must be reached."""

    name: str
    found: float
    limit: float
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        return self.found >= self.limit if self.at_least else self.found <= self.limit


def goals(ways: Sequence[Measured], grown: Mapping[str, Grown]) -> list[Goal]:
    """Of what was measured in this run, what has a limit."""
    at = {(one.way, one.concurrency): one for one in ways}
    found = []
    for way, concurrency, limit in (
        (ACCEPTED, 64, 0.65),
        (DECIDED, 64, 0.35),
        (DECIDED, 256, 0.45),
        (SCANNED, 64, 0.20),
    ):
        if (way, concurrency) in at:
            ratio = at[way, concurrency].per_second / at[ECHO, concurrency].per_second
            found.append(Goal(f"{way} ÷ echo at {concurrency}", ratio, limit, at_least=True))
    if (DECIDED, 64) in at:
        found.append(Goal("decided, p99 at 64, ms", at[DECIDED, 64].p99_ms, 120))
    for way, limit in ((DECIDED, 10), (SCANNED, 8)):
        if (way, 1) in at:
            found.append(Goal(f"{way}, p50 at 1, ms", at[way, 1].p50_ms, limit))
    if "nobody" in grown:
        figures = grown["nobody"].figures
        found += [
            Goal("nobody there: busiest service, % of a core", figures["busiest service"], 1.5),
            Goal("nobody there: all of it, % of a core", figures["all"], 11),
            Goal("nobody there: the five services, MB", figures["services"], 450),
            Goal("nobody there: Kafka, MB", figures["kafka"], 400),
        ]
    if "people" in grown:
        found.append(
            Goal("CPU of a registration in the full gathering ÷ in one of 1,000", grown["people"].figures["cost"], MOST)
        )
        found.append(
            Goal("memory that a service grew by meanwhile, MiB", grown["people"].figures["memory"], MOST_MEMORY)
        )
    if "backlog" in grown:
        figures = grown["backlog"].figures
        found.append(
            Goal(
                f"{figures['queued']:,.0f} waiting, decided after, s",
                figures["decided"],
                BACKLOG_WITHIN * figures["queued"] / BACKLOG,
            )
        )
    return found


def show(console: Console, ways: Sequence[Measured], grown: Mapping[str, Grown]) -> None:
    if ways:
        console.print(
            _ratios(ways),
            _costs(
                "CPU, ms a request, until all of it was handled",
                {f"{one.way} at {one.concurrency}": one.cpu_ms for one in ways},
            ),
        )
    for one in grown.values():
        _show_growth(console, one)
    table = Table("", "found", "limit", "", title="What must be reached")
    for goal in goals(ways, grown):
        sign = "≥" if goal.at_least else "≤"
        table.add_row(
            goal.name,
            f"{goal.found:.2f}",
            f"{sign} {goal.limit:g}",
            "[green]met[/]" if goal.is_met else "[red]missed[/]",
        )
    if table.row_count:
        console.print(table)


def _ratios(ways: Sequence[Measured]) -> Table:
    table = Table(title="Driven by wrk; everything on this machine; medians of the rounds")
    for column in ("way", "at once", "per second", "÷ echo", "÷ bare", "p50 ms", "p99 ms", "drained, s"):
        table.add_column(column, justify="left" if column == "way" else "right")
    rates = {(one.way, one.concurrency): one.per_second for one in ways}
    for one in ways:
        ratio = one.per_second / rates[ECHO, one.concurrency]
        bare = rates.get((BARE.get(one.way, ""), one.concurrency))
        to_bare = "" if bare is None else f"{one.per_second / bare:.2f}"
        cells = (f"{one.per_second:,.0f}", f"{ratio:.2f}", to_bare, f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}")
        table.add_row(
            one.way, str(one.concurrency), *cells, f"{one.drained_seconds:.1f}", end_section=one is last_of(ways, one)
        )
    return table


def last_of(ways: Sequence[Measured], one: Measured) -> Measured:
    return [other for other in ways if other.concurrency == one.concurrency][-1]


def _costs(title: str, rows: Mapping[str, Mapping[str, float]]) -> Table:
    """By process; those that send mails give way to all others, so the sum is given without them too."""
    there = {name for row in rows.values() for name in row}
    names = [name for name in PROCESSES if name in there] + sorted(there - set(PROCESSES))
    table = Table(title=title)
    table.add_column("")
    for name in (*names, "all", "without mails"):
        table.add_column(name, justify="right")
    for label, row in rows.items():
        mails = sum(row.get(name, 0) for name in MAILING)
        cells = [*(row.get(name, 0) for name in names), sum(row.values()), sum(row.values()) - mails]
        table.add_row(label, *(f"{one:.2f}" for one in cells))
    return table


def _show_growth(console: Console, grown: Grown) -> None:
    if grown.samples:
        table = Table("", "per second", "p99 ms", title=grown.title)
        for one in grown.samples:
            table.add_row(one.there, f"{one.per_second:,.0f}", f"{one.p99_ms:.1f}")
        console.print(
            table, _costs(f"{grown.title}: CPU, ms a registration", {one.there: one.cpu_ms for one in grown.samples})
        )
    if grown.taken:
        console.print(_costs(f"{grown.title}: by process", grown.taken))
    console.print(f"{grown.title}: " + ", ".join(f"{name} {value:,.2f}" for name, value in grown.figures.items()))
