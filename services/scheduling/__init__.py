"""Foyer: scheduling."""
