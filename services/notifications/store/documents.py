"""What notifications keeps, as MongoDB documents: ids, states and times; never a name or an address."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel

from services.notifications.domain import (
    Article,
    Audience,
    Content,
    DeskAccess,
    Gathering,
    Mailing,
    News,
    Notification,
    Progress,
    Registration,
    Rescheduled,
    Template,
)
from services.notifications.store.base import Audit, Line
from shared.clock import timestamp
from shared.messages.base import registry
from shared.messages.gathering import Definition
from shared.messages.registration import PartState
from shared.mongo import Document

OWN_CONTENT: Final[dict[str, type[BaseModel]]] = {
    "rescheduled": Rescheduled,
    "article": Article,
    "news": News,
    "desk-access": DeskAccess,
}


def content_to(content: Content) -> Document:
    kind = next((name for name, shape in OWN_CONTENT.items() if isinstance(content, shape)), None)
    return {"kind": kind or content.type, "value": content.model_dump_json()}  # type: ignore[union-attr]


def content_from(document: Document) -> Content:
    shape: Any = OWN_CONTENT.get(document["kind"]) or registry[document["kind"]]
    content: Content = shape.model_validate_json(document["value"], extra="ignore")
    return content


def registration_to(registration: Registration, revision: int) -> Document:
    return {
        "_id": registration.id,
        "gathering_id": registration.gathering_id,
        "version": registration.version,
        "parts": [part.model_dump() for part in registration.parts],
        "attended": sorted(registration.attended),
        "erased": registration.erased,
        "revision": revision,
    }


def registration_from(document: Document) -> Registration:
    return Registration(
        id=document["_id"],
        gathering_id=document["gathering_id"],
        version=document["version"],
        parts=tuple(PartState(**part) for part in document["parts"]),
        attended=frozenset(document["attended"]),
        erased=document["erased"],
    )


def gathering_to(gathering: Gathering) -> Document:
    return {
        "_id": gathering.id,
        "version": gathering.version,
        "definition": gathering.definition.model_dump_json(exclude_unset=True),
    }


def gathering_from(document: Document) -> Gathering:
    definition = Definition.model_validate_json(document["definition"], extra="ignore")
    return Gathering(document["_id"], document["version"], definition)


def progress_to(gathering_id: str, progress: Progress) -> Document:
    return {"_id": gathering_id, "through": progress.through, "ahead": sorted(progress.ahead)}


def progress_from(document: Document) -> Progress:
    return Progress(document["through"], frozenset(document["ahead"]))


def notification_to(told: Notification, queued_at: datetime, due_at: datetime) -> Document:
    """One of a mailing leaves its content there."""
    return {
        "_id": told.id,
        "gathering_id": told.gathering_id,
        "registration_id": told.registration_id,
        "template": told.template.value,
        "cause_id": told.cause_id,
        "about": told.about,
        "version": told.version,
        "mailing_id": told.mailing_id,
        "correlation_id": told.correlation_id,
        "content": content_to(told.content) if told.mailing_id is None else None,
        "given_up": list(told.given_up),
        "status": "queued" if told.due_at is None else "scheduled",
        "due_at": told.due_at,
        "reason": None,
        "attempts": 0,
        "queued_at": queued_at,
        "sent_at": None,
        "since": due_at,  # by the machine's clock, as everything that is waited for
        "next_attempt_at": due_at,
    }


def notification_from(document: Document, mailing: Mailing | None) -> Notification:
    return Notification(
        id=document["_id"],
        gathering_id=document["gathering_id"],
        registration_id=document["registration_id"],
        template=Template(document["template"]),
        cause_id=document["cause_id"],
        content=content_from(document["content"]) if mailing is None else mailing.content,
        about=document["about"],
        version=document["version"],
        audience=None if mailing is None else mailing.audience,
        mailing_id=document["mailing_id"],
        correlation_id=document.get("correlation_id"),
        due_at=document.get("due_at"),
        given_up=tuple(document.get("given_up", ())),
    )


def mailing_to(mailing: Mailing, recorded_at: datetime) -> Document:
    audience = mailing.audience
    return {
        "_id": mailing.id,
        "gathering_id": mailing.gathering_id,
        "template": mailing.template.value,
        "cause_id": mailing.cause_id,
        "content": content_to(mailing.content),
        "audience": {
            "parts": _listed(audience.parts),
            "mode": audience.mode,
            "statuses": _listed(audience.statuses),
            "attended": audience.attended,
        },
        "about": mailing.about,
        "version": mailing.version,
        "after": mailing.after,
        "correlation_id": mailing.correlation_id,
        "cursor": "",
        "open": True,
        "recorded_at": recorded_at,
    }


def mailing_from(document: Document) -> Mailing:
    audience = document["audience"]
    return Mailing(
        id=document["_id"],
        gathering_id=document["gathering_id"],
        template=Template(document["template"]),
        cause_id=document["cause_id"],
        content=content_from(document["content"]),
        audience=Audience(
            parts=_set(audience["parts"]),
            mode=audience["mode"],
            statuses=_set(audience["statuses"]),
            attended=audience["attended"],
        ),
        about=document["about"],
        version=document["version"],
        after=document["after"],
        correlation_id=document.get("correlation_id"),
    )


def audit_to(audit: Audit) -> Document:
    document = asdict(audit)
    return {"_id": document.pop("id"), **document}


def audit_line(document: Document) -> Line:
    return {"kind": "audit", "id": document["_id"]} | {
        name: timestamp(value) if name == "at" else value for name, value in document.items() if name != "_id"
    }


def line_of(document: Document, domain: str) -> Line:
    """A notification as the export shows it."""
    sent_at = document["sent_at"]
    return {
        "kind": "notification",
        "id": document["_id"],
        "registration_id": document["registration_id"],
        "template": document["template"],
        "cause_id": document["cause_id"],
        "message_id": f"<{document['_id']}@{domain}>",
        "status": document["status"],
        "reason": document["reason"],
        "attempts": document["attempts"],
        "queued_at": timestamp(document["queued_at"]),
        "sent_at": None if sent_at is None else timestamp(sent_at),
    }


def _listed(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)


def _set(values: list[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)
