"""Reading what a batch names, gathering by gathering; the ledger first, so that whatever is newer loses its race."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from services.scheduling.domain import Agenda, Answer, Diary, Gathering, Ledger, Outcome, Purpose, Release, Wanted
from services.scheduling.domain.slots import EXPERT, TABLE
from services.scheduling.store import documents
from services.scheduling.store.boards import WAITERS_AT_ONCE, Board, Boards
from services.scheduling.store.encounters import EncounterLoader
from services.scheduling.store.together import Together
from shared.mongo import Document, Mongo, Session

COLD_AT_ONCE = 8  # boards that are read from the database, six reads each
IN_ORDER = [("parked_at", 1), ("place", 1)]


class Loader:
    """Remembers definitions and releases by version, for they are large and change seldom; and boards."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._encounters = EncounterLoader(mongo)
        self._booked_by = Together(mongo, "bookings", "registration_id")
        self._definitions: dict[str, Gathering] = {}
        self._releases: dict[str, Release] = {}
        self._boards = Boards()
        self._cold = asyncio.Semaphore(COLD_AT_ONCE)

    async def load(self, wanted: Mapping[str, Wanted], session: Session | None = None) -> dict[str, Diary]:
        ledgers = {one["_id"]: one for one in await self._all("ledgers", {"_id": {"$in": list(wanted)}}, session)}
        reads = [partial(self._diary, one, ledgers.get(one, {}), names, session) for one, names in wanted.items()]
        return dict(zip(wanted, await at_once(session, *reads), strict=True))

    def committed(self, outcomes: Sequence[Outcome]) -> None:
        """What was decided on what this loaded is in the database now."""
        self._boards.committed(outcomes)

    async def gathering(self, gathering_id: str) -> Gathering | None:
        ledger = await self._mongo["ledgers"].find_one({"_id": gathering_id}, {"definition_version": 1})
        return await self._gathering(gathering_id, (ledger or {}).get("definition_version", 0), None)

    async def latest_release(self, gathering_id: str, session: Session | None = None) -> Release | None:
        """Remembered, since a release never changes: only its number is asked for."""
        newest = {"sort": [("number", -1)], "session": session}
        found = await self._mongo["releases"].find_one({"gathering_id": gathering_id}, {"number": 1}, **newest)
        if found is None:
            return None
        known = self._releases.get(gathering_id)
        if known is not None and known.number == found["number"]:
            return known
        (whole,) = await self._all("releases", {"_id": found["_id"]}, session)
        self._releases[gathering_id] = release = documents.release(whole)
        return release

    async def expert_claims(self, gathering_id: str, session: Session | None = None) -> dict[str, str]:
        """And those of tables: what keeps a slot from everybody."""
        return await self._encounters.claims_of_kinds(gathering_id, (EXPERT, TABLE), session)

    async def attendee_claims(self, gathering_id: str) -> dict[str, str]:
        return await self._encounters.attendee_claims(gathering_id)

    async def _diary(self, gathering_id: str, ledger: Document, names: Wanted, session: Session | None) -> Diary:
        diary = Diary(
            ledger=Ledger(gathering_id, ledger.get("version", 0), ledger.get("sequence", 0)),
            gathering=await self._gathering(gathering_id, ledger.get("definition_version", 0), session),
        )
        return await self._filled(diary, names, session)

    async def _filled(self, diary: Diary, names: Wanted, session: Session | None) -> Diary:
        gathering_id = diary.ledger.gathering_id
        here = {"gathering_id": gathering_id}
        board, waiting = await self._first(diary.ledger, here, names, session)
        if names.losers is not None:
            at = [{"desk": names.losers}, {"experts": names.losers}]  # also where their expert has another desk
            losers = await self._all("bookings", {**here, "status": "booked", "$or": at}, session)
            names.registrations |= {one["registration_id"] for one in losers}
        diary = await self._encounters.fill(diary, names, session)
        registrations, bookings, claims, answers, agenda = await at_once(
            session,
            lambda: self._encounters.registrations(names, here, session),
            lambda: self._bookings(here, names, session),
            lambda: self._attendee_claims(diary, names, session),
            lambda: self._answers(here, names, session),
            lambda: self._agenda(gathering_id, board, names, session),
        )
        return replace(
            diary,
            registrations={one["_id"]: documents.registration(one) for one in registrations},
            bookings={one["_id"]: documents.booking(one) for one in bookings},
            claims={**diary.claims, **board.claims, **claims},
            answers={one.submission_id: one for one in answers},
            keys={one.key: one.submission_id for one in answers if one.key is not None},
            waiting=waiting,
            agenda=agenda,
            questions={one["_id"]: documents.question(one) for one in await self._questions(here, names, session)},
            voices=frozenset(one["_id"] for one in await self._ids("voices", names.voices, {}, session)),
            stars=frozenset(documents.star(one) for one in await self._stars(here, names, session)),
            acts={one["_id"]: documents.act(one) for one in await self._ids("acts", names.acts, {}, session)},
            blocks=board.blocks,
            holds=board.holds,
            waiters=board.waiters,
        )

    async def _first(
        self, ledger: Ledger, here: Document, names: Wanted, session: Session | None
    ) -> tuple[Board, dict[str, Any]]:
        """The board, and requests that wait; all that either names is wanted as well."""
        board = await self._board(ledger, here, session)
        waiting = {} if board.nothing_waits else await self._waiting(here, names, session)
        for command in waiting.values():
            names.add(command)
        for waiter in board.waiters.values():
            names.add_waiter(waiter)
        for hold in board.holds.values():
            if hold.purpose is Purpose.OFFER:
                names.add_waiter(hold)
        return board, waiting

    async def _board(self, ledger: Ledger, here: Document, session: Session | None) -> Board:
        """In a transaction it is read anew, as that transaction sees it."""
        known = self._boards.at(ledger.gathering_id, ledger.version) if session is None else None
        if known is not None:
            return known
        async with self._cold if session is None else nullcontext():
            board = await self._read_board(ledger, here, session)
        if session is None:
            self._boards.keep(ledger.gathering_id, board)
        return board

    async def _read_board(self, ledger: Ledger, here: Document, session: Session | None) -> Board:
        claims, blocks, holds, waiters, latest, waiting = await at_once(
            session,
            lambda: self.expert_claims(ledger.gathering_id, session),
            lambda: self._all("blocks", here, session),
            lambda: self._all("holds", here, session),
            lambda: self._longest_waiting(here, session),
            lambda: self.latest_release(ledger.gathering_id, session),
            lambda: self._mongo["waiting"].find_one(here, {"_id": 1}, session=session),
        )
        return Board(
            ledger.version,
            claims,
            {one["_id"]: documents.block(one) for one in blocks},
            {one["_id"]: documents.hold(one) for one in holds},
            {one.id: one for one in map(documents.waiter, waiters)},
            latest,
            nothing_waits=waiting is None,
        )

    async def _answers(self, here: Document, names: Wanted, session: Session | None) -> list[Answer]:
        if not names.submissions:
            return []
        asked = {"$or": [{"_id": {"$in": [*names.submissions]}}, {"key": {"$in": [*names.keys]}}]}
        return [documents.answer(one) for one in await self._all("requests", {**here, **asked}, session)]

    async def _questions(self, here: Document, names: Wanted, session: Session | None) -> list[Document]:
        if not names.questions and not names.askers:
            return []
        some = [{"_id": {"$in": [*names.questions]}}, {"registration_id": {"$in": [*names.askers]}}]
        return await self._all("questions", {**here, "$or": some}, session)

    async def _stars(self, here: Document, names: Wanted, session: Session | None) -> list[Document]:
        """Everybody's, if an agenda may move what is starred; else of those whose stars may change."""
        if names.audience:
            return await self._all("stars", here, session)
        whose = [*(names.starrers | names.forgotten)]
        return await self._all("stars", {**here, "registration_id": {"$in": whose}}, session) if whose else []

    async def _longest_waiting(self, here: Document, session: Session | None) -> list[Document]:
        found = self._mongo["waiters"].find(here, session=session).sort("since", 1).limit(WAITERS_AT_ONCE)
        return await found.to_list(None)

    async def _waiting(self, here: Document, names: Wanted, session: Session | None) -> dict[str, Any]:
        """What a batch may bring to an end: its own requests, and those that wait for what it brings."""
        ours = [{"_id": {"$in": [*names.submissions]}}, {"registration_id": {"$in": [*names.learned]}}]
        concerned = here if names.published else {**here, "$or": ours}
        found = await self._all("waiting", concerned, session, IN_ORDER)
        return {one["_id"]: documents.waiting(one) for one in found}

    async def _bookings(self, here: Document, names: Wanted, session: Session | None) -> list[Document]:
        if not names.everybody and not names.bookings:
            return await self._booked_by.find(here["gathering_id"], names.registrations, session)
        some: list[Document] = [{"status": "booked"}] if names.everybody else []
        some += [{"_id": {"$in": [*names.bookings]}}] if names.bookings else []
        some += [{"registration_id": {"$in": [*names.registrations]}}] if names.registrations else []
        return await self._all("bookings", {**here, "$or": some}, session) if some else []

    async def _attendee_claims(self, diary: Diary, names: Wanted, session: Session | None) -> dict[str, str]:
        """Read before deciding, as the board is: three hundred who want one slot are then refusals, no lost races."""
        if not names.experts and not names.pairs:
            return {}
        attendees = await self._ids("claims", names.attendee_claims(diary.gathering), {}, session)
        return {one["_id"]: one["booking"] for one in attendees}

    async def _agenda(self, gathering_id: str, board: Board, names: Wanted, session: Session | None) -> Agenda:
        """Where slots are given, the newest release is enough: who is expected on which stage."""
        if not names.agenda:
            return Agenda(latest=board.latest)
        found = await self._mongo["agendas"].find_one({"_id": gathering_id}, session=session)
        return documents.agenda(found, board.latest)

    async def _gathering(self, gathering_id: str, version: int, session: Session | None) -> Gathering | None:
        known = self._definitions.get(gathering_id)
        if known is not None and known.version == version:
            return known
        found = await self._mongo["gatherings"].find_one({"_id": gathering_id}, session=session) if version else None
        if found is None:
            return None
        gathering = documents.gathering(found)
        self._definitions[gathering_id] = gathering
        return gathering

    async def _ids(self, collection: str, ids: set[str], also: Document, session: Session | None) -> list[Document]:
        return await self._all(collection, {"_id": {"$in": [*ids]}, **also}, session) if ids else []

    async def _all(
        self, collection: str, query: Document, session: Session | None, order: Any = None
    ) -> list[Document]:
        found = self._mongo[collection].find(query, session=session)
        return await (found.sort(order) if order is not None else found).to_list(None)


async def at_once(session: Session | None, *reads: Callable[[], Awaitable[Any]]) -> list[Any]:
    """What each finds. One transaction takes one command at a time."""
    if session is not None:
        return [await read() for read in reads]
    reading = [asyncio.ensure_future(read()) for read in reads]
    try:
        return await asyncio.gather(*reading)
    except BaseException:  # nobody wants the others' answers any more
        for one in reading:
            one.cancel()
        raise
