"""How a batch's view before and after becomes database writes; each finds or makes exactly one document."""

from collections.abc import Mapping
from typing import TypeVar

from pymongo import InsertOne, ReplaceOne, UpdateOne

from services.notifications.domain import Progress, View
from services.notifications.store import documents
from services.notifications.store.base import Loaded
from shared.mongo import Write

K = TypeVar("K")
V = TypeVar("V")


def changed(before: Mapping[K, V], after: Mapping[K, V]) -> dict[K, V]:
    return {key: value for key, value in after.items() if before.get(key) != value}


def of_registrations(loaded: Loaded, after: View) -> list[Write]:
    writes: list[Write] = []
    for one in changed(loaded.view.registrations, after.registrations).values():
        revision = loaded.revisions.get(one.id)
        document = documents.registration_to(one, (revision or 0) + 1)
        held = {"_id": one.id, "revision": revision}
        writes.append(InsertOne(document) if revision is None else ReplaceOne(held, document))
    return writes


def of_versions(before: View, after: View) -> list[Write]:
    raised = changed(before.versions, after.versions)
    return [
        UpdateOne({"_id": about}, {"$max": {"version": new}})
        if about in before.versions
        else InsertOne({"_id": about, "version": new})
        for about, new in raised.items()
    ]


def of_gatherings(before: View, after: View) -> list[Write]:
    writes: list[Write] = []
    for new in changed(before.gatherings, after.gatherings).values():
        document = documents.gathering_to(new)
        old = before.gatherings.get(new.id)
        held = None if old is None else {"_id": old.id, "version": old.version}
        writes.append(InsertOne(document) if held is None else ReplaceOne(held, document))
    return writes


def of_progress(before: View, after: View) -> list[Write]:
    writes: list[Write] = []
    for gathering_id, new in changed(before.progress, after.progress).items():
        document = documents.progress_to(gathering_id, new)
        old = before.progress.get(gathering_id)
        held = documents.progress_to(gathering_id, old or Progress())
        writes.append(InsertOne(document) if old is None else ReplaceOne(held, document))
    return writes
