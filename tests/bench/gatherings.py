"""The gatherings that are measured: one for everybody, and those with a door and desks for guests."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
BEGINS = datetime(2021, 11, 22, 8, 30, tzinfo=ZONE)  # doors are open, and registration too
DAY = "2021-11-22T"
PART, DOOR = "hall", "front"
DESKS, SLOTS_A_DESK = 10, 54
GUESTS = DESKS * SLOTS_A_DESK  # of one gathering: one slot each
FIRST_SLOT = datetime(2021, 11, 22, 11, 0)  # noqa: DTZ001  the name of a slot holds UTC
PLENTY = 1_000_000


def gathering(name: str, **more: Any) -> dict[str, Any]:
    """Room for everybody, in person and online."""
    modes = {"in-person": {"capacity": PLENTY}, "remote": {}}
    return {
        "gathering": name,
        "title": "Bench",
        "timezone": ZONE.key,
        "consents": [{"id": "privacy", "text": "I agree.", "required": True}],
        "parts": [{"part": PART, "starts": DAY + "09:00", "ends": DAY + "23:00", "modes": modes}],
        **more,
    }


def with_desks(name: str) -> dict[str, Any]:
    """A door, and slots for as many as `GUESTS`."""
    door = {"door": DOOR, "part": PART, "opens": DAY + "08:00", "requires": [{"id": "id-document", "kind": "attested"}]}
    desks = [
        {
            "desk": f"desk{number}",
            "expert": f"Expert {number}",
            "email": f"expert-{number}@example.org",
            "part": PART,
            "opens": DAY + "12:00",
            "closes": DAY + "21:00",
            "slot_minutes": 10,
        }
        for number in range(DESKS)
    ]
    return gathering(name, doors=[door], helpdesk={"desks": desks})


def slots() -> Iterator[str]:
    """The ids of all slots of a gathering with desks."""
    for turn in range(SLOTS_A_DESK):
        at = FIRST_SLOT + turn * timedelta(minutes=10)
        yield from (f"desk{number}-{at:%Y%m%dT%H%MZ}" for number in range(DESKS))
