"""Foyer: gateway."""
