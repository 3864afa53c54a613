"""Foyer: shared."""
