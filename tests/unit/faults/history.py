"""A run in which everything held, put together from the rehearsal's good history; tests bend one thing of it each."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.rehearsal.checks.diary import DESK, held_at_the_end
from cli.rehearsal.checks.fold import final
from cli.rehearsal.evidence import REGISTRATION, Evidence, Record
from cli.rehearsal.journal import Shown
from tests.faults.checker.case import Case, Copy, Erased, Fault, Poison, Recovery, Replay
from tests.faults.checker.door import ALREADY, CONFLICT
from tests.faults.checker.ordering import PER_GATHERING
from tests.faults.sink import Delivery
from tests.unit.rehearsal.definition import G as GATHERING
from tests.unit.rehearsal.good import told
from tests.unit.rehearsal.history import (
    ADA,
    AFTERWARDS,
    BEN,
    CHECKIN,
    DOOR_DAY,
    OCTOBER,
    Story,
    address,
    fresh_test,
    part,
    reg,
    stamp,
)

FAY = "zqfffffffff"
NOTIFICATIONS = "/services/notifications"
LATER = datetime(2021, 11, 25, 9, 0, tzinfo=UTC)
POISON = b"{{"
CERTIFICATE = "HC1:" + "6BFOXN1A2B3C4D5E" * 12
Line = dict[str, Any]


@dataclass
class History:
    """Everything a checker reads, still open to change."""

    story: Story
    deliveries: list[Delivery] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    untested: list[str] = field(default_factory=list)
    replays: list[Replay] = field(default_factory=list)
    shelves: dict[str, bytes] = field(default_factory=dict)
    letters: list[Copy] = field(default_factory=list)
    erased: list[Erased] = field(default_factory=list)
    availability: list[Line] = field(default_factory=list)
    recovery: Recovery = field(default_factory=lambda: Recovery(4.0, {("checkin", "t", 0): 0}, {"checkin": 200}))
    copies: list[Copy] | None = None  # where the bytes themselves were bent
    poison: list[Poison] = field(default_factory=lambda: [Poison("not JSON", ("ticket-issued", 0, 900), POISON)])
    required: list[str] = field(default_factory=list)
    uploaded: dict[str, Shown] = field(default_factory=dict)

    def case(self) -> Case:
        copies = self.copies if self.copies is not None else copies_of(self.story.records)
        return Case(
            evidence=self.story.evidence(),
            copies=[*copies, *self.letters],
            availability={GATHERING: self.availability},
            faults=self.faults,
            untested=self.untested,
            deliveries=self.deliveries,
            poison=self.poison,
            hears={"ticket-issued": frozenset({"notifications"})},
            document=document(self.story, self.required),
            recovery=self.recovery,
            replays=self.replays,
            erased=self.erased,
            shelves=self.shelves,
            certificates=frozenset({CERTIFICATE}),
            uploaded=self.uploaded,
        )

    def line(self, kind: str, **fits: Any) -> Line:
        return next(one for one in self.story.lines if one["kind"] == kind and fits.items() <= one.items())

    def record(self, topic: str, **fits: Any) -> Record:
        return next(one for one in self.story.records if one.topic == topic and fits.items() <= one.value.items())


def good() -> History:
    story = told()
    _tickets(story)
    history = History(story)
    _erases(history)
    _uploads(history)
    _loses_an_answer(story)
    _tells_what_was_sent(story)
    _numbers(story)
    _exports(history)
    history.deliveries = [Delivery(OCTOBER, mail.to, mail.message_id, 250) for mail in story.mails]
    _misbehaves(history)
    history.faults = [
        Fault("k2", "registration", OCTOBER, OCTOBER + timedelta(seconds=2), inside=True, killed=1, handled_after=4.0),
        Fault("m1", "mongod", OCTOBER, OCTOBER, recovered_after=3.0, killed=1, handled_after=5.0),
        Fault("k5", "everything", DOOR_DAY, DOOR_DAY + timedelta(seconds=20), recovered_after=20.0, killed=7),
        Fault("g1", "registration", OCTOBER, OCTOBER + timedelta(seconds=9), recovered_after=9.0),
    ]
    history.replays = [Replay("r1", "digest", "digest", 0, 0, 100)]
    history.shelves = {"log checkin.log": b"{}", "database registration people": address(ADA).encode()}
    history.letters = [_letter()]
    history.availability = [
        {"part": "hall", "mode": "in-person", "confirmed": 2, "held": 0, "free": 0},
        {"part": "hall", "mode": "remote", "confirmed": 1, "free": None},
    ]
    return history


def copies_of(records: list[Record]) -> list[Copy]:
    found = []
    for number, one in enumerate(records):
        headers = tuple((name, content.encode()) for name, content in sorted(one.headers.items()))
        found.append(Copy(one.topic, 0, number, one.key.encode(), headers, json.dumps(one.value).encode()))
    return found


def document(story: Story, required: list[str]) -> Mapping[str, Any]:
    """As published: every kind of message that the history holds."""
    payload = {"type": "object", "required": required}
    types = sorted({one.type for one in story.records})
    messages = {name.removeprefix("foyer."): {"name": name, "payload": payload} for name in types}
    headers = {"type": "object", "required": ["ce_id", "ce_type"]}
    return {"components": {"messages": messages, "schemas": {"Headers": headers}}}


def again(record: Record, **changes: Any) -> Record:
    return replace(record, **changes)


def _tickets(story: Story) -> None:
    for who in (ADA, BEN):
        value = {"registration_id": reg(who), "version": 2, "doors": ["front"]}
        story.says("ticket-issued", f"tickets/{reg(who)}", value, f"choosing-{reg(who)}", DOOR_DAY, ce_source=CHECKIN)
        story.tells(reg(who), "ticket", f"choosing-{reg(who)}", address(who))


def _erases(history: History) -> None:
    """Fay watches from afar, and wants to be forgotten."""
    story, who = history.story, reg(FAY)
    story.registers(FAY, [part("hall", "remote", "confirmed")])
    gone = [part("hall", "remote", "cancelled")]
    story.decides(who, 2, gone, "erasing", AFTERWARDS, topic="registration-cancelled")
    value = {"registration_id": who, "version": 2}
    story.says("attendee-erased", f"people/{who}@2", value, "erasing", AFTERWARDS, ce_source=REGISTRATION)
    story.asks("DELETE", f"/v1/people/{who}", None, 200, {"erased": True}, AFTERWARDS)
    entry = {"kind": "audit", "id": "act", "actor": "organiser", "action": "erase", "object": f"registrations/{who}"}
    story.lines.append(entry)
    history.erased = [Erased(who, address(FAY), FAY, AFTERWARDS)]


def _uploads(history: History) -> None:
    """Ada, who is in already, is let in once more by a device that was offline; it sends its log twice."""
    story, scan_id = history.story, "offline-scan"
    history.uploaded = {scan_id: Shown(reg(ADA), has_id_document=True, proof=fresh_test())}
    value: Line = {"registration_id": reg(ADA), "door": "front", "scan_id": scan_id, "reason": ALREADY}
    value |= {"refused_at": stamp(DOOR_DAY), "requirements": []}
    story.says("entry-refused", f"admissions/{scan_id}", value, scan_id, DOOR_DAY, ce_source=CHECKIN)
    log = {"device": "tablet", "scans": [{"scan_id": scan_id, "door": "front"}]}
    result = {"scan_id": scan_id, "outcome": CONFLICT, "reason": ALREADY, "first_admitted_at": stamp(DOOR_DAY)}
    for key in ("first", "again"):
        path = f"/v1/gatherings/{GATHERING}/check-ins/batch"
        story.asks("POST", path, log, 200, {"results": [result]}, AFTERWARDS, key=key)


def _loses_an_answer(story: Story) -> None:
    """Ada's browser heard nothing at first, and asked again under its key."""
    answered = next(one for one in story.journal if one.key == f"key-of-{ADA}")
    lost = replace(answered, id="lost", status=None, answer=None)
    story.journal.insert(0, lost)


def _tells_what_was_sent(story: Story) -> None:
    for line in [one for one in story.lines if one["kind"] == "notification"]:
        value = {"notification_id": line["id"], "registration_id": line["registration_id"]}
        subject = f"notifications/{line['id']}"
        story.says("notification-sent", subject, value, line["cause_id"], OCTOBER, ce_source=NOTIFICATIONS)


def _numbers(story: Story) -> None:
    """Gapless per gathering for the deciders, per subject for the others; a repeat has its first copy's number."""
    seen: dict[tuple[str, str], int] = defaultdict(int)
    given: dict[str, str] = {}
    for place, one in enumerate(story.records):
        source = one.headers["ce_source"]
        scope = (source, "" if source in PER_GATHERING else one.subject)
        if one.id not in given:
            seen[scope] += 1
            given[one.id] = str(seen[scope])
        story.records[place] = replace(one, headers={**one.headers, "ce_sequence": given[one.id]})


def _exports(history: History) -> None:
    """What the gateway shows at the end is what the log adds up to."""
    evidence: Evidence = history.story.evidence()
    lines = history.story.lines
    for who, state in final(evidence, GATHERING).items():
        parts = [{"part": name, **vars(standing)} for name, standing in state.parts.items()]
        if who != reg(FAY):
            lines.append({"kind": "registration", "id": who, "version": state.version, "parts": parts})
    bookings = (one for one in held_at_the_end(evidence, GATHERING).values() if one.kind == DESK)
    for booking in bookings:
        lines.append({"kind": "booking", "id": booking.id, "status": "booked", "slot_id": booking.slot_id})
    for record in evidence.of("attendee-admitted", "entry-refused"):
        outcome = "admitted" if record.topic == "attendee-admitted" else "refused"
        scan = {"scan_id": record.value["scan_id"], "outcome": outcome, "offline": False}
        if scan["scan_id"] in history.uploaded:
            scan |= {"outcome": CONFLICT, "offline": True}
        lines.append({"kind": "admission", "id": scan["scan_id"], **scan})


def _misbehaves(history: History) -> None:
    """One mail was asked to come later, and one came twice because its answer was lost."""
    first, second = history.deliveries[0], history.deliveries[1]
    history.deliveries.insert(0, replace(first, code=451, at=OCTOBER - timedelta(minutes=1)))
    history.deliveries.append(replace(second, at=OCTOBER + timedelta(minutes=1)))
    history.deliveries[history.deliveries.index(second)] = replace(second, is_told=False)


def _letter() -> Copy:
    place = {"topic": "ticket-issued", "partition": "0", "offset": "900", "reason": "not JSON"}
    headers = {"dlq_group": "notifications", "dlq_reason": place["reason"]}
    headers |= {f"dlq_original_{name}": place[name] for name in ("topic", "partition", "offset")}
    laid = tuple((name, content.encode()) for name, content in headers.items())
    return Copy("notifications.dead-letter", 0, 0, b"", laid, POISON)
