"""The door: one scan after another is judged, and a ticket passes each door once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.checkin.domain.holding import CONFIRMED, IN_PERSON, Ticket, attend
from shared.messages import Message
from shared.messages.checkin import AttendeeAdmitted, EntryRefused, RequirementResult
from shared.messages.gathering import Definition, Door, Requirement, RequirementKind

CANCELLED = "cancelled"


class Outcome(StrEnum):
    """`conflict`: a device that was offline let somebody in who had been let in elsewhere; both are kept."""

    ADMITTED = "admitted"
    REFUSED = "refused"
    CONFLICT = "conflict"


class Refusal(StrEnum):
    ALREADY_ADMITTED = "already-admitted"
    UNKNOWN_TICKET = "unknown-ticket"
    FORGED = "forged"
    REVOKED = "revoked"
    WRONG_PART = "wrong-part"
    WRONG_MODE = "wrong-mode"
    WRONG_DAY = "wrong-day"
    DOOR_CLOSED = "door-closed"
    REQUIREMENT_MISSING = "requirement-missing"
    REQUIREMENT_FAILED = "requirement-failed"


# What the person at the door may decide otherwise, with a reason. Whether there is a place is not theirs to decide.
WAIVABLE = frozenset({Refusal.WRONG_DAY, Refusal.DOOR_CLOSED, Refusal.REQUIREMENT_MISSING, Refusal.REQUIREMENT_FAILED})


class Method(StrEnum):
    AUTOMATIC = "automatic"
    MANUAL = "manual"


class ScanReusedError(Exception):
    """The id of one scan came back with another ticket or door: the answer would be somebody else's."""


@dataclass(frozen=True)
class Shown:
    """What was shown for one requirement, already judged; what it was is forgotten."""

    satisfied: bool
    method: Method


@dataclass(frozen=True)
class Scan:
    """One door call. Exactly one of `number` (of a genuine ticket), `registration_id` and `unread` says who it is."""

    scan_id: str
    gathering_id: str
    door: str
    digest: str  # of what was asked, keyed: a repeat must ask the same
    at: datetime  # the server's time; of an upload, the device's
    controller_id: str
    role: str
    number: str | None = None
    registration_id: str | None = None
    unread: Refusal | None = None
    device: str | None = None
    scanned_at: str | None = None
    shown: Mapping[str, Shown] = field(default_factory=dict)
    override: str | None = None
    offline: bool = False


@dataclass(frozen=True)
class Admission:
    """A scan and its answer."""

    scan: Scan
    outcome: Outcome
    reason: Refusal | None = None
    registration_id: str | None = None
    first_admitted_at: datetime | None = None
    requirements: tuple[RequirementResult, ...] = ()
    waived: Refusal | None = None


@dataclass(frozen=True)
class DoorList:
    """What a batch of scans needs to know: whom it names, and which of its scans were answered before."""

    tickets: Mapping[str, Ticket] = field(default_factory=dict)  # by registration
    answered: Mapping[str, Admission] = field(default_factory=dict)  # by scan id

    def ticket(self, scan: Scan) -> Ticket | None:
        """The ticket of this gathering that a scan names, also by a number that is no longer good."""
        if scan.registration_id is not None:
            found = self.tickets.get(scan.registration_id)
        else:
            found = next((t for t in self.tickets.values() if scan.number in t.numbers), None)
        known = found is not None and not found.erased and found.gathering_id == scan.gathering_id
        return found if known else None


def decide(doors: DoorList, scan: Scan, definition: Definition, door: Door) -> Admission:
    """Answer one scan; one that was answered before gets the same answer, whatever has happened since."""
    before = doors.answered.get(scan.scan_id)
    if before is not None:
        if before.scan.digest != scan.digest:
            raise ScanReusedError
        return before
    ticket = doors.ticket(scan)
    if scan.unread is not None or ticket is None:
        return Admission(scan, Outcome.REFUSED, scan.unread or Refusal.UNKNOWN_TICKET)
    return _judge(scan, ticket, definition, door)


def _judge(scan: Scan, ticket: Ticket, definition: Definition, door: Door) -> Admission:
    results = tuple(_results(scan, door))
    waived: Refusal | None = None
    for found in _objections(scan, ticket, definition, door):
        if found in WAIVABLE and scan.override is not None:
            waived = waived or found
            continue
        checked = found in {Refusal.REQUIREMENT_FAILED, Refusal.REQUIREMENT_MISSING}
        again = found is Refusal.ALREADY_ADMITTED
        return Admission(
            scan,
            Outcome.CONFLICT if again and scan.offline else Outcome.REFUSED,
            found,
            ticket.registration_id,
            first_admitted_at=ticket.admitted[door.door] if again else None,
            requirements=results if checked else (),
        )
    return Admission(
        scan, Outcome.ADMITTED, registration_id=ticket.registration_id, requirements=results, waived=waived
    )


def _objections(scan: Scan, ticket: Ticket, definition: Definition, door: Door) -> Iterator[Refusal]:
    """Yield all that speaks against entry, the weightiest first."""
    if scan.number is not None and scan.number != ticket.number():
        yield Refusal.REVOKED
    state = ticket.part(door.part)
    if state is None or state.status != CONFIRMED:
        yield Refusal.REVOKED if state is not None and state.status == CANCELLED else Refusal.WRONG_PART
    elif state.mode != IN_PERSON:
        yield Refusal.WRONG_MODE
    if not door.opens <= scan.at < door.closes:
        zone = ZoneInfo(definition.timezone)
        days = {moment.astimezone(zone).date() for moment in (door.opens, door.closes)}
        yield Refusal.DOOR_CLOSED if scan.at.astimezone(zone).date() in days else Refusal.WRONG_DAY
    if door.door in ticket.admitted:
        yield Refusal.ALREADY_ADMITTED
    open_points = [requirement.id for requirement in door.requires if not _met(scan, requirement)]
    if any(name in scan.shown for name in open_points):
        yield Refusal.REQUIREMENT_FAILED
    elif open_points:
        yield Refusal.REQUIREMENT_MISSING


def _met(scan: Scan, requirement: Requirement) -> bool:
    """A reminder was said beforehand and binds nobody here; a registration fact was checked with the registration."""
    if requirement.kind in {RequirementKind.REMINDER, RequirementKind.REGISTRATION_FACT}:
        return True
    shown = scan.shown.get(requirement.id)
    return shown is not None and shown.satisfied


def _results(scan: Scan, door: Door) -> Iterator[RequirementResult]:
    for requirement in door.requires:
        shown = scan.shown.get(requirement.id)
        if requirement.kind is RequirementKind.REMINDER and shown is None:
            continue
        automatic = {RequirementKind.SIGNED_CREDENTIAL, RequirementKind.REGISTRATION_FACT}
        usual = Method.AUTOMATIC if requirement.kind in automatic else Method.MANUAL
        yield RequirementResult(
            requirement_id=requirement.id,
            satisfied=_met(scan, requirement) if shown is None else shown.satisfied,
            method=usual if shown is None else shown.method,
            checked_at=scan.at,
            controller_id=scan.controller_id,
        )


def evolve(doors: DoorList, admission: Admission, part: str) -> tuple[DoorList, list[Message]]:
    """Put a new answer into effect and say it; one that was given before changes and says nothing."""
    scan = admission.scan
    if scan.scan_id in doors.answered:
        return doors, []
    answered = {**doors.answered, scan.scan_id: admission}
    if admission.outcome is not Outcome.ADMITTED or admission.registration_id is None:
        return replace(doors, answered=answered), [_tell(admission, part)]
    ticket, facts = attend(doors.tickets[admission.registration_id], part, IN_PERSON, scan.at)
    ticket = replace(ticket, admitted={**ticket.admitted, scan.door: scan.at})
    tickets = {**doors.tickets, ticket.registration_id: ticket}
    return DoorList(tickets, answered), [_tell(admission, part), *facts]


def _tell(admission: Admission, part: str) -> Message:
    scan = admission.scan
    if admission.outcome is Outcome.ADMITTED and admission.registration_id is not None:
        return AttendeeAdmitted(
            gathering_id=scan.gathering_id,
            registration_id=admission.registration_id,
            door=scan.door,
            part=part,
            scan_id=scan.scan_id,
            admitted_at=scan.at,
            requirements=admission.requirements,
            override=admission.waived is not None,
        )
    return EntryRefused(
        gathering_id=scan.gathering_id,
        registration_id=admission.registration_id,
        door=scan.door,
        scan_id=scan.scan_id,
        reason=admission.reason or Refusal.UNKNOWN_TICKET,
        refused_at=scan.at,
        requirements=admission.requirements,
    )
