"""Writing what a decision changed, in the caller's transaction: documents, claims, and the facts to be said."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateOne

from services.scheduling.domain import AgendaReleased, Outcome, Proposal
from services.scheduling.store import documents
from services.scheduling.store.owing import CLAIMS_AT_ONCE, of_owed, split
from services.scheduling.store.protocol import Audit
from shared.messages.envelope import encode
from shared.mongo import Document, Mongo, Session, Write, compare_and_set
from shared.outbox import Entry

FACTS_AT_ONCE = 5_000  # of some hundred bytes each; a document ends at 16 MB
ANSWERS_KEPT = timedelta(days=30)  # far longer than a submission can come again


def entries(outcomes: Iterable[Outcome], at: datetime) -> list[Entry]:
    """A few per gathering, each of a size that a document may have; their facts carry on the gathering's count."""
    found = list[Entry]()
    for outcome in outcomes:
        first = outcome.before.ledger.sequence + 1
        wires = [
            encode(
                message,
                cause=command.cause,
                time=at,
                sequence=number,
                correlation_id=command.correlation_id,
            )
            for number, (message, command) in enumerate(outcome.said, first)
        ]
        found += [
            Entry(f"{outcome.gathering_id}:{first + start:016d}", tuple(wires[start : start + FACTS_AT_ONCE]))
            for start in range(0, len(wires), FACTS_AT_ONCE)
        ]
    return found


class Writes:
    """What some outcomes come to, collection by collection. Claims are freed before others are taken."""

    def __init__(self, outcomes: Sequence[Outcome], wall: datetime, claims_at_once: int = CLAIMS_AT_ONCE) -> None:
        self._wall = wall
        self._claims_at_once = claims_at_once
        self._bulk: dict[str, list[Any]] = {}
        self._new: dict[str, list[Document]] = {}
        for outcome in outcomes:
            self._add_bookings(outcome)
            self._add_people(outcome)
            self._add_encounters(outcome)
            self._add_requests(outcome)
            self._add_programme(outcome)

    async def run(self, mongo: Mongo, session: Session) -> None:
        for collection, operations in self._bulk.items():
            await mongo[collection].bulk_write(operations, session=session)
        for collection, fresh in self._new.items():
            await mongo[collection].insert_many(fresh, session=session)

    def _add_bookings(self, outcome: Outcome) -> None:
        self._replace("bookings", (documents.of_booking(one) for one in outcome.bookings))
        freed = [DeleteMany({"_id": {"$in": [*ids]}, "booking": who}) for who, ids in outcome.freed.items()]
        if freed:
            self._bulk.setdefault("claims", []).extend(freed)
        taken, later = split(outcome, self._claims_at_once)
        self._insert("claims", ({"_id": claim, "booking": who} for claim, who in taken.items()))
        self._insert("owed", of_owed(outcome, later))
        before, after = outcome.before, outcome.after
        fresh = (one for one in after.blocks.values() if one.id not in before.blocks)
        self._insert("blocks", (documents.of_block(one) for one in fresh))
        self._delete("blocks", (one for one in before.blocks if one not in after.blocks))
        self._delete("holds", (one for one in before.holds if one not in after.holds))
        self._replace("holds", (documents.of_hold(one) for one in after.holds.values() if one.id not in before.holds))
        gone = (documents.of_waiter(one) for one in before.waiters.values() if one.id not in after.waiters)
        self._delete("waiters", (one["_id"] for one in gone))
        joined = (one for one in after.waiters.values() if one.id not in before.waiters)
        self._replace("waiters", (documents.of_waiter(one) for one in joined))

    def _add_people(self, outcome: Outcome) -> None:
        before, after = outcome.before, outcome.after
        said = (one for who, one in after.questions.items() if before.questions.get(who) != one)
        self._replace("questions", (documents.of_question(one) for one in said))
        self._insert("voices", ({"_id": one} for one in after.voices - before.voices))
        self._replace("stars", (documents.of_star(one) for one in after.stars - before.stars))
        self._delete("stars", (documents.of_star(one)["_id"] for one in before.stars - after.stars))
        learned = (one for one in after.registrations.values() if before.registrations.get(one.id) != one)
        for one in learned:  # a rush brings many, and inserts cost a fifth of upserts
            write = self._replace if one.id in before.registrations else self._insert
            write("registrations", [documents.of_registration(one)])
        wishes = (one for who, one in after.preferences.items() if before.preferences.get(who) != one)
        self._replace("preferences", (documents.of_preferences(one) for one in wishes))
        self._delete("preferences", (who for who in before.preferences if who not in after.preferences))

    def _add_encounters(self, outcome: Outcome) -> None:
        before, after = outcome.before, outcome.after
        self._keep(
            "assignments", before.assignments, {one.id: documents.of_assignment(one) for one in outcome.assignments}
        )
        self._keep("meetings", before.meetings, {one.id: documents.of_meeting(one) for one in outcome.meetings})
        shown = (one for who, one in after.profiles.items() if before.profiles.get(who) != one)
        self._replace("profiles", (documents.of_profile(one) for one in shown))
        self._delete("profiles", (who for who in before.profiles if who not in after.profiles))
        for one in after.proposals.values():
            self._add_proposal(before.proposals.get(one.id), one)
        self._delete("proposals", (who for who in before.proposals if who not in after.proposals))
        plans = (one for topic, one in after.plans.items() if before.plans.get(topic) is not one)
        self._replace("plans", (documents.of_plan(one) for one in plans))
        late = (one for who, one in after.latecomers.items() if before.latecomers.get(who) != one)
        self._replace("latecomers", (documents.of_latecomer(one) for one in late))
        self._delete("latecomers", (who for who in before.latecomers if who not in after.latecomers))

    def _add_proposal(self, known: Proposal | None, one: Proposal) -> None:
        """What it proposes may be megabytes: a publication says only that it is published."""
        if known is not None and (known.found, known.left_out) == (one.found, one.left_out):
            head = {"$set": {"version": one.version, "published": one.published}}
            self._bulk.setdefault("proposals", []).append(UpdateOne({"_id": one.id}, head))
        else:
            self._replace("proposals", [documents.of_proposal(one)])

    def _add_requests(self, outcome: Outcome) -> None:
        before, after = outcome.before, outcome.after
        until = self._wall + ANSWERS_KEPT
        done = (one for who, one in after.acts.items() if who not in before.acts)
        self._insert("acts", ({**documents.of_act(one), "expires_at": until} for one in done))
        answered = (one for who, one in after.answers.items() if who not in before.answers)
        self._insert("requests", ({**documents.of_answer(one), "expires_at": until} for one in answered))
        parked = ((who, one) for who, one in after.waiting.items() if who not in before.waiting)
        self._insert(
            "waiting", (documents.of_waiting(who, one, self._wall, place) for place, (who, one) in enumerate(parked))
        )
        self._delete("waiting", (who for who in before.waiting if who not in after.waiting))

    def _add_programme(self, outcome: Outcome) -> None:
        before, after, gathering_id = outcome.before, outcome.after, outcome.gathering_id
        if after.gathering is not None and after.gathering is not before.gathering:
            self._replace("gatherings", [documents.of_gathering(after.gathering)])
        if after.agenda is not before.agenda:
            self._replace("agendas", [documents.of_agenda(gathering_id, after.agenda)])
        released = (one.fact.release for one in outcome.decided if isinstance(one.fact, AgendaReleased))
        self._insert("releases", (documents.of_release(gathering_id, one) for one in released))

    def _keep(self, collection: str, known: Collection[str], now: Mapping[str, Document]) -> None:
        """A publication brings thousands that are new, and inserts cost a fifth of upserts."""
        self._insert(collection, (one for who, one in now.items() if who not in known))
        self._replace(collection, (one for who, one in now.items() if who in known))

    def _replace(self, collection: str, fresh: Iterable[Document]) -> None:
        if operations := [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in fresh]:
            self._bulk.setdefault(collection, []).extend(operations)

    def _delete(self, collection: str, ids: Iterable[str]) -> None:
        if operations := [DeleteOne({"_id": one}) for one in ids]:
            self._bulk.setdefault(collection, []).extend(operations)

    def _insert(self, collection: str, fresh: Iterable[Document]) -> None:
        if found := list(fresh):
            self._new.setdefault(collection, []).extend(found)


def ledger_after(outcome: Outcome) -> Document:
    gathering = outcome.after.gathering
    return {
        "sequence": outcome.before.ledger.sequence + len(outcome.said),
        "definition_version": gathering.version if gathering is not None else 0,
    }


async def advance_ledgers(mongo: Mongo, outcomes: Iterable[Outcome], session: Session) -> None:
    """The batch's last write. Raises `LostRace` if another writer has moved a ledger since it was read."""
    writes: list[Write] = []
    for outcome in outcomes:
        read = outcome.before.ledger
        fresh = {**ledger_after(outcome), "version": read.version + 1}
        if read.version == 0:
            writes.append(InsertOne({"_id": read.gathering_id, **fresh}))
        else:
            writes.append(UpdateOne({"_id": read.gathering_id, "version": read.version}, {"$set": fresh}))
    await compare_and_set(mongo["ledgers"], writes, session)


async def write_audit(mongo: Mongo, gathering_id: str, audit: Audit, session: Session) -> None:
    await mongo["audit"].insert_one(documents.of_audit(gathering_id, audit), session=session)
