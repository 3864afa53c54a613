"""The solvers as a service asks for them: each in a process of its own, which ends with the task that waits for it."""

import asyncio
import pickle
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from typing import cast

from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering
from services.scheduling.solver.refusing import Refusal
from services.scheduling.solver.watching import Progress

Tell = Callable[[Progress], None]


class SolverDied(Exception):
    """The worker ended without an answer (killed, out of memory); nothing is left behind, and it may be asked again."""


async def assign(
    people: Sequence[groups.Person], rooms: Sequence[groups.Room], rules: groups.Rules, tell: Tell | None = None
) -> groups.Assignment | Refusal:
    """`groups.assigning.assign` in a worker process; cancel the task to stop it."""
    return cast("groups.Assignment | Refusal", await _ask("groups", (tuple(people), tuple(rooms), rules), tell))


async def match(
    people: Sequence[partnering.Person],
    slots: Sequence[partnering.Slot],
    rules: partnering.Rules,
    locked: Sequence[partnering.Locked] = (),
    tell: Tell | None = None,
) -> partnering.Schedule | Refusal:
    """`partnering.matching.match` in a worker process; cancel the task to stop it."""
    question = (tuple(people), tuple(slots), rules, tuple(locked))
    return cast("partnering.Schedule | Refusal", await _ask("partnering", question, tell))


async def _ask(solver: str, question: object, tell: Tell | None) -> object:
    command = [sys.executable, "-m", "services.scheduling.solver.worker", solver]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    try:
        return await _converse(process, pickle.dumps(question), tell)
    except (asyncio.IncompleteReadError, BrokenPipeError, ConnectionResetError) as error:
        raise SolverDied(solver) from error
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _converse(process: Process, question: bytes, tell: Tell | None) -> object:
    """Hand over the question and listen until the answer comes."""
    if process.stdin is None or process.stdout is None:
        raise BrokenPipeError
    process.stdin.write(question)
    await process.stdin.drain()
    process.stdin.close()
    while True:
        length = int.from_bytes(await process.stdout.readexactly(4), "big")
        message = pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  -- from a process started here
        if not isinstance(message, Progress):
            return cast("object", message)
        if tell is not None:
            tell(message)
