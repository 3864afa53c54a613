"""What the gatherings of one batch want of one collection at the same moment: one question for all of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from shared.loader import Loader
from shared.mongo import Document, Mongo, Session

Asked = tuple[str, frozenset[str]]  # a gathering, and values of the field


class Together:
    """Documents by an indexed field. Within a transaction nobody waits for others, and nothing is shared."""

    def __init__(self, mongo: Mongo, collection: str, field: str) -> None:
        self._documents = mongo[collection]
        self._field = field
        self._loader = Loader(self._ask)

    async def find(self, gathering_id: str, values: Collection[str], session: Session | None) -> list[Document]:
        if not values:
            return []
        if session is not None:
            where = {"gathering_id": gathering_id, self._field: {"$in": [*values]}}
            return await self._documents.find(where, session=session).to_list(None)
        return await self._loader.get((gathering_id, frozenset(values))) or []

    async def _ask(self, asked: Collection[Asked]) -> Mapping[Asked, list[Document]]:
        values = frozenset[str]().union(*(theirs for _, theirs in asked))
        found = defaultdict[str, list[Document]](list)
        for one in await self._documents.find({self._field: {"$in": [*values]}}).to_list(None):
            found[one["gathering_id"]].append(one)
        return {(here, theirs): [one for one in found[here] if one[self._field] in theirs] for here, theirs in asked}
