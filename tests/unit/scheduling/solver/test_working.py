"""The solvers in their worker process: same answers, progress on the way, nothing left when the task is cancelled."""

import asyncio
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from services.scheduling.solver import working
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.groups.assigning import assign
from services.scheduling.solver.partnering import model as partnering
from services.scheduling.solver.partnering.matching import match
from services.scheduling.solver.watching import Progress
from tests.unit.scheduling.solver.building import crowd, fair


async def test_a_worker_answers_what_the_solver_answers() -> None:
    people, rooms = crowd(100, 6, 1)
    told: list[Progress] = []
    assert await working.assign(people, rooms, groups.Rules(5), told.append) == assign(people, rooms, groups.Rules(5))
    assert told
    guests, slots, _ = fair(40, 150, 4, 1, tables=5)
    assert await working.match(guests, slots, partnering.Rules()) == match(guests, slots, partnering.Rules())


def children() -> set[str]:
    """The processes that this one has, by the threads that it has: one of those may end while it is asked."""
    found = set[str]()
    for thread in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):
            found |= {*(thread / "children").read_text().split()}
    return found


async def test_a_cancelled_task_takes_its_worker_along() -> None:
    guests, slots, _ = fair(300, 2_000, 12, 1, tables=60)
    begun, before = asyncio.Event(), children()
    task = asyncio.create_task(working.match(guests, slots, partnering.Rules(), tell=lambda _: begun.set()))
    await begun.wait()
    assert len(children() - before) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() == before


async def test_a_worker_that_dies_is_reported() -> None:
    with pytest.raises(working.SolverDied):
        await working.match([], [], None)  # type: ignore[arg-type]


def test_asking_a_worker_loads_no_solver() -> None:
    program = "import sys, services.scheduling.solver.working; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
