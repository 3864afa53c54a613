"""Foyer: registration."""
