"""How registration's state looks in MongoDB."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from services.registration.domain import (
    Category,
    Count,
    Invitation,
    Ledger,
    PoolKey,
    Reason,
    Registration,
    Standing,
    Status,
)
from services.registration.store.base import Act, Audit, Gathering, Task
from shared.clock import random_id
from shared.messages.gathering import Definition
from shared.mongo import Document

WITHOUT_PERSONAL = {"personal": 0}


def pool_name(key: PoolKey) -> str:
    return f"{key[0]}/{key[1]}"


def pool_key(name: str) -> PoolKey:
    part, _, mode = name.partition("/")
    return part, mode


def from_registration(registration: Registration) -> Document:
    """All but the personal data; see `personal`."""
    document: Document = {
        "gathering_id": registration.gathering_id,
        "accepted_at": registration.accepted_at,
        "person": registration.person,
        "delegation": registration.delegation,
        "category": registration.category,
        "version": registration.version,
        "generation": registration.generation,
        "invitation": registration.invitation,
        "live": registration.is_live,
        "parts": [_from_standing(standing) for standing in registration.parts],
    }
    if registration.key is not None:
        document["key"] = registration.key
    return document


def _from_standing(standing: Standing) -> Document:
    return {
        "part": standing.part,
        "mode": standing.mode,
        "status": standing.status,
        "reason": standing.reason,
        "position": standing.position,
    }


def to_registration(document: Mapping[str, Any]) -> Registration:
    if "erased_at" in document:
        return Registration(
            document["_id"],
            document["gathering_id"],
            document["erased_at"],
            person="",
            key=document.get("key"),
            version=document["version"],
            erased_at=document["erased_at"],
        )
    return Registration(
        document["_id"],
        document["gathering_id"],
        document["accepted_at"],
        document["person"],
        document["delegation"],
        Category(document["category"]),
        tuple(_to_standing(part) for part in document["parts"]),
        document["version"],
        document["generation"],
        document.get("key"),
        document.get("invitation"),
        document.get("personal"),
    )


def _to_standing(part: Mapping[str, Any]) -> Standing:
    reason = part["reason"]
    return Standing(
        part["part"], part["mode"], Status(part["status"]), None if reason is None else Reason(reason), part["position"]
    )


def queued(registration: Registration) -> list[Document]:
    """Its lines in the waiting lists."""
    return [
        {
            "_id": f"{registration.id}:{standing.part}",
            "gathering_id": registration.gathering_id,
            "pool": pool_name(standing.pool),
            "position": standing.position,
            "delegation": registration.delegation,
            "registration_id": registration.id,
        }
        for standing in registration.parts
        if standing.status is Status.WAITLISTED
    ]


def from_ledger(ledger: Ledger) -> Document:
    """What a decision may change; `definition_version` changes only when a definition is published."""
    return {
        "sequence": ledger.sequence,
        "queued": ledger.queued,
        "pools": {pool_name(key): [count.confirmed, count.held, count.waiting] for key, count in ledger.pools.items()},
    }


def to_ledger(document: Mapping[str, Any]) -> Ledger:
    return Ledger(
        document["_id"],
        document["version"],
        document["sequence"],
        document["queued"],
        document["definition_version"],
        {pool_key(name): Count(*counts) for name, counts in document["pools"].items()},
    )


def to_confirmed(document: Mapping[str, Any]) -> dict[PoolKey, int]:
    return {pool_key(name): count for name, count in document.get("confirmed", {}).items()}


def from_confirmed(confirmed: Mapping[PoolKey, int]) -> Document:
    return {pool_name(key): count for key, count in confirmed.items()}


def to_invitation(document: Mapping[str, Any]) -> Invitation:
    return Invitation(
        document["_id"],
        document["person"],
        document["delegation"],
        document["places"],
        document["used"],
        document["revoked"],
    )


def from_task(task: Task) -> Document:
    fields = asdict(task)
    return {"_id": fields.pop("id"), **fields, "done": False}


def to_task(document: Mapping[str, Any]) -> Task:
    return Task(
        document["_id"],
        document["gathering_id"],
        document["action"],
        document["part"],
        document["mode"],
        document["after"],
        document.get("correlation_id"),
        document.get("began_at"),
    )


def from_act(act: Act, at: datetime) -> Document:
    """`at` is the machine's time, by which the database forgets it."""
    document = {"_id": act.id, "digest": act.digest, "answer": dict(act.answer)}
    return document if act.lasting else document | {"at": at}


def to_act(document: Mapping[str, Any]) -> Act:
    return Act(document["_id"], document["digest"], document["answer"], "at" not in document)


def from_audit(audit: Audit, gathering_id: str) -> Document:
    return asdict(audit) | {"_id": random_id(), "gathering_id": gathering_id}


def from_gathering(gathering: Gathering) -> Document:
    published = gathering.published
    return {
        "version": gathering.version,
        "draft": gathering.draft.model_dump(mode="json", by_alias=True),
        "published_version": gathering.published_version,
        "published": None if published is None else published.model_dump(mode="json", by_alias=True),
    }


def to_gathering(document: Mapping[str, Any]) -> Gathering:
    published = document.get("published")
    return Gathering(
        document["_id"],
        document["version"],
        Definition.model_validate(document["draft"], extra="ignore"),
        document["published_version"],
        None if published is None else Definition.model_validate(published, extra="ignore"),
    )
