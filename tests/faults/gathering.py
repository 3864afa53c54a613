"""The gatherings under fire: one pool of 40 places, six delegations, eight slots, a selection, a deadline, a door."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Paris")
BEGINS = datetime(2021, 11, 22, 8, 30, tzinfo=ZONE)  # the door is open, and registration too
DEADLINE = datetime(2021, 11, 22, 12, 0, tzinfo=ZONE)  # of the breakfast; the clock is made to jump to it
HOT, MILD = "fire-hot", "fire-mild"
GATHERINGS = (HOT, MILD)
DELEGATIONS = tuple(f"team-{number}" for number in range(1, 7))
HALL, WORKSHOP, BREAKFAST = "hall", "workshop", "breakfast"
DOOR = "front"


def definition(gathering: str) -> dict[str, Any]:
    """All of it stands on one day, so that everything can be asked for at once."""
    day = "2021-11-22T"
    return {
        "gathering": gathering,
        "title": {"en": "A gathering under fire"},
        "timezone": "Europe/Paris",
        "registration": {"opens": "2021-11-01T09:00"},
        "delegations": {"label": "Team", "eligible": list(DELEGATIONS)},
        "consents": [{"id": "privacy", "text": "I agree.", "required": True}],
        "parts": [
            {
                "part": HALL,
                "starts": day + "09:00",
                "ends": day + "23:00",
                "modes": {
                    "in-person": {"capacity": 40, "places_per_delegation": 5},
                    "remote": {"join": {"url": "https://example.org/live"}},
                },
            },
            {
                "part": WORKSHOP,
                "starts": day + "14:00",
                "ends": day + "23:30",
                "obligation": 1,
                "modes": {"in-person": {"capacity": 12, "entry": "selection", "places_per_delegation": 2}},
            },
            {
                "part": BREAKFAST,
                "starts": day + "13:00",
                "ends": day + "23:30",
                "modes": {"in-person": {"capacity": 500, "closes": DEADLINE.strftime("%Y-%m-%dT%H:%M")}},
            },
        ],
        "doors": [_door()],
        "helpdesk": {"desks": [_desk("one"), _desk("two")]},
        "policies": {"france": _policy()},
    }


def _door() -> dict[str, Any]:
    return {
        "door": DOOR,
        "part": HALL,
        "opens": "2021-11-22T08:00",
        "requires": [
            {"id": "id-document", "kind": "attested"},
            {"id": "health", "kind": "signed-credential", "format": "eu-dcc", "policy": "france"},
        ],
    }


def _desk(name: str) -> dict[str, Any]:
    return {
        "desk": name,
        "expert": f"Expert {name}",
        "email": f"expert-{name}@example.org",
        "part": HALL,
        "opens": "2021-11-22T20:00",
        "closes": "2021-11-22T20:40",
        "slot_minutes": 10,
        "per_person": 1,
    }


def _policy() -> dict[str, Any]:
    return {
        "valid": {"from": "2021-09-30", "until": "2021-11-29"},
        "trust_list": "trust/eu-dcc.json",
        "accept": {
            "vaccination": {
                "days_after_complete": 7,
                "products": ["EU/1/20/1528", "EU/1/20/1507", "EU/1/20/1529", "EU/1/20/1525"],
                "days_after_complete_by_product": {"EU/1/20/1525": 28},
            },
            "recovery": {"from_day": 11, "to_day": 180},
            "test": {"max_age_hours": 72},
        },
    }


def slots() -> list[str]:
    """The eight slots, as the gateway names them."""
    first = datetime(2021, 11, 22, 19, 0)  # noqa: DTZ001  the name holds UTC
    times = [first + number * timedelta(minutes=10) for number in range(4)]
    return [f"{desk}-{at:%Y%m%dT%H%MZ}" for desk in ("one", "two") for at in times]
