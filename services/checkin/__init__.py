"""Foyer: checkin."""
