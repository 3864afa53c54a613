"""The small gathering that the history is about."""

from typing import Any

G = "gathering"
DEFINITION: dict[str, Any] = {
    "gathering": G,
    "timezone": "Europe/Paris",
    "registration": {"opens": "2021-10-11T09:00"},
    "delegations": {"eligible": [{"id": "north"}, "south"]},
    "parts": [
        {
            "part": "hall",
            "starts": "2021-11-22T09:00",
            "ends": "2021-11-22T17:00",
            "obligation": 1,
            "modes": {
                "in-person": {
                    "capacity": 2,
                    "entry": "selection",
                    "invitation": "required",
                    "closes": "2021-11-12T00:00",
                    "places_per_delegation": 1,
                },
                "remote": None,
            },
        },
        *(
            {
                "part": visit,
                "starts": "2021-11-22T17:30",
                "ends": "2021-11-22T18:30",
                "excludes": ["visit-2"] if visit == "visit-1" else [],
                "modes": {"in-person": {"capacity": 5}},
            }
            for visit in ("visit-1", "visit-2")
        ),
    ],
    "doors": [
        {
            "door": "front",
            "part": "hall",
            "opens": "2021-11-22T08:00",
            "requires": [
                {"id": "id-document", "kind": "attested"},
                {"id": "mask", "kind": "reminder"},
                {"id": "health", "kind": "signed-credential", "policy": "france"},
            ],
        }
    ],
    "helpdesk": {
        "desks": [
            {
                "desk": desk,
                "opens": "2021-11-22T11:40",
                "closes": "2021-11-22T12:00",
                "slot_minutes": 10,
                "per_expert": 2,
                "email": email,
            }
            for desk, email in (("one", "expert-1@example.org"), ("two", "expert-2@example.org"))
        ]
    },
    "agenda": {
        "sessions": [
            {"session": "circles", "part": "hall", "starts": "2021-11-22T14:00", "ends": "2021-11-22T15:00"},
            {
                "session": "address",
                "part": "hall",
                "starts": "2021-11-22T09:00",
                "ends": "2021-11-22T10:00",
                "mandatory": True,
            },
        ]
    },
    "working_groups": {
        "session": "circles",
        "rooms": [
            {"room": room, "title": {"en": f"The {room} room"}, "capacity": size}
            for room, size in (("oak", 1), ("elm", 2))
        ],
    },
    "partnering": {"part": "hall", "tables": 1, "slot_minutes": 20, "break_minutes": 10},
    "policies": {
        "france": {
            "valid": {"from": "2021-09-30", "until": "2021-11-29"},
            "accept": {
                "vaccination": {"days_after_complete": 7},
                "recovery": {"from_day": 11, "to_day": 180},
                "test": {"max_age_hours": 72},
            },
        }
    },
}
