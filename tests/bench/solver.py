"""`python -m tests.bench.solver`: what the solvers reach, in CPU seconds and against first-come and the bound."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from services.scheduling.solver.groups.assigning import assign
from services.scheduling.solver.groups.model import Assignment
from services.scheduling.solver.groups.model import Rules as RoomRules
from services.scheduling.solver.partnering.matching import match
from services.scheduling.solver.partnering.model import Rules, Schedule
from tests.unit.scheduling.solver.building import crowd, fair, first_come

SEEDS = range(3)
PLENTY = 10_000  # tables
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Rooms:
    """One kind of working-group question, and how long it may take."""

    people: int
    rooms: int
    countries: int
    delegations: int
    rules: RoomRules
    seconds: float


@dataclass(frozen=True)
class Fair:
    """One kind of partnering question, how long it may take and how good it must be."""

    name: str
    people: int
    requests: int
    slots: int
    effort: int
    seconds: float
    over_first_come: float = 0
    of_bound: float = 0
    tables: int = PLENTY
    remote: float = 0.3
    busy: float = 1 / 3


ROOMS = (
    Rooms(600, 20, 27, 150, RoomRules(max_per_country=3), 2),
    Rooms(600, 20, 27, 150, RoomRules(max_per_country=3, max_per_delegation=1), 5),
    Rooms(600, 20, 27, 60, RoomRules(max_per_country=3, max_per_delegation=1), 5),
    Rooms(5_000, 100, 60, 600, RoomRules(max_per_country=3), 30),
    Rooms(5_000, 100, 60, 600, RoomRules(max_per_country=3, max_per_delegation=1), 30),
)
FAIRS = (
    Fair("quick", 300, 2_000, 12, 30, 1, over_first_come=1.15),
    Fair("thorough", 300, 2_000, 12, 1_000, 20, over_first_come=1.15, of_bound=0.97),
    Fair("60 tables, all in person", 300, 2_000, 12, 1_000, 20, tables=60, remote=0, busy=0),
    Fair("large", 2_000, 20_000, 12, 1_000, 60),
)


def timed(ask: Callable[[], Answer]) -> tuple[Answer, float]:
    """The answer and the CPU seconds it took."""
    started = time.process_time()
    answer = ask()
    return answer, time.process_time() - started


def rooms(table: Table, question: Rooms) -> bool:
    """Measure one kind of question over all seeds; true if all is as it must be."""
    answers = []
    for seed in SEEDS:
        asked = crowd(
            question.people, question.rooms, seed, countries=question.countries, delegations=question.delegations
        )
        answers.append(timed(partial(assign, *asked, question.rules)))
    slowest = max(seconds for _, seconds in answers)
    found = [answer for answer, _ in answers if isinstance(answer, Assignment)]
    is_proven = len(found) == len(answers) and all(answer.is_proven for answer in found)
    outside = " ".join(str(answer.figures.outside) for answer in found)
    nowhere = " ".join(str(answer.figures.people - answer.figures.placed) for answer in found)
    rule = f"≤ {question.rules.max_per_country} of a country"
    if question.rules.max_per_delegation is not None:
        rule += f", ≤ {question.rules.max_per_delegation} of {question.delegations} delegations"
    is_good = is_proven and slowest <= question.seconds
    table.add_row(
        f"{question.people}, {question.rooms} rooms",
        rule,
        f"{slowest:.2f} of {question.seconds:g}",
        outside,
        nowhere,
        "yes" if is_proven else "no",
        _mark(is_good=is_good),
    )
    return is_good


def meetings(table: Table, question: Fair) -> bool:
    """Measure one kind of question over all seeds; true if all is as it must be."""
    is_good = True
    for seed in SEEDS:
        people, slots, asked = fair(
            question.people,
            question.requests,
            question.slots,
            seed,
            tables=question.tables,
            remote=question.remote,
            busy=question.busy,
        )
        rules = Rules(effort=question.effort, wishes=question.people)
        answer, seconds = timed(partial(match, people, slots, rules))
        if not isinstance(answer, Schedule):
            raise TypeError(answer)
        met = first_come(people, slots, asked)
        before, figures = sum(met) // 2, answer.figures
        over, of_bound = figures.meetings / before, figures.meetings / figures.bound
        is_right = seconds <= question.seconds and over >= question.over_first_come and of_bound >= question.of_bound
        is_good &= is_right
        table.add_row(
            f"{question.people}, {question.requests} requests, {question.name}",
            f"{seconds:.2f} of {question.seconds:g}",
            f"{before}",
            f"{figures.meetings} ({over - 1:+.1%})",
            f"{figures.bound} ({of_bound:.1%})",
            f"{met.count(0)} → {figures.with_none}",
            f"{sum(count < 3 for count in met)} → {figures.under_three}",
            f"{sum(met) ** 2 / (len(met) * sum(count**2 for count in met)):.2f} → {figures.jain:.2f}",
            _mark(is_good=is_right),
        )
    return is_good


def _mark(*, is_good: bool) -> str:
    return "[green]ok[/]" if is_good else "[red]missed[/]"


def main() -> int:
    """Print both tables; 1 if a figure is missed."""
    console = Console()
    groups = Table(
        "people", "rules", "CPU s (slowest)", "outside wishes", "without a room", "proven", "", title="Working groups"
    )
    fairs = Table("people", "CPU s", "first-come", "meetings", "bound", "none", "< 3", "Jain", "", title="Partnering")
    is_good = [rooms(groups, question) for question in ROOMS]
    is_good += [meetings(fairs, question) for question in FAIRS]
    console.print(groups, fairs)
    return 0 if all(is_good) else 1


if __name__ == "__main__":
    raise SystemExit(main())
