"""Defects as they would look from outside, each bending one thing of a good history."""

from tests.unit.faults.bends import decided, sent, told
from tests.unit.faults.bends.registry import BENT, Bend

__all__ = ["BENT", "Bend", "decided", "sent", "told"]
