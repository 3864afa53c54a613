"""How checkin's state lies in MongoDB; the tests' fake store keeps the same documents."""

from datetime import UTC, datetime
from typing import Any

from services.checkin.domain import Admission, Gathering, Outcome, Refusal, Scan, Ticket
from shared.messages.checkin import RequirementResult
from shared.messages.gathering import Definition
from shared.messages.registration import PartState

Document = dict[str, Any]
NOT_KEPT = datetime(1970, 1, 1, tzinfo=UTC)  # of an attendance from before its time was


def scan_key(gathering_id: str, scan_id: str) -> str:
    return f"{gathering_id}/{scan_id}"


def gathering_to(gathering_id: str, gathering: Gathering) -> Document:
    # as text: a product code or a language may hold what a field name may not
    return {"_id": gathering_id, "version": gathering.version, "definition": gathering.definition.model_dump_json()}


def gathering_from(document: Document) -> Gathering:
    return Gathering(document["version"], Definition.model_validate_json(document["definition"], extra="ignore"))


def ticket_to(ticket: Ticket) -> Document:
    return {
        "_id": ticket.registration_id,
        "gathering_id": ticket.gathering_id,
        "version": ticket.version,
        "delegation": ticket.delegation,
        "parts": [state.model_dump() for state in ticket.parts],
        "numbers": list(ticket.numbers),
        "live": ticket.live,
        "said": ticket.said,
        "substitutions": sorted(ticket.substitutions),
        "generation": ticket.generation,
        "admitted": dict(ticket.admitted),
        "attended": [[*what, at] for what, at in sorted(ticket.attended.items())],
        "erased": ticket.erased,
        "revision": ticket.revision,
    }


def ticket_from(document: Document) -> Ticket:
    return Ticket(
        registration_id=document["_id"],
        gathering_id=document["gathering_id"],
        version=document["version"],
        delegation=document["delegation"],
        parts=tuple(PartState.model_validate(state, extra="ignore") for state in document["parts"]),
        numbers=tuple(document["numbers"]),
        live=document["live"],
        said=document["said"],
        substitutions=frozenset(document["substitutions"]),
        generation=document.get("generation", len(document["substitutions"])),
        admitted=document["admitted"],
        attended={(part, mode): at[0] if at else NOT_KEPT for part, mode, *at in document["attended"]},
        erased=document["erased"],
        revision=document["revision"],
    )


# What a stored scan holds of the call: never the ticket's text, never what was shown, only what it came to.
_KEPT = (
    "scan_id", "gathering_id", "door", "digest", "at", "controller_id", "role", "device", "scanned_at", "override",
    "offline",
)  # fmt: skip


def admission_to(admission: Admission) -> Document:
    scan = admission.scan
    document: Document = {"_id": scan_key(scan.gathering_id, scan.scan_id)}
    document |= {name: getattr(scan, name) for name in _KEPT}
    document |= {
        "outcome": admission.outcome,
        "reason": admission.reason,
        "first_admitted_at": admission.first_admitted_at,
        "requirements": [result.model_dump() for result in admission.requirements],
        "waived": admission.waived,
    }
    if admission.registration_id is not None:
        document["registration_id"] = admission.registration_id
    return document


def admission_from(document: Document) -> Admission:
    registration_id = document.get("registration_id")
    return Admission(
        scan=Scan(**{name: document[name] for name in _KEPT}, registration_id=registration_id),
        outcome=Outcome(document["outcome"]),
        reason=_refusal(document["reason"]),
        registration_id=registration_id,
        first_admitted_at=document["first_admitted_at"],
        requirements=tuple(RequirementResult.model_validate(result) for result in document.get("requirements", ())),
        waived=_refusal(document["waived"]),
    )


def _refusal(value: str | None) -> Refusal | None:
    return None if value is None else Refusal(value)
