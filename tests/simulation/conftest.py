"""Runs by the thousand are played in silence."""

from collections.abc import Iterator

import pytest

from tests.simulation.world import many


@pytest.fixture(autouse=True, scope="package")
def _many() -> Iterator[None]:
    with many():
        yield
