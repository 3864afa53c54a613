"""A thousand runs of two hundred steps. A failing one is played again by `python -m tests.simulation --seed N`."""

from collections import Counter

import pytest

from tests.simulation.found import FOUND
from tests.simulation.world import World, play

SEEDS, TOGETHER = 1000, 50

pytestmark = pytest.mark.no_cover  # a million steps: measuring them would double their time


@pytest.mark.parametrize("first", range(0, SEEDS, TOGETHER))
def test_every_promise_holds_whatever_the_seed_does(first: int) -> None:
    tried = Counter[str]()
    for seed in range(first, first + TOGETHER):
        told = play(seed)
        assert not told.broken, f"python -m tests.simulation --seed {seed}: {told.broken}"
        tried.update(told.counted)
    assert min(tried.values()) > 0, f"nothing was tried: {tried}"


@pytest.mark.parametrize("seed", FOUND)
def test_what_was_found_stays_mended(seed: int) -> None:
    assert play(seed).broken == [], FOUND[seed]


def test_a_seed_is_played_the_same_every_time() -> None:
    first, second = list[str](), list[str]()
    assert World(3, first.append).run() == World(3, second.append).run()
    assert first == second
