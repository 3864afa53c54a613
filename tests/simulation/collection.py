"""As much of a MongoDB collection as the outbox and a lease ask for; shared by all replicas of a service."""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from tests.simulation.faults import Steps

Document = dict[str, Any]
TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "$in": lambda value, among: any(one in among for one in (value if isinstance(value, list) else [value])),
    "$nin": lambda value, among: value not in among,
    "$lt": lambda value, bound: value is not None and value < bound,
    "$lte": lambda value, bound: value is not None and value <= bound,
    "$gt": lambda value, bound: value is not None and value > bound,
    "$exists": lambda value, there: (value is not None) == there,
}


def fits(document: Document, query: Mapping[str, Any]) -> bool:
    return all(_fits(document, name, wanted) for name, wanted in query.items())


def _fits(document: Document, name: str, wanted: Any) -> bool:
    if name == "$or":
        return any(fits(document, one) for one in wanted)
    value = document.get(name)
    if isinstance(wanted, Mapping):
        return all(TESTS[test](value, bound) for test, bound in wanted.items())
    return bool(value == wanted)


class Database:
    """What survives: collection → id → document."""

    def __init__(self) -> None:
        self.collections: defaultdict[str, dict[str, Document]] = defaultdict(dict)

    def of(self, steps: Steps) -> "Mongo":
        return Mongo(self, steps)


class Mongo:
    """One process's connection."""

    def __init__(self, database: Database, steps: Steps) -> None:
        self._database = database
        self._steps = steps

    def __getitem__(self, name: str) -> "Collection":
        return Collection(self._database.collections[name], self._steps)


class Collection:
    """Within a transaction (`session`) nothing comes in between: the store that holds it is the step."""

    def __init__(self, documents: dict[str, Document], steps: Steps) -> None:
        self._documents = documents
        self._steps = steps

    async def insert_many(self, documents: Sequence[Document], *, session: Any = None) -> None:
        if session is None:
            await self._steps.call()
        for document in documents:
            if document["_id"] in self._documents:
                raise DuplicateKeyError("duplicate key")
        self._documents |= {document["_id"]: document for document in documents}

    def find(self, query: Document, projection: Any = None, *, session: Any = None) -> "Cursor":  # noqa: ARG002
        return Cursor(self._documents, query, self._steps)

    async def find_one(self, query: Document, projection: Any = None, *, session: Any = None) -> Document | None:  # noqa: ARG002
        await self._steps.call()
        return next((one for one in self._documents.values() if fits(one, query)), None)

    async def update_many(self, query: Document, changes: Document, *, session: Any = None) -> None:
        if session is None:
            await self._steps.call()
        for one in [one for one in self._documents.values() if fits(one, query)]:
            _change(one, changes)

    async def update_one(
        self, query: Document, changes: Document, *, upsert: bool = False, session: Any = None
    ) -> None:
        if session is None:
            await self._steps.call()
        found = next((one for one in self._documents.values() if fits(one, query)), None)
        if found is None and upsert:
            if query["_id"] in self._documents:
                raise DuplicateKeyError("duplicate key")
            found = self._documents[query["_id"]] = {"_id": query["_id"]}
        if found is not None:
            _change(found, changes)


class Cursor:
    def __init__(self, documents: dict[str, Document], query: Document, steps: Steps) -> None:
        self._documents = documents
        self._query = query
        self._steps = steps
        self._order: str | None = None
        self._most: int | None = None

    def sort(self, name: str, _: int) -> "Cursor":
        self._order = name
        return self

    def limit(self, most: int) -> "Cursor":
        self._most = most
        return self

    async def to_list(self, _: int | None = None) -> list[Document]:
        return [one async for one in self]

    async def __aiter__(self) -> AsyncIterator[Document]:
        await self._steps.call()
        found = [one for one in self._documents.values() if fits(one, self._query)]
        if (order := self._order) is not None:
            found.sort(key=lambda one: one[order])
        for one in found[: self._most]:
            yield dict(one)


def _change(document: Document, changes: Document) -> None:
    document |= changes.get("$set", {})
    for name in changes.get("$unset", {}):
        document.pop(name, None)


def unsent(database: Database) -> list[Document]:
    """What no broker has acknowledged yet, the oldest first."""
    found = [one for one in database.collections["outbox"].values() if one.get("unsent")]
    return sorted(found, key=_created)


def _created(document: Document) -> datetime:
    created: datetime = document["created_at"]
    return created
