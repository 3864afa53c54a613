"""What is attended in the simulation: few places, many rules, everything wanted by everybody."""

import copy
from datetime import UTC, datetime
from typing import Any

from shared.messages.gathering import Definition

DELEGATIONS = ("d1", "d2", "d3")
CODES = {one: f"code-{one}" for one in DELEGATIONS}  # as the store's fake has them
RELEASE_AT = datetime(2021, 11, 12, tzinfo=UTC)
CLOSES = datetime(2021, 11, 15, tzinfo=UTC)
DESKS_OPEN = datetime(2021, 11, 22, 10, tzinfo=UTC)
DOORS_OPEN = datetime(2021, 11, 22, 8, tzinfo=UTC)
OPENS = datetime(2021, 11, 1, 9, tzinfo=UTC)
TALK, SEMINAR, VISIT, LUNCH, DINNER = "talk", "seminar", "visit", "lunch", "dinner"
DOOR, SECOND_DOOR = "front", "side"


def _part(name: str, hours: tuple[str, str], modes: dict[str, Any], **also: Any) -> dict[str, Any]:
    return {"part": name, "starts": f"2021-11-22T{hours[0]}", "ends": f"2021-11-22T{hours[1]}", "modes": modes} | also


def _desk(name: str, expert: str, **also: Any) -> dict[str, Any]:
    hours = {"opens": "2021-11-22T10:00", "closes": "2021-11-22T10:20", "slot_minutes": 10, "per_person": 1}
    return {"desk": name, "expert": expert, "offer_minutes": 10} | hours | also


WHOLE: dict[str, Any] = {
    "gathering": "whole",
    "title": "Everything at once",
    "timezone": "UTC",
    "registration": {"opens": "2021-11-01T09:00"},
    "consents": [{"id": "privacy", "text": "Yes", "required": True}],
    "delegations": {"membership": "code", "eligible": list(DELEGATIONS)},
    "parts": [
        _part(
            TALK,
            ("08:00", "18:00"),
            {
                "in-person": {
                    "capacity": 4,
                    "closes": "2021-11-15T00:00",
                    "places_per_delegation": {"max": 2, "reserved": 1, "release_at": "2021-11-12T00:00"},
                },
                "remote": {"capacity": 3},
            },
        ),
        _part(
            SEMINAR,
            ("09:00", "12:00"),
            {
                "in-person": {
                    "capacity": 2,
                    "entry": "selection",
                    "if_not_selected": "remote",
                    "places_per_delegation": 1,
                },
                "remote": {"capacity": 2, "waiting_list": False},
            },
        ),
        _part(VISIT, ("13:00", "14:00"), {"in-person": {"capacity": 1}}, needs={"part": SEMINAR}, excludes=[LUNCH]),
        _part(LUNCH, ("13:00", "14:00"), {"in-person": {"capacity": 2}}, needs={"part": TALK, "mode": "in-person"}),
        _part(DINNER, ("18:00", "20:00"), {"in-person": {"capacity": 2, "invitation": "required"}}),
    ],
    "doors": [
        {"door": DOOR, "part": TALK, "opens": "2021-11-22T08:00", "closes": "2021-11-22T17:00"},
        {"door": SECOND_DOOR, "part": SEMINAR, "opens": "2021-11-22T08:00", "closes": "2021-11-22T17:00"},
    ],
    "agenda": {
        "sessions": [
            {"session": "opening", "part": TALK, "starts": "2021-11-22T09:00", "ends": "2021-11-22T09:30"},
        ]
    },
    "helpdesk": {
        "desks": [
            _desk("ann", "Ann", closes="2021-11-22T10:30", per_expert=2),
            _desk("ann-too", "Ann", opens="2021-11-22T10:05", closes="2021-11-22T10:35", per_expert=1),
            _desk("bob", "Bob", per_slot=2, per_expert=3),
        ]
    },
}
SMALL: dict[str, Any] = {
    "gathering": "short",
    "title": "One room",
    "timezone": "Europe/Paris",
    "parts": [_part(TALK, ("09:00", "12:00"), {"in-person": {"capacity": 2}})],
    "doors": [{"door": DOOR, "part": TALK, "opens": "2021-11-22T08:00"}],
    "helpdesk": {"desks": [_desk("cyd", "Cyd")]},
}
WRITTEN = {one["gathering"]: one for one in (WHOLE, SMALL)}
DEFINITIONS = {name: Definition.model_validate(copy.deepcopy(one)) for name, one in WRITTEN.items()}
MILESTONES = (RELEASE_AT, CLOSES, DOORS_OPEN, DESKS_OPEN, datetime(2021, 11, 22, 10, 12, tzinfo=UTC))


def wishes(name: str) -> list[tuple[str, str]]:
    return [(part.part, mode.value) for part in DEFINITIONS[name].parts for mode in part.modes]


def slots(name: str) -> list[str]:
    return SLOTS[name]


SLOTS = {
    name: [f"{desk.desk}-{starts:%Y%m%dT%H%MZ}" for desk in one.helpdesk.desks for starts, _ in desk.slots()]
    for name, one in DEFINITIONS.items()
}
