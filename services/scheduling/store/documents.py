"""Documents and what they stand for."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.scheduling.domain import (
    Agenda,
    Answer,
    Block,
    Booking,
    Change,
    Command,
    Gathering,
    Hold,
    Kind,
    Placed,
    Preferences,
    Purpose,
    Question,
    QuestionStatus,
    Reason,
    Registration,
    Release,
    Side,
    Slot,
    Status,
    Waiter,
    is_request,
)
from services.scheduling.store.protocol import Audit
from shared.messages import registry
from shared.messages.envelope import ReplyTo
from shared.messages.gathering import Definition, ReleaseLabel, Session
from shared.messages.registration import PartState

Document = dict[str, Any]
Stored = Mapping[str, Any]


def of_booking(one: Booking) -> Document:
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "registration_id": one.registration_id,
        **of_slot(one.slot),
        "experts": list(one.experts),
        "version": one.version,
        "status": one.status.value,
        "topic": one.topic,
        "table": one.table,
        "missed": sorted(one.missed),
        "left": sorted(one.left),
    }


def booking(stored: Stored) -> Booking:
    return Booking(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        registration_id=stored["registration_id"],
        slot=slot(stored),
        experts=tuple(stored["experts"]),
        version=stored["version"],
        status=Status(stored["status"]),
        topic=stored["topic"],
        table=stored.get("table"),
        left=frozenset(stored.get("left", ())),
        missed=frozenset(Side(one) for one in stored.get("missed", ())),
    )


def of_hold(one: Hold) -> Document:
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "registration_id": one.registration_id,
        **of_slot(one.slot),
        "experts": list(one.experts),
        "table": one.table,
        "purpose": one.purpose.value,
        "expires_at": one.expires_at,
    }


def hold(stored: Stored) -> Hold:
    return Hold(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        registration_id=stored["registration_id"],
        slot=slot(stored),
        experts=tuple(stored["experts"]),
        table=stored["table"],
        purpose=Purpose(stored["purpose"]),
        expires_at=stored["expires_at"],
    )


def of_question(one: Question) -> Document:
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "session": one.session,
        "registration_id": one.registration_id,
        "text": one.text,
        "asked_at": one.asked_at,
        "votes": one.votes,
        "status": one.status.value,
    }


def question(stored: Stored) -> Question:
    return Question(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        session=stored["session"],
        registration_id=stored["registration_id"],
        text=stored["text"],
        asked_at=stored["asked_at"],
        votes=stored["votes"],
        status=QuestionStatus(stored["status"]),
    )


def of_waiter(one: Waiter) -> Document:
    return {
        "_id": f"{one.gathering_id}:{one.id}",
        "gathering_id": one.gathering_id,
        "registration_id": one.registration_id,
        "desk": one.desk,
        "since": one.since,
    }


def waiter(stored: Stored) -> Waiter:
    return Waiter(stored["gathering_id"], stored["registration_id"], stored["desk"], stored["since"])


def of_slot(one: Slot) -> Document:
    return {"desk": one.desk, "starts_at": one.starts_at, "ends_at": one.ends_at}


def slot(stored: Stored) -> Slot:
    return Slot(stored["desk"], stored["starts_at"], stored["ends_at"])


def of_registration(one: Registration) -> Document:
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "version": one.version,
        "delegation": one.delegation,
        "parts": [part.model_dump() for part in one.parts],
        "erased": one.erased,
    }


def registration(stored: Stored) -> Registration:
    return Registration(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        version=stored["version"],
        delegation=stored["delegation"],
        parts=tuple(PartState.model_validate(part) for part in stored["parts"]),
        erased=stored["erased"],
    )


def of_answer(one: Answer) -> Document:
    document = {
        "_id": one.submission_id,
        "gathering_id": one.gathering_id,
        "registration_id": one.registration_id,
        "asked": one.asked,
        "reason": one.reason,
        "booking": None if one.booking is None else of_booking(one.booking),
        "alternatives": [of_slot(each) for each in one.alternatives],
        "hold": None if one.hold is None else of_hold(one.hold),
    }
    return document if one.key is None else {**document, "key": one.key}


def answer(stored: Stored) -> Answer:
    return Answer(
        submission_id=stored["_id"],
        gathering_id=stored["gathering_id"],
        registration_id=stored["registration_id"],
        asked=stored["asked"],
        key=stored.get("key"),
        reason=None if stored["reason"] is None else Reason(stored["reason"]),
        booking=None if stored["booking"] is None else booking(stored["booking"]),
        alternatives=tuple(slot(each) for each in stored["alternatives"]),
        hold=None if stored.get("hold") is None else hold(stored["hold"]),
    )


def of_waiting(submission_id: str, one: Command, parked_at: datetime, place: int) -> Document:
    request = one.message
    if not is_request(request):
        raise TypeError(type(request).__name__)
    return {
        "_id": submission_id,
        "gathering_id": request.gathering_id,
        "registration_id": request.registration_id,
        "type": request.type,
        "value": request.to_json(),
        "cause": one.cause,
        "at": one.at,
        "correlation_id": one.correlation_id,
        "reply_to": None if one.reply_to is None else asdict(one.reply_to),
        "parked_at": parked_at,
        "place": place,
    }


def waiting(stored: Stored) -> Command:
    reply_to = stored["reply_to"]
    return Command(
        message=registry[stored["type"]].from_json(stored["value"]),
        cause=stored["cause"],
        at=stored["at"],
        correlation_id=stored["correlation_id"],
        reply_to=None if reply_to is None else ReplyTo(**reply_to),
    )


def of_preferences(one: Preferences) -> Document:
    return {
        "_id": one.registration_id,
        "gathering_id": one.gathering_id,
        "working_groups": list(one.working_groups),
        "meet": list(one.meet),
        "accepted_at": one.accepted_at,
    }


def preferences(stored: Stored) -> Preferences:
    groups, meet = tuple(stored["working_groups"]), tuple(stored["meet"])
    return Preferences(stored["_id"], stored["gathering_id"], groups, meet, stored["accepted_at"])


def of_block(one: Block) -> Document:
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "desk": one.desk,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "reason": one.reason,
        "claims": sorted(one.claims),
    }


def block(stored: Stored) -> Block:
    return Block(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        desk=stored["desk"],
        starts_at=stored["starts_at"],
        ends_at=stored["ends_at"],
        reason=stored["reason"],
        claims=frozenset(stored["claims"]),
    )


def of_gathering(one: Gathering) -> Document:
    """The definition as text: its keys are the organiser's, and some are not fit for a document."""
    return {"_id": one.id, "version": one.version, "definition": one.definition.model_dump_json()}


def gathering(stored: Stored) -> Gathering:
    definition = Definition.model_validate_json(stored["definition"], extra="ignore")
    return Gathering(stored["_id"], stored["version"], definition)


def of_agenda(gathering_id: str, one: Agenda) -> Document:
    return {"_id": gathering_id, "working": [of_session(each) for each in one.working], "edition": one.edition}


def agenda(stored: Stored | None, latest: Release | None) -> Agenda:
    if stored is None:
        return Agenda()
    return Agenda(tuple(session(each) for each in stored["working"]), stored["edition"], latest)


def of_session(one: Session) -> Document:
    return one.model_dump(mode="json")


def session(stored: Stored) -> Session:
    return Session.model_validate(stored, extra="ignore")


def of_release(gathering_id: str, one: Release) -> Document:
    return {
        "_id": release_id(gathering_id, one.number),
        "gathering_id": gathering_id,
        "number": one.number,
        "label": one.label.value,
        "published_at": one.published_at,
        "sessions": [{"session": of_session(each.session), "revision": each.revision} for each in one.sessions],
        "changes": [
            {
                "kind": each.kind.value,
                "session": each.session,
                "was": None if each.was is None else of_session(each.was),
                "now": None if each.now is None else of_session(each.now),
            }
            for each in one.changes
        ],
    }


def release_id(gathering_id: str, number: int) -> str:
    return f"{gathering_id}@{number}"


def release(stored: Stored) -> Release:
    return Release(
        number=stored["number"],
        label=ReleaseLabel(stored["label"]),
        published_at=stored["published_at"],
        sessions=tuple(Placed(session(each["session"]), each["revision"]) for each in stored["sessions"]),
        changes=tuple(
            Change(
                kind=Kind(each["kind"]),
                session=each["session"],
                was=None if each["was"] is None else session(each["was"]),
                now=None if each["now"] is None else session(each["now"]),
            )
            for each in stored["changes"]
        ),
    )


def of_audit(gathering_id: str, one: Audit) -> Document:
    document = asdict(one)
    return {"_id": document.pop("id"), "gathering_id": gathering_id, **document}


def audit(stored: Stored) -> Audit:
    return Audit(
        id=stored["_id"],
        at=stored["at"],
        actor=stored["actor"],
        role=stored["role"],
        action=stored["action"],
        object=stored["object"],
        reason=stored.get("reason"),
    )
