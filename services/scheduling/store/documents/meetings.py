"""Slots as documents: who has one, who is kept one, who waits, and what each request was answered."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.scheduling.domain import (
    Answer,
    Block,
    Booking,
    Command,
    Hold,
    Purpose,
    Reason,
    Side,
    Slot,
    Status,
    Waiter,
    is_request,
)
from services.scheduling.store.documents.encounters import meeting, of_meeting
from shared.messages import registry
from shared.messages.envelope import ReplyTo

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
        "meeting": None if one.meeting is None else of_meeting(one.meeting),
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
        meeting=None if stored.get("meeting") is None else meeting(stored["meeting"]),
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
