"""`python -m tests.simulation --seeds 10000`: many runs, or one again with its trace."""

import argparse
import sys
import time
from collections import Counter

from tests.simulation.world import STEPS, many, play


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    options.add_argument("--seeds", type=int, default=1000, help="how many")
    options.add_argument("--first", type=int, default=0, help="the first of them")
    options.add_argument("--seed", type=int, help="one, with its trace")
    options.add_argument("--steps", type=int, default=STEPS)
    asked = options.parse_args()
    if asked.seed is not None:
        with many():
            told = play(asked.seed, asked.steps, _say)
        _say("\n".join([*(told.broken or ["holds"]), str(told.counted)]))
        return bool(told.broken)
    with many():
        return _played(range(asked.first, asked.first + asked.seeds), asked.steps)


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _played(seeds: range, steps: int) -> int:
    began, broken, counted = time.process_time(), 0, Counter[str]()
    for seed in seeds:
        told = play(seed, steps)
        counted.update(told.counted)
        if told.broken:
            broken += 1
            _say(f"seed {seed}: {told.broken[0]}")
    _say(f"{len(seeds)} seeds, {broken} broken, {time.process_time() - began:.0f} s; {dict(counted)}")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
