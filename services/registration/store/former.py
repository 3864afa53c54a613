"""Who handed a registration on: beside it, apart from whose it is now, until they are told; a week at most."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from pymongo import DeleteMany, InsertOne

from services.registration.domain import Former
from services.registration.store.base import Commit
from shared.mongo import Document

KEPT: Final = timedelta(days=7)  # by then a mail was taken or given up; their sealed submission leaves the log as late


def former_id(registration_id: str, generation: int) -> str:
    return f"{registration_id}@{generation}"


def writes(commit: Commit, at: datetime) -> Iterator[InsertOne[Document] | DeleteMany]:
    """`at` is the machine's time, by which the database forgets. An erasure of either person leaves nothing."""
    for decision in commit.decisions:
        if decision.handed_on is not None:
            yield InsertOne(_to_document(decision.handed_on, commit.after.ledger.gathering_id, at))
    decided = {one.registration_id for one in commit.decisions}
    erased = [one.id for one in commit.after.registrations.values() if one.erased_at is not None and one.id in decided]
    if erased:
        yield DeleteMany({"registration_id": {"$in": erased}})
    if commit.forgotten:
        gathering_id = commit.after.ledger.gathering_id
        yield DeleteMany({"gathering_id": gathering_id, "person": {"$in": list(commit.forgotten)}})


def _to_document(former: Former, gathering_id: str, at: datetime) -> Document:
    return {
        "_id": former_id(former.registration_id, former.generation),
        "gathering_id": gathering_id,
        "registration_id": former.registration_id,
        "person": former.person,
        "parts": list(former.parts),
        "personal": dict(former.attendee),
        "at": at,
    }


def from_document(document: Document) -> Former:
    registration_id, _, generation = document["_id"].rpartition("@")
    personal: dict[str, Any] = document["personal"]
    return Former(registration_id, int(generation), document["person"], personal, tuple(document["parts"]))
