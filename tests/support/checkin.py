"""Checkin's fakes and makings: a store in memory, a gathering with doors, facts as registration says them."""

import copy
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.checkin.documents import (
    admission_from,
    admission_to,
    gathering_from,
    gathering_to,
    scan_key,
    ticket_from,
    ticket_to,
)
from services.checkin.domain import Admission, DoorList, Gathering, Scan, Ticket
from services.checkin.store import Commit, Said, Waiting
from shared.clock import Clock
from shared.errors import LostRace, Unavailable
from shared.messages.gathering import Definition
from shared.messages.registration import PartState, RegistrationConfirmed
from shared.people import Person

GATHERING = "clusters"
PART = "policy-event"
DOOR = "policy-event-day-1"
DEFINITION: dict[str, Any] = {
    "gathering": GATHERING,
    "title": "Clusters",
    "timezone": "Europe/Paris",
    "parts": [
        {
            "part": PART,
            "starts": "2021-11-22T09:00",
            "ends": "2021-11-23T12:30",
            "modes": {"in-person": {"capacity": 120}, "remote": {"join": {"url": "https://example.org/live"}}},
        },
        {
            "part": "site-visit",
            "starts": "2021-11-22T14:00",
            "ends": "2021-11-22T16:00",
            "modes": {"in-person": {"capacity": 25}},
        },
    ],
    "doors": [
        {
            "door": DOOR,
            "part": PART,
            "opens": "2021-11-22T08:00",
            "closes": "2021-11-22T18:30",
            "requires": [
                {"id": "id-document", "kind": "attested"},
                {"id": "mask", "kind": "reminder"},
                {"id": "health", "kind": "signed-credential", "format": "eu-dcc", "policy": "france"},
            ],
        },
        {"door": "policy-event-day-2", "part": PART, "opens": "2021-11-23T08:00", "closes": "2021-11-23T12:30"},
        {"door": "site-visit", "part": "site-visit", "opens": "2021-11-22T08:00"},
    ],
    "helpdesk": {
        "desks": [
            {
                "desk": "ada",
                "expert": "Ada",
                "opens": "2021-11-22T10:00",
                "closes": "2021-11-22T11:00",
                "slot_minutes": 10,
                "join": {"url": "https://example.org/ada"},
            }
        ]
    },
    "agenda": {
        "sessions": [
            {"session": "groups", "part": PART, "starts": "2021-11-22T11:00", "ends": "2021-11-22T12:00"},
        ]
    },
    "working_groups": {
        "session": "groups",
        "rooms": [{"room": "water", "title": "Water", "capacity": 9, "join": {"url": "https://example.org/water"}}],
    },
    "policies": {
        "france": {
            "valid": {"from": "2021-09-30", "until": "2021-11-29"},
            "trust_list": "trust/eu-dcc.json",
            "accept": {
                "vaccination": {"days_after_complete": 7},
                "recovery": {"from_day": 11, "to_day": 180},
                "test": {"max_age_hours": 72},
            },
        }
    },
}
OPEN_AT = datetime(2021, 11, 22, 8, 0, tzinfo=UTC)  # nine o'clock in Paris: the first door is open


def definition(**changes: Any) -> Definition:
    return Definition.model_validate(copy.deepcopy(DEFINITION) | changes)


def gathering() -> Gathering:
    return Gathering(1, definition().public())


def state(part: str = PART, mode: str = "in-person", status: str = "confirmed") -> PartState:
    return PartState(part=part, mode=mode, status=status)


def confirmed(registration_id: str = "r1", version: int = 1, *parts: PartState) -> RegistrationConfirmed:
    return RegistrationConfirmed(
        gathering_id=GATHERING,
        registration_id=registration_id,
        delegation="escp-4x-01",
        version=version,
        accepted_at=OPEN_AT,
        parts=parts or (state(),),
    )


def numbering(registration_id: str, before: int) -> str:
    """Any keyed function of the two would do; this one can be read."""
    return f"{registration_id}-{before}".encode().hex().ljust(32, "0")[:32]


class StandingClock(Clock):
    """Stands still until it is told to move on."""

    def __init__(self, at: datetime = OPEN_AT) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


class FakeStore:
    """Keeps in memory what `MongoStore` keeps, with the same refusals."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._gatherings: dict[str, dict[str, Any]] = {}
        self._read: dict[str, Gathering] = {}  # each version is parsed once, as there
        self._tickets: dict[str, dict[str, Any]] = {}
        self._scans: dict[str, dict[str, Any]] = {}
        self._waiting: dict[str, tuple[datetime, Waiting]] = {}
        self.said: list[Said] = []
        self.commits = 0
        self.away = False

    async def gatherings(self, ids: Collection[str]) -> dict[str, Gathering]:
        self._reach()
        for key in self._gatherings.keys() & ids:
            if key not in self._read or self._read[key].version != self._gatherings[key]["version"]:
                self._read[key] = gathering_from(self._gatherings[key])
        return {key: self._read[key] for key in ids if key in self._gatherings}

    async def tickets(self, registration_ids: Collection[str]) -> dict[str, Ticket]:
        self._reach()
        return {key: ticket_from(self._tickets[key]) for key in registration_ids if key in self._tickets}

    async def printed_tickets(self, gathering_id: str) -> list[Ticket]:
        self._reach()
        held = map(ticket_from, self._tickets.values())
        return [ticket for ticket in held if ticket.numbers and ticket.gathering_id == gathering_id]

    async def present(self, gathering_id: str) -> list[Ticket]:
        self._reach()
        held = map(ticket_from, self._tickets.values())
        return [one for one in held if one.attended and one.gathering_id == gathering_id]

    async def doors(self, gathering_id: str, scans: Collection[Scan]) -> DoorList:
        self._reach()
        numbers = {scan.number for scan in scans}
        people = {scan.registration_id for scan in scans}
        held = map(ticket_from, self._tickets.values())
        named = [one for one in held if one.registration_id in people or numbers & set(one.numbers)]
        keys = [scan_key(gathering_id, scan.scan_id) for scan in scans]
        answered = [admission_from(self._scans[key]) for key in keys if key in self._scans]
        return DoorList({one.registration_id: one for one in named}, {one.scan.scan_id: one for one in answered})

    async def waiting(self, overdue_since: datetime, limit: int) -> list[Waiting]:
        ready = [
            one
            for since, one in self._waiting.values()
            if one.gathering_id in self._gatherings or since < overdue_since
        ]
        return ready[:limit]

    async def admissions(self, gathering_id: str) -> AsyncIterator[Admission]:
        self._reach()
        for document in self._scans.values():
            if document["gathering_id"] == gathering_id:
                yield admission_from(document)

    async def admissions_of(self, registration_id: str) -> AsyncIterator[Admission]:
        self._reach()
        for document in self._scans.values():
            if document.get("registration_id") == registration_id:
                yield admission_from(document)

    async def attending(self, gathering_id: str) -> AsyncIterator[Ticket]:
        self._reach()
        for ticket in map(ticket_from, self._tickets.values()):
            if ticket.gathering_id == gathering_id and ticket.attended:
                yield ticket

    async def commit(self, commit: Commit) -> None:
        self._reach()
        self._check(commit)
        self.commits += 1
        for key, one in commit.gatherings.items():
            self._gatherings[key] = gathering_to(key, one)
        for before, after in commit.tickets:
            self._tickets[after.registration_id] = ticket_to(replace(after, revision=after.revision + 1))
            if after.erased and not before.erased:
                self._anonymise(after.registration_id)
        for admission in commit.admissions:
            document = admission_to(admission)
            self._scans[document["_id"]] = document
        for parked in commit.parked:
            self._waiting.setdefault(parked.id, (self._clock.wall(), parked))
        for released in commit.released:
            self._waiting.pop(released, None)
        self.said += commit.said

    def _check(self, commit: Commit) -> None:
        for key, one in commit.gatherings.items():
            if key in self._gatherings and self._gatherings[key]["version"] >= one.version:
                raise LostRace("duplicate key", duplicate=True)
        for before, after in commit.tickets:
            known = self._tickets.get(after.registration_id)
            if (known["revision"] if known else 0) != before.revision:
                raise LostRace("a ticket has changed")
        fresh = [admission_to(admission) for admission in commit.admissions]
        held = [*self._scans.values(), *fresh]
        passed = [
            (one["gathering_id"], one["door"], one["registration_id"])
            for one in held
            if one["outcome"] == "admitted" and "registration_id" in one
        ]
        if len({one["_id"] for one in held}) < len(held) or len(set(passed)) < len(passed):
            raise LostRace("duplicate key", duplicate=True)

    def _anonymise(self, registration_id: str) -> None:
        for document in self._scans.values():
            if document.get("registration_id") == registration_id:
                del document["registration_id"]
                document.pop("requirements", None)

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("the fake is away")


class FakePeople:
    """Registration as checkin asks it."""

    def __init__(self) -> None:
        self.names = {"r1": "Ada Lovelace"}
        self.whole: Definition | None = definition()
        self.away = False
        self.asked = 0

    async def get(self, registration_ids: list[str]) -> dict[str, Person]:
        self.asked += 1
        if self.away:
            raise Unavailable("registration does not answer")
        return {
            key: Person(name=self.names[key], email="ada@example.org", language="en", manage_token="-")
            for key in registration_ids
            if key in self.names
        }

    async def definition(self, gathering_id: str, version: int) -> Definition | None:  # noqa: ARG002
        if self.away:
            raise Unavailable("registration does not answer")
        return self.whole

    def forget(self, registration_id: str) -> None:
        self.names.pop(registration_id, None)


async def nameless(registration_id: str) -> str | None:  # noqa: ARG001
    """Nobody has a name here."""
    return None
