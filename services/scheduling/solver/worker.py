"""The worker process: one question in, progress and one answer out; `working` starts it and speaks with it."""

import os
import pickle
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from services.scheduling.solver.watching import Progress, Watch

COURTESY = 10  # niceness: bookings come first


def main() -> int:
    """Solve what stands on the input; an answer that nobody waits for any more is dropped."""
    os.nice(COURTESY)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever a library prints must not stand among the answers
        try:
            question = pickle.load(sys.stdin.buffer)  # noqa: S301  -- from the process that started this one
            _send(out, _solve(sys.argv[1], question, lambda told: _send(out, told)))
        except BrokenPipeError:
            return 1
    return 0


def _solve(solver: str, question: tuple[Any, ...], tell: Callable[[Progress], None]) -> object:
    """The solvers are imported here, for here is the only process that they may weigh down."""
    if solver == "groups":
        from services.scheduling.solver.groups.assigning import assign  # noqa: PLC0415

        people, rooms, room_rules = question
        return assign(people, rooms, room_rules, Watch(tell))
    from services.scheduling.solver.partnering.matching import match  # noqa: PLC0415

    guests, slots, rules, locked = question
    return match(guests, slots, rules, locked, Watch(tell))


def _send(out: BinaryIO, message: object) -> None:
    packed = pickle.dumps(message)
    out.write(len(packed).to_bytes(4, "big") + packed)
    out.flush()


if __name__ == "__main__":
    raise SystemExit(main())
