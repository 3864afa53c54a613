"""Foyer: notifications."""
