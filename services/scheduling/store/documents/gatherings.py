"""Gatherings as documents: definitions, agendas, who comes, what they wish and ask, and what staff did."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.scheduling.domain import (
    Act,
    Agenda,
    Change,
    Gathering,
    Kind,
    Placed,
    Preferences,
    Question,
    QuestionStatus,
    Registration,
    Release,
    Star,
)
from services.scheduling.store.protocol import Audit
from shared.messages.gathering import Definition, ReleaseLabel, Session
from shared.messages.registration import PartState

Document = dict[str, Any]
Stored = Mapping[str, Any]


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


def of_star(one: Star) -> Document:
    return {"_id": f"{one.gathering_id}:{one.session}:{one.registration_id}", **asdict(one)}


def star(stored: Stored) -> Star:
    return Star(stored["gathering_id"], stored["session"], stored["registration_id"])


def of_act(one: Act) -> Document:
    return {"_id": one.id, "digest": one.digest, "answer": one.answer}


def act(stored: Stored) -> Act:
    return Act(stored["_id"], stored["digest"], stored["answer"])


def of_registration(one: Registration) -> Document:
    return {
        "_id": one.id,
        "gathering_id": one.gathering_id,
        "version": one.version,
        "delegation": one.delegation,
        "parts": [part.model_dump() for part in one.parts],
        "erased": one.erased,
        "generation": one.generation,
    }


def registration(stored: Stored) -> Registration:
    return Registration(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        version=stored["version"],
        delegation=stored["delegation"],
        parts=tuple(PartState.model_validate(part) for part in stored["parts"]),
        erased=stored["erased"],
        generation=stored.get("generation", 0),
    )


def of_preferences(one: Preferences) -> Document:
    return {
        "_id": one.registration_id,
        "gathering_id": one.gathering_id,
        "working_groups": list(one.working_groups),
        "meet": list(one.meet),
        "accepted_at": one.accepted_at,
        "no_thanks": list(one.no_thanks),
    }


def preferences(stored: Stored) -> Preferences:
    groups, meet = tuple(stored["working_groups"]), tuple(stored["meet"])
    no_thanks = tuple(stored.get("no_thanks", ()))
    return Preferences(stored["_id"], stored["gathering_id"], groups, meet, stored["accepted_at"], no_thanks)


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
