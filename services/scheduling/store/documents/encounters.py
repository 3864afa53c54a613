"""Rooms, meetings, profiles and proposals as documents."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from services.scheduling.domain import (
    Assignment,
    EncounterStatus,
    Latecomer,
    LeftOut,
    Meeting,
    MeetingSlot,
    Plan,
    Profile,
    Proposal,
    Topic,
)
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering
from services.scheduling.store.protocol import Head

Document = dict[str, Any]
Stored = Mapping[str, Any]

# as text: ten thousands of small values are one field, and read back at once
ROOMS: TypeAdapter[groups.Assignment] = TypeAdapter(groups.Assignment)
SCHEDULE: TypeAdapter[partnering.Schedule] = TypeAdapter(partnering.Schedule)
RULES: TypeAdapter[groups.Rules | None] = TypeAdapter(groups.Rules | None)


def of_assignment(one: Assignment) -> Document:
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "session": one.session,
        "registration_id": one.registration_id,
        "room": one.room,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "version": one.version,
        "status": one.status.value,
    }


def assignment(stored: Stored) -> Assignment:
    return Assignment(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        session=stored["session"],
        registration_id=stored["registration_id"],
        room=stored["room"],
        starts_at=stored["starts_at"],
        ends_at=stored["ends_at"],
        version=stored["version"],
        status=EncounterStatus(stored["status"]),
    )


def of_meeting(one: Meeting) -> Document:
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "part": one.part,
        "people": list(one.people),
        "starts_at": one.slot.starts_at,
        "ends_at": one.slot.ends_at,
        "table": one.table,
        "version": one.version,
        "status": one.status.value,
        "held": one.held,
    }


def meeting(stored: Stored) -> Meeting:
    one, other = stored["people"]
    return Meeting(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        part=stored["part"],
        people=(one, other),
        slot=MeetingSlot(stored["starts_at"], stored["ends_at"]),
        table=stored["table"],
        version=stored["version"],
        status=EncounterStatus(stored["status"]),
        held=stored["held"],
    )


def of_profile(one: Profile) -> Document:
    document = asdict(one)
    return {"_id": document.pop("registration_id"), **document}


def profile(stored: Stored) -> Profile:
    return Profile(
        registration_id=stored["_id"],
        gathering_id=stored["gathering_id"],
        of=stored["of"],
        sealed=stored["sealed"],
        visible=stored["visible"],
        accepted_at=stored["accepted_at"],
    )


def of_proposal(one: Proposal) -> Document:
    found = one.found
    text = ROOMS.dump_json(found) if isinstance(found, groups.Assignment) else SCHEDULE.dump_json(found)
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "topic": one.topic.value,
        "made_at": one.made_at,
        "found": text.decode(),
        "left_out": [asdict(each) for each in one.left_out],
        "version": one.version,
        "published": one.published,
    }


def proposal(stored: Stored) -> Proposal:
    is_rooms = stored["topic"] == Topic.WORKING_GROUPS
    found = ROOMS.validate_json(stored["found"]) if is_rooms else SCHEDULE.validate_json(stored["found"])
    return Proposal(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        made_at=stored["made_at"],
        found=found,
        left_out=tuple(LeftOut(tuple(one["people"]), one["reason"], one["at"]) for one in stored["left_out"]),
        version=stored["version"],
        published=stored["published"],
    )


def head(stored: Stored) -> Head:
    return Head(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        topic=Topic(stored["topic"]),
        made_at=stored["made_at"],
        version=stored["version"],
        published=stored["published"],
    )


def of_plan(one: Plan) -> Document:
    return {
        "_id": f"{one.gathering_id}:{one.topic}",
        "gathering_id": one.gathering_id,
        "topic": one.topic.value,
        "proposal_id": one.proposal_id,
        "published_at": one.published_at,
        "rules": RULES.dump_json(one.rules).decode(),
    }


def plan(stored: Stored) -> Plan:
    return Plan(
        gathering_id=stored["gathering_id"],
        topic=Topic(stored["topic"]),
        proposal_id=stored["proposal_id"],
        published_at=stored["published_at"],
        rules=RULES.validate_json(stored["rules"]),
    )


def of_latecomer(one: Latecomer) -> Document:
    return {"_id": one.registration_id, "gathering_id": one.gathering_id, "tried": one.tried}


def latecomer(stored: Stored) -> Latecomer:
    return Latecomer(stored["gathering_id"], stored["_id"], stored["tried"])
