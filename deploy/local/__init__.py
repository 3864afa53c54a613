"""Foyer on one machine without Docker: embedded servers, and the supervisor that keeps everything running."""
