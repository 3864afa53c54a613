"""Foyer: services."""
