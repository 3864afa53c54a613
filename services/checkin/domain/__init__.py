"""Who holds a ticket, and who may pass a door, once: state, decisions and what they say. Pure; all time is given."""

from services.checkin.domain.door import (
    Admission,
    DoorList,
    Outcome,
    Refusal,
    Scan,
    ScanReusedError,
    Shown,
    decide,
    evolve,
)
from services.checkin.domain.holding import Gathering, Ticket, counts, erase, hear, join, tell

__all__ = [
    "Admission",
    "DoorList",
    "Gathering",
    "Outcome",
    "Refusal",
    "Scan",
    "ScanReusedError",
    "Shown",
    "Ticket",
    "counts",
    "decide",
    "erase",
    "evolve",
    "hear",
    "join",
    "tell",
]
