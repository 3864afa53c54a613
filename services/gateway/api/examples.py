"""A body for each call that takes one, as somebody would send it; a test reads each as its owner does."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from services.gateway.api import asks, bodies

SOMEBODY, ANOTHER = "mzxw6ytboi3dqnzrgaydamjqgaytcmjq", "nbswy3dpeb3w64tmmqqho2lunbxxk5bq"
SLOT = "arnault-morisson-20211210T1040Z"
PERSON = {"name": "Ilkka Nykänen", "email": "ilkka@example.org", "country": "FI", "language": "en"}
SESSION = {
    "session": "opening",
    "part": "policy-event",
    "title": {"en": "Opening"},
    "starts": "2021-11-22T09:30",
    "ends": "2021-11-22T10:15",
    "room": "hemicycle",
}
SCAN = {
    "door": "policy-event-day-1",
    "scan_id": "6f1f9c0e-5a39-4f0e-9c55-0f6f3f3b7c11",
    "registration_id": SOMEBODY,
    "device": "north-1",
    "presented": {"id-document": True, "health": {"attested": "recovery"}},
}

OF: Mapping[type[BaseModel], Any] = {
    bodies.RegistrationRequest: {
        "attendee": PERSON,
        "delegation": "escp-4x-01",
        "membership_code": "RVG3-8KFE",
        "parts": [{"part": "policy-event", "mode": "in-person"}],
        "answers": {"diet": "vegetarian"},
        "consents": {"privacy": True},
    },
    bodies.ChangeRequest: {"parts": [{"part": "policy-event", "mode": "remote"}]},
    bodies.CancellationRequest: {"parts": ["partnering-event"], "reason": "Another meeting"},
    bodies.BookingRequest: {"slot_id": SLOT, "registration_id": SOMEBODY, "topic": "Funding for pilots"},
    bodies.HoldRequest: {"slot_id": SLOT, "registration_id": SOMEBODY},
    bodies.MoveRequest: {"slot_id": SLOT},
    bodies.NoShowRequest: {"who": "expert"},
    bodies.PreferenceRequest: {"working_groups": ["water", "energy"], "meet": [ANOTHER]},
    bodies.ProfileRequest: {"offers": ["Test beds"], "seeks": ["Partners for a pilot"], "topics": ["circular economy"]},
    bodies.MeetingRequest: {"with": ANOTHER},
    bodies.QuestionRequest: {"text": "When is the next call?"},
    bodies.VoteRequest: {},
    asks.GatheringDefinition: {
        "gathering": "spring-forum",
        "title": {"en": "Spring forum"},
        "timezone": "Europe/Paris",
        "parts": [
            {
                "part": "forum",
                "starts": "2022-03-21T09:00",
                "ends": "2022-03-21T17:00",
                "modes": {"in-person": {"capacity": 80}, "remote": {}},
            }
        ],
    },
    asks.InvitationRequest: {"invitations": [{"name": "Ada Lovelace", "email": "ada@example.org", "language": "en"}]},
    asks.SelectionRequest: {
        "part": "policy-event",
        "decisions": [{"registration_id": SOMEBODY, "outcome": "confirmed", "reason": None}],
    },
    asks.ProposalRequest: {"part": "policy-event"},
    asks.Waiver: {"part": "partnering-event", "reason": "Ill, and nobody to send instead"},
    asks.PartChange: {"move_to": "remote", "reason": "The building is closed"},
    asks.StaffRegistration: {
        "attendee": PERSON,
        "parts": [{"part": "policy-event", "mode": "in-person"}],
        "category": "speaker",
        "override": "Keynote",
    },
    asks.AccessLink: {"gathering": "clusters-green-digital-2021", "email": "ilkka@example.org"},
    asks.Announcement: {
        "to": {"part": "policy-event", "mode": "in-person", "status": "confirmed"},
        "subject": "A new entrance",
        "text": "It is on the north side.",
    },
    asks.FollowUp: {"title": "What comes next", "url": "https://example.org/article", "text": "Ten lessons."},
    asks.Draft: {"sessions": [SESSION]},
    asks.AgendaPublication: {"label": "official"},
    asks.BlockRequest: {"starts_at": "2021-12-10T11:40", "ends_at": "2021-12-10T12:00", "offer_elsewhere": True},
    asks.WalkInRequest: {"registration_id": SOMEBODY},
    asks.Override: {"slot_id": SLOT, "reason": "The train was late"},
    asks.Moderation: {"status": "answered"},
    asks.RoomsAsked: {"pins": [{"registration_id": SOMEBODY, "room": "water"}], "max_per_country": 3},
    asks.MeetingsAsked: {"max_per_person": 6},
    asks.ProposalPublication: {"leave_out": True},
    asks.ProposalChange: {"registration_id": SOMEBODY, "room": "energy", "preview": True},
    asks.Seated: {"room": "water"},
    asks.DoorCall: SCAN,
    asks.Upload: {"device": "north-1", "scans": [SCAN | {"scanned_at": "2021-11-22T08:31:00+01:00"}]},
}
