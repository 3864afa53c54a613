"""A strike that misses ends no run; a fault that only ever missed is told."""

import random
from typing import Any, cast

from cli.rehearsal.journal import Journal
from tests.faults.nemesis.base import Nemesis, NotStruck, Skipped


async def hits(_: Nemesis) -> None:
    pass


async def misses(_: Nemesis) -> None:
    raise NotStruck("it lived through it")


async def skips(_: Nemesis) -> None:
    raise Skipped("it needs root")


async def test_what_hit_once_is_tested_and_what_never_did_is_not() -> None:
    nobody = cast("Any", None)
    nemesis = Nemesis(nobody, nobody, Journal(), random.Random(1))  # noqa: S311  a run can be played again
    for fault, strike in (("w1", misses), ("w1", hits), ("c3", hits), ("c3", misses), ("m2", misses), ("m2", skips)):
        await nemesis.strike(fault, strike)
    assert nemesis.untested == ["m2: it lived through it"]
