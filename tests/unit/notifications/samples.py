"""One gathering, one person and one of every mail, for tests and for looking at."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.notifications.domain import (
    FOR_EXPERTS,
    Article,
    Content,
    DeskAccess,
    FormerTimes,
    News,
    Notification,
    Rescheduled,
    Template,
)
from services.notifications.mails.letter import Brief, Person
from services.notifications.mails.letters.frame import Stationery
from services.notifications.mails.links import Links
from services.notifications.mails.mailbox import Mailbox
from shared import secrets
from shared.messages.checkin import TicketIssued
from shared.messages.gathering import Definition
from shared.messages.registration import (
    AccessLinkRequested,
    InvitationIssued,
    PartState,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationPending,
    RegistrationWaitlisted,
)
from shared.messages.scheduling import (
    AgendaChange,
    AgendaChangeNoticed,
    AgendaPublished,
    MeetingCancelled,
    MeetingScheduled,
    RoomAssigned,
    RoomReleased,
    SlotBooked,
    SlotMoved,
    SlotOffered,
    SlotReleased,
)
from shared.tokens import Tokens

G = "clusters-2021"
R = "k7mq2v5x3n4p6r8t"
NOW = datetime(2021, 11, 8, 8, 0, tzinfo=UTC)
WALL = NOW + timedelta(days=1800)
SENDER = Mailbox("Foyer", "desk@foyer.example")
SLOT = datetime(2021, 12, 10, 10, 50, tzinfo=UTC)

DEFINITION = Definition.model_validate(
    {
        "gathering": G,
        "title": {
            "en": "Clusters driving the Green and Digital transitions",
            "fr": "Les clusters, moteurs des transitions verte et numérique",
        },
        "organisers": ["European Commission", "Île-de-France Regional Council"],
        "contact": {"name": "Event desk", "email": "desk@example.org"},
        "timezone": "Europe/Paris",
        "languages": ["en", "fr"],
        "venue": {"name": "Région Île-de-France", "place": "Saint-Ouen"},
        "delegations": {
            "label": {"en": "Partnership", "fr": "Partenariat"},
            "eligible": [{"id": "escp-4x-01", "name": "ESCP-4x Partnership 01", "coordinator": "c@example.org"}],
        },
        "parts": [
            {
                "part": "policy-event",
                "title": {"en": "Policy event", "fr": "Événement politique"},
                "starts": "2021-11-22T09:00",
                "ends": "2021-11-23T12:30",
                "modes": {
                    "in-person": {"capacity": 120, "entry": "selection", "if_not_selected": "remote"},
                    "remote": {"capacity": None, "join": {"url": "https://live.example.org/very-secret"}},
                },
            },
            {
                "part": "partnering-event",
                "title": {"en": "Partnering event", "fr": "Rencontres des partenariats"},
                "starts": "2021-11-23T14:00",
                "ends": "2021-11-23T17:30",
                "eligible": "delegations-only",
                "modes": {"in-person": {"capacity": 80, "entry": "selection"}},
            },
            {
                "part": "site-visit-1",
                "title": {"en": "Site visit: circular economy", "fr": "Visite : économie circulaire"},
                "starts": "2021-11-22T15:30",
                "ends": "2021-11-22T18:00",
                "meeting_point": {"en": "Main entrance", "fr": "Entrée principale"},
                "modes": {"in-person": {"capacity": 25}},
            },
        ],
        "doors": [
            {
                "door": "policy-event-day-1",
                "part": "policy-event",
                "opens": "2021-11-22T08:00",
                "closes": "2021-11-22T18:30",
                "requires": [
                    {"id": "id-document", "kind": "attested"},
                    {"id": "mask", "kind": "reminder"},
                    {"id": "health", "kind": "signed-credential", "format": "eu-dcc", "policy": "november"},
                ],
            },
            {
                "door": "policy-event-day-2",
                "part": "policy-event",
                "opens": "2021-11-23T08:00",
                "requires": [
                    {"id": "badge", "kind": "attested", "label": {"en": "your badge", "fr": "votre badge"}},
                    {"id": "known", "kind": "registration-fact"},
                ],
            },
        ],
        "policies": {"november": {"trust_list": "trust/eu-dcc.json", "accept": {"test": {"max_age_hours": 72}}}},
        "agenda": {
            "sessions": [
                {
                    "session": "opening",
                    "part": "policy-event",
                    "title": {"en": "Opening", "fr": "Ouverture"},
                    "starts": "2021-11-22T09:30",
                    "ends": "2021-11-22T10:15",
                }
            ]
        },
        "helpdesk": {
            "desks": [
                {
                    "desk": "arnault-morisson",
                    "expert": "Arnault Morisson",
                    "opens": "2021-12-10T11:40",
                    "closes": "2021-12-10T12:30",
                    "slot_minutes": 10,
                    "email": "expert@example.org",
                    "join": {"url": "https://meet.example.org/also-secret"},
                }
            ]
        },
    }
)

PEOPLE = {
    "en": Person("Zoë Ní Dhomhnaill", "zoe@example.org", "en", "eyJ0eXAi.eyJpZCI6.c2ln", "Cork Chamber"),
    "fr": Person("Émile Lefèvre", "emile@example.org", "fr", "eyJ0eXAi.eyJpZCI6.c2ln", "Cap Digital"),
}
EXPERT = Person("Arnault Morisson", "expert@example.org", "en")

HELD = {"registration_id": R, "gathering_id": G, "delegation": "escp-4x-01", "accepted_at": NOW}
BOOKED = {
    "gathering_id": G,
    "booking_id": "b42",
    "registration_id": R,
    "desk": "arnault-morisson",
    "slot_id": "arnault-morisson-3",
    "starts_at": SLOT,
    "ends_at": SLOT + timedelta(minutes=10),
}


def state(part: str, status: str, mode: str = "in-person", reason: str | None = None) -> PartState:
    return PartState(part=part, mode=mode, status=status, reason=reason)


def contents() -> Iterator[tuple[Template, Content]]:
    """One of every mail."""
    here = state("policy-event", "confirmed")
    there = state("policy-event", "confirmed", "remote", "not-selected")
    applied = state("partnering-event", "awaiting-selection")
    visit = state("site-visit-1", "waitlisted")
    yield Template.CONFIRMED, RegistrationConfirmed(**HELD, version=1, parts=(here, applied, visit))
    yield Template.WAITLISTED, RegistrationWaitlisted(**HELD, version=1, parts=(visit,))
    yield Template.AWAITING_SELECTION, RegistrationPending(**HELD, version=1, parts=(applied,))
    refused = (
        state("partnering-event", "declined", reason="delegation-quota-reached"),
        state("unheard-of", "declined", reason="unknown-part"),
        state("site-visit-1", "declined", reason="a reason of tomorrow"),
    )
    yield Template.DECLINED, RegistrationDeclined(**HELD, version=1, parts=refused)
    left = state("site-visit-1", "cancelled")
    yield Template.CHANGED, RegistrationChanged(**HELD, version=2, parts=(there, left))
    yield Template.SUBSTITUTED, RegistrationChanged(**HELD, version=2, parts=(here, left), substituted=True)
    yield Template.HANDED_ON, RegistrationChanged(**HELD, version=2, parts=(here,), substituted=True, generation=1)
    yield Template.CHANGE_REFUSED, RegistrationChanged(**HELD, version=2, parts=(here,), refused="part-full")
    yield Template.CANCELLED, RegistrationCancelled(**HELD, version=3, parts=(state("policy-event", "cancelled"), left))
    invited = InvitationIssued(gathering_id=G, invitation_id="i1", version=1, delegation="escp-4x-01", places=2)
    yield Template.INVITATION, invited
    doors = ("policy-event-day-1", "policy-event-day-2")
    yield Template.TICKET, TicketIssued(gathering_id=G, registration_id=R, version=1, doors=doors)
    yield Template.DESK_ACCESS, DeskAccess(desk="arnault-morisson")
    yield Template.ACCESS_LINK, AccessLinkRequested(gathering_id=G, registration_id=R, request_id="q1")
    booked = SlotBooked(**BOOKED, version=1)
    moved = SlotMoved(**BOOKED, version=2, previous_starts_at=SLOT - timedelta(minutes=20))
    released = SlotReleased(**BOOKED, version=3, reason="expert-blocked")
    yield Template.SLOT_BOOKED, booked
    yield Template.SLOT_BOOKED_EXPERT, booked
    yield Template.SLOT_MOVED, moved
    yield Template.SLOT_MOVED_EXPERT, moved
    yield Template.SLOT_RELEASED, released
    yield Template.SLOT_RELEASED_EXPERT, released
    offer = {key: value for key, value in BOOKED.items() if key != "booking_id"}
    yield Template.SLOT_OFFERED, SlotOffered(**offer, offer_id="o7", expires_at=SLOT - timedelta(hours=2))
    times = {"starts_at": SLOT, "ends_at": SLOT + timedelta(minutes=30)}
    seat = {"gathering_id": G, "assignment_id": "a1", "registration_id": R, "session": "opening", "room": "north"}
    yield Template.ROOM_ASSIGNED, RoomAssigned(**seat, **times, version=2, previous_room="south")
    yield Template.ROOM_RELEASED, RoomReleased(**seat, **times, version=3, reason="reassigned")
    two = {"gathering_id": G, "meeting_id": "m1", "registration_ids": (R, "other"), "part": "site-visit-1", **times}
    yield Template.MEETING_SCHEDULED, MeetingScheduled(**two, slot_id="s1", table=4, version=1)
    yield Template.MEETING_CANCELLED, MeetingCancelled(**two, slot_id="s1", version=2, reason="released", by="other")
    yield Template.REMINDER, booked
    yield Template.AGENDA_PUBLISHED, AgendaPublished(gathering_id=G, release=1, label="draft")
    changes = (
        AgendaChange(session="opening", change="moved"),
        AgendaChange(session="site-visits", change="added"),
        AgendaChange(session="opening", change="changed", room="salle-2"),
        AgendaChange(session="opening", change="a change of tomorrow"),
    )
    yield (
        Template.AGENDA_CHANGED,
        AgendaChangeNoticed(gathering_id=G, registration_id=R, release=2, changes=changes),
    )
    former = FormerTimes(part="site-visit-1", starts=NOW + timedelta(days=14), ends=NOW + timedelta(days=14, hours=2))
    yield Template.RESCHEDULED, Rescheduled(parts=(former,))
    text = "Dear all,\n\nthe entrance moved to the north side.\nA map: https://example.org/map\n\nSee you soon!"
    yield Template.ANNOUNCEMENT, News(subject="A new entrance", text=text)
    article = Article(
        title="What clusters can do next", url="https://example.org/article", text="Ten lessons from two days."
    )
    yield Template.FOLLOW_UP, article


def brief(template: Template, language: str = "en", content: Content | None = None) -> Brief:
    told = dict(contents())[template] if content is None else content
    invited = template is Template.INVITATION
    nobodys = template in {Template.INVITATION, Template.DESK_ACCESS}
    notification = Notification(
        id="2f1c6f0e-7d0b-5c7e-9a53-1b1b0a0c7f11",
        gathering_id=G,
        registration_id=None if nobodys else R,
        template=template,
        cause_id="cause",
        content=told,
        version=getattr(told, "version", 0),
    )
    person = PEOPLE[language]
    to = person
    if template in FOR_EXPERTS:
        to = replace(EXPERT, language=language)
    former = template is Template.HANDED_ON
    if invited or former:
        to = replace(person, manage_token=None)
    ticket = "FOYER1:MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43UOV3HO6DZPJAUEQ2EIVDEOSCJJJFUYTKOJ5IFCUSTKRKVMV2YLFNDA" * 2
    brief = Brief(notification, DEFINITION, to, person, ticket if template is Template.TICKET else None)
    return replace(brief, attendee=None, held=("policy-event",)) if former else brief


def stationery(directory: Path) -> Stationery:
    secrets.create(directory)
    links = Links("https://foyer.example", Tokens(directory))
    return Stationery(links, NOW, WALL, (SENDER.name, SENDER.email), SENDER.domain)
