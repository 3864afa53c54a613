"""Claims that are owed: those of a large publication follow in commits of their own, and count from the first on.

What a holder keeps busy follows from its own document. Decisions take that from there until its claims are written.
"""

from collections.abc import Iterator, Mapping, Sequence

from services.scheduling.domain import Outcome
from services.scheduling.store import documents
from shared.mongo import Document, Mongo, Session
from shared.telemetry import get_logger

log = get_logger(__name__)

CLAIMS_AT_ONCE = 20_000  # mongod with 0.25 GB of cache ends a transaction at some 50,000 keys
HOLDERS_AT_ONCE = 250  # a commit of a tenth of a second: the gathering's batches go on in between


def split(outcome: Outcome, at_once: int) -> tuple[Mapping[str, str], Sequence[str]]:
    """What is claimed with the rest, and whose claims follow: only rooms and meetings are ever so many."""
    if len(outcome.taken) <= at_once:
        return outcome.taken, ()
    later = {one.id for one in outcome.assignments if one.live} | {one.id for one in outcome.meetings if one.live}
    return {claim: who for claim, who in outcome.taken.items() if who not in later}, sorted(later)


def of_owed(outcome: Outcome, holders: Sequence[str]) -> Iterator[Document]:
    first = outcome.before.ledger.version + 1
    for start in range(0, len(holders), HOLDERS_AT_ONCE):
        which = f"{outcome.gathering_id}:{first:016d}:{start:06d}"
        yield {
            "_id": which,
            "gathering_id": outcome.gathering_id,
            "holders": [*holders[start : start + HOLDERS_AT_ONCE]],
        }


class Owing:
    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def prepare(self) -> None:
        await self._mongo["owed"].create_index("gathering_id")

    async def claims(self, gathering_id: str, session: Session | None) -> dict[str, str]:
        """All that is not written yet, and stands all the same."""
        owed = [one async for one in self._mongo["owed"].find({"gathering_id": gathering_id}, session=session)]
        return await self._of([who for one in owed for who in one["holders"]], session) if owed else {}

    async def open(self) -> list[tuple[str, str]]:
        """Each with its gathering, the oldest first."""
        found = self._mongo["owed"].find({}, {"gathering_id": 1}).sort("_id", 1)
        return [(one["_id"], one["gathering_id"]) async for one in found]

    async def settle(self, which: str, session: Session) -> None:
        """In a transaction that has taken the ledger: whoever changes one of the holders meanwhile loses the race."""
        owed = await self._mongo["owed"].find_one_and_delete({"_id": which}, session=session)
        if owed is None:
            return
        claims = await self._of(owed["holders"], session)
        written = self._mongo["claims"].find({"_id": {"$in": [*claims]}}, session=session)
        held = {one["_id"]: one["booking"] async for one in written}
        if wrong := [claim for claim, who in held.items() if claims[claim] != who]:
            log.error("claimed by two", gathering=owed["gathering_id"], claims=wrong)
        if fresh := [{"_id": claim, "booking": who} for claim, who in claims.items() if claim not in held]:
            await self._mongo["claims"].insert_many(fresh, session=session)

    async def _of(self, holders: Sequence[str], session: Session | None) -> dict[str, str]:
        """Whatever became of them meanwhile."""
        found = dict[str, str]()
        for collection, read in (("assignments", documents.assignment), ("meetings", documents.meeting)):
            async for one in self._mongo[collection].find({"_id": {"$in": [*holders]}}, session=session):
                holder = read(one)
                found |= dict.fromkeys(holder.claims, holder.id)
        return found
