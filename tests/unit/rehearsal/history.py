"""How a small history is told, step by step: asked, answered, said on topics, written to people."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.rehearsal.brief import Brief, brief_of
from cli.rehearsal.evidence import REGISTRATION, SCHEDULING, Evidence, Invited, Mail, Record
from cli.rehearsal.journal import Exchange, Proof, Shown
from tests.unit.rehearsal.definition import DEFINITION, G

CHECKIN = "/services/checkin"
OCTOBER = datetime(2021, 10, 12, 8, 0, tzinfo=UTC)
SELECTION_DAY = datetime(2021, 11, 12, 9, 0, tzinfo=UTC)
DOOR_DAY = datetime(2021, 11, 22, 8, 0, tzinfo=UTC)
AFTERWARDS = datetime(2021, 11, 24, 9, 0, tzinfo=UTC)
CIRCLES = datetime(2021, 11, 22, 13, 0, tzinfo=UTC)
TABLE_TIME, LATER_TIME = datetime(2021, 11, 22, 14, 30, tzinfo=UTC), datetime(2021, 11, 22, 15, 0, tzinfo=UTC)
A_DAY = timedelta(hours=24)
OFFERED_AT = datetime(2021, 11, 15, 8, 0, tzinfo=UTC)
SLOT_1, SLOT_2 = datetime(2021, 11, 22, 10, 40, tzinfo=UTC), datetime(2021, 11, 22, 10, 50, tzinfo=UTC)
ADA, BEN, CLEO, DAN, EVE, XIA, YANN = (f"zq{letter * 9}" for letter in "abcdexy")


def address(canary: str) -> str:
    return f"{canary}@example.org"


def reg(canary: str) -> str:
    """The id of that person's registration, which must not tell who it is."""
    return f"reg-{canary[-1]}"


def slot_id(desk: str, starts_at: datetime) -> str:
    return f"{desk}-{starts_at:%Y%m%dT%H%MZ}"


def stamp(moment: datetime) -> str:
    return moment.isoformat()


@dataclass
class Story:
    """Tells a history: what was asked, what was answered, what the topics say, who was written to."""

    journal: list[Exchange] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    invited: dict[str, Invited] = field(default_factory=dict)
    obligations: list[dict[str, Any]] = field(default_factory=list)
    occupancy: dict[tuple[str, str, str], int] = field(default_factory=dict)
    free_slots: frozenset[tuple[str, datetime]] = frozenset()
    brief: Brief = field(default_factory=lambda: brief_of(DEFINITION))
    number: int = 0

    def evidence(self) -> Evidence:
        return Evidence(
            briefs={G: self.brief},
            journal=tuple(self.journal),
            records=tuple(self.records),
            mails=tuple(self.mails),
            exports={G: tuple(self.lines)},
            obligations={G: tuple(self.obligations)},
            occupancy=self.occupancy,
            free_slots={G: self.free_slots},
            invited=self.invited,
        )

    def next(self, what: str) -> str:
        self.number += 1
        return f"{what}-{self.number}"

    def asks(self, method: str, path: str, body: Any, status: int, answer: Any, at: datetime, **more: Any) -> Exchange:
        key = more.pop("key", None) or self.next("key")
        request = more.pop("request", None) or self.next("request")
        exchange = Exchange(
            request, "act", method, path, at, at, key=key, body=body, status=status, answer=answer, **more
        )
        self.journal.append(exchange)
        return exchange

    def submits(self, exchange: Exchange, topic: str, value: Mapping[str, Any], cause: str) -> Record:
        kind = {"registration-submitted": "registration-submitted", "slot-requested": "slot-requested"}[topic]
        headers = {"ce_type": f"foyer.{kind}", "ce_correlationid": exchange.id, "ce_source": "/services/gateway"}
        return self.says(topic, f"submissions/{cause}", value, cause, exchange.sent_at, id_=cause, **headers)

    def says(
        self, topic: str, subject: str, value: Mapping[str, Any], cause: str, at: datetime, **headers: str
    ) -> Record:
        sequence = 1 + sum(1 for one in self.records if one.headers["ce_source"] == headers["ce_source"])
        own = {
            "ce_id": headers.pop("id_", "") or str(uuid.uuid5(uuid.NAMESPACE_OID, f"{cause}{topic}{subject}")),
            "ce_type": f"foyer.{topic}",
            "ce_subject": subject,
            "ce_time": stamp(at),
            "ce_causationid": cause,
            "ce_sequence": str(sequence),
        }
        record = Record(topic, 0, len(self.records), G, own | headers, value)
        self.records.append(record)
        return record

    def registers(
        self,
        who: str,
        parts: Sequence[Mapping[str, str]],
        *,
        delegation: str | None = None,
        invitation: str | None = None,
        at: datetime = OCTOBER,
    ) -> str:
        """One person registers and is answered; the id is the person's."""
        registration_id, request = reg(who), self.next("request")
        cause = f"submission-{reg(who)}"
        wishes = [{"part": one["part"], "mode": one["mode"]} for one in parts]
        body = {
            "attendee": {"email": address(who)},
            "delegation": delegation,
            "invitation": invitation,
            "parts": wishes,
        }
        answer = {"id": registration_id, "accepted_at": stamp(at), "version": 1, "parts": list(parts), "receipt": "r"}
        path = f"/v1/gatherings/{G}/registrations"
        exchange = self.asks("POST", path, body, 201, answer, at, request=request, key=f"key-of-{who}")
        intake = {"registration_id": registration_id, "accepted_at": stamp(at)}
        self.submits(exchange, "registration-submitted", intake, cause)
        self.decides(registration_id, 1, parts, cause, at, delegation=delegation)
        return registration_id

    def hands_on(self, who: str, to: str, parts: Sequence[Mapping[str, str]], at: datetime = OCTOBER) -> None:
        """A colleague takes over, and both are told."""
        registration_id, cause = reg(who), self.next("submission")
        path = f"/v1/registrations/{registration_id}"
        answer = {"id": registration_id, "version": 2, "parts": list(parts)}
        exchange = self.asks("PATCH", path, {"attendee": {"email": address(to)}}, 200, answer, at)
        intake = {"registration_id": registration_id, "accepted_at": stamp(at)}
        record = self.submits(exchange, "registration-submitted", intake, cause)
        self.records[-1] = replace(record, headers={**record.headers, "ce_type": "foyer.change-submitted"})
        value = {"registration_id": registration_id, "version": 2, "delegation": "north", "parts": list(parts)}
        subject = f"registrations/{registration_id}@2"
        fact = value | {"substituted": True, "generation": 1}
        self.says("registration-changed", subject, fact, cause, at, ce_source=REGISTRATION)
        self.tells(registration_id, "substituted", cause, address(to))
        self.tells(registration_id, "handed-on", cause, address(who))

    def decides(
        self,
        registration_id: str,
        version: int,
        parts: Sequence[Mapping[str, str]],
        cause: str,
        at: datetime,
        delegation: str | None = None,
        topic: str = "registration-confirmed",
    ) -> Record:
        value = {"registration_id": registration_id, "version": version, "delegation": delegation, "parts": list(parts)}
        subject = f"registrations/{registration_id}@{version}"
        record = self.says(topic, subject, value, cause, at, ce_source=REGISTRATION)
        self.tells(registration_id, "confirmed", cause, address(f"zq{registration_id[-1] * 9}"))
        return record

    def tells(
        self,
        registration_id: str | None,
        template: str,
        cause: str,
        to: str,
        text: str = "",
        sent_at: datetime = OCTOBER,
    ) -> None:
        notification_id = self.next("notification")
        message_id = f"<{notification_id}@foyer>"
        line = {"kind": "notification", "id": notification_id, "registration_id": registration_id}
        line |= {"template": template, "cause_id": cause, "message_id": message_id, "status": "sent"}
        line["sent_at"] = stamp(sent_at)
        self.lines.append(line)
        self.mails.append(Mail((to,), message_id, "News", text or f"Dear {to}"))

    def books(self, who: str, desk: str, starts_at: datetime, at: datetime = OCTOBER) -> str:
        booking_id, cause = self.next("booking"), self.next("submission")
        value = {"booking_id": booking_id, "registration_id": reg(who), "desk": desk, "version": 1}
        value |= {"slot_id": slot_id(desk, starts_at), "starts_at": stamp(starts_at)}
        value |= {"ends_at": stamp(starts_at + timedelta(minutes=10))}
        path = f"/v1/gatherings/{G}/bookings"
        exchange = self.asks("POST", path, {"slot_id": value["slot_id"]}, 201, {"id": booking_id}, at)
        intake = {"registration_id": reg(who), "booking_id": booking_id, "accepted_at": stamp(at)}
        self.submits(exchange, "slot-requested", intake, cause)
        self.says("slot-booked", f"bookings/{booking_id}@1", value, cause, at, ce_source=SCHEDULING)
        self.tells(reg(who), "slot-booked", cause, address(who))
        self.tells(reg(who), "slot-booked-expert", cause, f"expert-{1 if desk == 'one' else 2}@example.org")
        if at < starts_at - A_DAY:
            self.tells(reg(who), "reminder", cause, address(who), sent_at=starts_at - A_DAY)
        return booking_id

    def offers(self, who: str, desk: str, starts_at: datetime, outcome: str | None, at: datetime = OFFERED_AT) -> str:
        """A slot is kept for somebody for half an hour, and how that ends."""
        offer_id, cause = self.next("offer"), self.next("freed")
        value = {"offer_id": offer_id, "registration_id": reg(who), "desk": desk, "slot_id": slot_id(desk, starts_at)}
        value |= {"starts_at": stamp(starts_at), "ends_at": stamp(starts_at + timedelta(minutes=10))}
        until = {"expires_at": stamp(at + timedelta(minutes=30)), "reason": "waiting-list"}
        self.says("slot-offered", f"offers/{offer_id}", value | until, cause, at, ce_source=SCHEDULING)
        self.tells(reg(who), "slot-offered", cause, address(who))
        if outcome is not None:
            ends, then = {"outcome": outcome}, at + timedelta(minutes=30)
            self.says("slot-offer-ended", f"offers/{offer_id}", value | ends, "the clock", then, ce_source=SCHEDULING)
        return offer_id

    def refuses(self, who: str, desk: str, starts_at: datetime, reason: str, at: datetime = OFFERED_AT) -> None:
        """Somebody asks for a slot in vain."""
        booking_id, cause = self.next("booking"), self.next("submission")
        value = {"booking_id": booking_id, "registration_id": reg(who), "slot_id": slot_id(desk, starts_at)}
        path = f"/v1/gatherings/{G}/bookings"
        exchange = self.asks("POST", path, {"slot_id": value["slot_id"]}, 409, {"status": 409}, at)
        intake = {"registration_id": reg(who), "booking_id": booking_id, "accepted_at": stamp(at)}
        self.submits(exchange, "slot-requested", intake, cause)
        value |= {"submission_id": cause, "reason": reason}
        self.says("slot-refused", f"submissions/{cause}", value, cause, at, ce_source=SCHEDULING)
        self.tells(reg(who), "slot-refused", cause, address(who))

    def holds(self, who: str, desk: str, starts_at: datetime, at: datetime) -> None:
        path, body = f"/v1/gatherings/{G}/holds", {"slot_id": slot_id(desk, starts_at), "registration_id": reg(who)}
        answer = {**body, "id": self.next("hold"), "expires_at": stamp(at + timedelta(minutes=5))}
        exchange = self.asks("POST", path, body, 201, answer, at)
        submission = self.next("submission")
        intake = {"registration_id": reg(who), "accepted_at": stamp(at)}
        record = self.submits(exchange, "slot-requested", intake, submission)
        self.records[-1] = replace(record, headers={**record.headers, "ce_type": "foyer.hold-requested"})

    def seats(self, who: str, room: str, at: datetime = SELECTION_DAY) -> str:
        """Somebody is given a room, is told of it, and the export shows it."""
        assignment_id, cause = f"assignment-{reg(who)}", self.next("dividing")
        value = {"assignment_id": assignment_id, "registration_id": reg(who), "session": "circles", "room": room}
        value |= {"starts_at": stamp(CIRCLES), "ends_at": stamp(CIRCLES + timedelta(hours=1)), "version": "1"}
        subject = f"assignments/{assignment_id}@1"
        self.says("room-assigned", subject, value, cause, at, ce_source=SCHEDULING)
        where = f"https://example.org/v1/join/{room}" if who == CLEO else f"The {room} room"
        self.tells(reg(who), "room-assigned", cause, address(who), where)
        self.lines.append({"kind": "assignment", "id": assignment_id, "room": room, "status": "scheduled"})
        return assignment_id

    def prefers(self, who: str, at: datetime = OCTOBER, **wishes: Sequence[str]) -> None:
        path = f"/v1/registrations/{reg(who)}/preferences"
        exchange = self.asks("PUT", path, wishes, 200, {"accepted_at": stamp(at)}, at)
        intake = {"registration_id": reg(who), "accepted_at": stamp(at)}
        record = self.submits(exchange, "slot-requested", intake, self.next("submission"))
        self.records[-1] = replace(record, headers={**record.headers, "ce_type": "foyer.preference-submitted"})

    def introduces(
        self, one: str, other: str, starts_at: datetime, table: int | None, topic: str = "meeting-scheduled"
    ) -> str:
        """Two are to meet, or it took place; both are told, and the export shows it."""
        meeting_id, cause = f"meeting-{reg(one)}-{reg(other)}", self.next("matching")
        value = {"meeting_id": meeting_id, "registration_ids": [reg(one), reg(other)], "part": "hall", "table": table}
        value |= {"starts_at": stamp(starts_at), "ends_at": stamp(starts_at + timedelta(minutes=20))}
        at = SELECTION_DAY if topic != "meeting-held" else starts_at
        version = 1 + sum(record.value.get("meeting_id") == meeting_id for record in self.records)
        self.says(topic, f"meetings/{meeting_id}@{version}", value, cause, at, ce_source=SCHEDULING)
        if topic == "meeting-scheduled":
            for who, met in ((one, other), (other, one)):
                where = (
                    f"Table {table} with {met}" if table is not None and who != CLEO else f"/v1/join/hall with {met}"
                )
                self.tells(reg(who), topic, cause, address(who), where)
                self.tells(reg(who), "reminder", cause, address(who), where, sent_at=starts_at - A_DAY)
            line = {"kind": "meeting", "id": meeting_id, "starts_at": stamp(starts_at), "status": "scheduled"}
            self.lines.append(line)
        return meeting_id

    def scans(self, who: str, shown: Shown, outcome: str, reason: str | None = None, at: datetime = DOOR_DAY) -> str:
        scan_id = self.next("scan")
        body = {"door": "front", "scan_id": scan_id}
        answer = {"outcome": outcome, "reason": reason, "first_admitted_at": None}
        for _ in range(2):  # sent again after a lost connection
            self.asks("POST", f"/v1/gatherings/{G}/check-ins", body, 200, answer, at, shown=shown)
        value: dict[str, Any] = {"registration_id": reg(who), "door": "front", "scan_id": scan_id}
        value["requirements"] = [{"requirement_id": "id-document"}, {"requirement_id": "health"}]
        if outcome == "admitted":
            value["admitted_at"] = stamp(at)
            attended = {"registration_id": reg(who), "part": "hall", "mode": "in-person"}
            self.says("attendance-recorded", f"attendance/{reg(who)}", attended, scan_id, at, ce_source=CHECKIN)
        else:
            value |= {"refused_at": stamp(at), "reason": reason}
        topic = "attendee-admitted" if outcome == "admitted" else "entry-refused"
        self.says(topic, f"admissions/{scan_id}", value, scan_id, at, ce_source=CHECKIN)
        return scan_id


def part(name: str, mode: str, status: str) -> dict[str, str]:
    return {"part": name, "mode": mode, "status": status}


def fresh_test(at: datetime = DOOR_DAY) -> Proof:
    return Proof("test", at - timedelta(hours=71))
