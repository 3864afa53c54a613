"""Breaks things on purpose, one after the other, and writes down what it broke and when it was whole again."""

from collections.abc import Awaitable, Callable, Mapping

from tests.faults.nemesis import broker, clock, databases, mail, poison, processes
from tests.faults.nemesis.base import Nemesis

__all__ = ["AFTERWARDS", "STRIKES", "TIER_0", "TIER_1", "Nemesis"]

STRIKES: Mapping[str, Callable[[Nemesis], Awaitable[None]]] = {
    **processes.STRIKES,
    **databases.STRIKES,
    **broker.STRIKES,
    **mail.STRIKES,
    **clock.STRIKES,
    **poison.STRIKES,
}
AFTERWARDS = ("r1", "r2", "r3")  # told again once all is quiet

# once each, what hurts most first: the later ones strike what the earlier ones have left behind
TIER_0 = ("k2", "m1", "k1", "k3", "b4", "k4", "s1", "p2", "m2", "k2", "s3", "s2", "b1", "x1", "k5", "r1")
TIER_1 = (
    *("k1", "k2", "k2", "k2", "k2", "k2", "k3", "k3", "k4", "k4", "k4", "k5", "p1", "p2", "m1", "m2", "m3", "m4"),
    *("b1", "b2", "b4", "b5", "b8", "s1", "s2", "s3", "s4", "s5", "c1", "c3", "x1", "g1", "w1"),
)
