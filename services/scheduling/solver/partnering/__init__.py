"""Partnering: who meets whom, in which slot, at which table (`matching`), and how many could at best (`bounding`)."""
