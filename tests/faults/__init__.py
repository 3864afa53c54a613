"""Foyer under fire: faults on purpose, and a checker that knows nothing of the code."""
