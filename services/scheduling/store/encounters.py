"""Reading what is decided of rooms and meetings: only where a gathering has them, and a batch may touch them."""

from collections.abc import Iterable
from dataclasses import replace

from services.scheduling.domain import Diary, Wanted
from services.scheduling.domain.encounters import MEETING_TABLE
from services.scheduling.domain.slots import ATTENDEE
from services.scheduling.domain.state import CONFIRMED
from services.scheduling.store import documents
from services.scheduling.store.owing import Owing
from services.scheduling.store.together import Together
from shared.mongo import Document, Mongo, Session

TRIED_AGAIN = 200  # of those without a room, when a place becomes free


class EncounterLoader:
    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo
        self._owing = Owing(mongo)
        self._registrations = Together(mongo, "registrations", "_id")
        self._preferences = Together(mongo, "preferences", "_id")

    async def fill(self, diary: Diary, names: Wanted, session: Session | None) -> Diary:
        """The diary with all of it but the registrations: whose are needed is added to `names`."""
        here = {"gathering_id": diary.ledger.gathering_id}
        definition = diary.gathering.definition if diary.gathering is not None else None
        has_groups = definition is not None and definition.working_groups is not None
        has_meetings = definition is not None and definition.partnering is not None
        concerns = bool(names.learned or names.experts)
        names.release |= has_groups and bool(names.learned)
        if names.proposals or names.drafts:
            which = {} if names.drafts else {"_id": {"$in": [*names.proposals]}}
            proposals = [documents.proposal(one) for one in await self._all("proposals", {**here, **which}, session)]
            diary = replace(diary, proposals={one.id: one for one in proposals})
        if names.assignments or (has_groups and concerns):
            whose = {} if names.assignments else {"registration_id": {"$in": [*names.registrations]}}
            rooms = [documents.assignment(one) for one in await self._all("assignments", {**here, **whose}, session)]
            diary = replace(diary, assignments={one.id: one for one in rooms})
            names.registrations |= {one.registration_id for one in rooms}
        if names.meetings or names.meeting_ids or (has_meetings and (concerns or names.pairs)):
            diary = await self._with_meetings(diary, here, names, session)
        if (has_groups or has_meetings) and (names.learned or names.everyone or names.pairs):
            plans = [documents.plan(one) for one in await self._all("plans", here, session)]
            diary = replace(diary, plans={one.topic: one for one in plans})
        if names.latecomers or (has_groups and names.learned):
            late = [documents.latecomer(one) for one in await self._latecomers(here, names, session)]
            diary = replace(diary, latecomers={one.registration_id: one for one in late})
        claims = await self._claims(diary, names, session)
        if has_groups or has_meetings:
            claims |= await self._owing.claims(diary.ledger.gathering_id, session)
        return replace(await self._with_people(diary, here, names, session), claims=claims)

    async def registrations(self, names: Wanted, here: Document, session: Session | None) -> list[Document]:
        if not names.everyone and not names.audience:
            return await self._registrations.find(here["gathering_id"], names.registrations, session)
        some: list[Document] = [{"_id": {"$in": [*names.registrations]}}, {"parts.status": CONFIRMED}]
        return await self._all("registrations", {**here, "$or": some}, session)

    async def claims_of_kinds(self, gathering_id: str, kinds: Iterable[str], session: Session | None) -> dict[str, str]:
        spans = [{"_id": {"$gte": f"{gathering_id}:{kind}:", "$lt": f"{gathering_id}:{kind};"}} for kind in kinds]
        return {one["_id"]: one["booking"] for one in await self._all("claims", {"$or": spans}, session)}

    async def attendee_claims(self, gathering_id: str) -> dict[str, str]:
        """When everybody is busy."""
        owed = await self._owing.claims(gathering_id, None)
        theirs = {claim: who for claim, who in owed.items() if claim.startswith(f"{gathering_id}:{ATTENDEE}:")}
        return await self.claims_of_kinds(gathering_id, (ATTENDEE,), None) | theirs

    async def _with_meetings(self, diary: Diary, here: Document, names: Wanted, session: Session | None) -> Diary:
        mine = [{"people": {"$in": [*names.registrations]}}, {"_id": {"$in": [*names.meeting_ids]}}]
        whose = {} if names.meetings else {"$or": mine}
        meetings = [documents.meeting(one) for one in await self._all("meetings", {**here, **whose}, session)]
        return replace(diary, meetings={one.id: one for one in meetings})

    async def _with_people(self, diary: Diary, here: Document, names: Wanted, session: Session | None) -> Diary:
        """What they wish; and, of those who may be forgotten, what they show."""
        whose = names.learned | names.wishers | names.forgotten
        if names.everyone:
            wishes = await self._all("preferences", here, session)
        else:
            wishes = await self._preferences.find(here["gathering_id"], whose, session)
        forgetting = {**here, "_id": {"$in": [*names.forgotten]}}
        profiles = await self._all("profiles", forgetting, session) if names.forgotten else []
        return replace(
            diary,
            preferences={one["_id"]: documents.preferences(one) for one in wishes},
            profiles={one["_id"]: documents.profile(one) for one in profiles},
        )

    async def _latecomers(self, here: Document, names: Wanted, session: Session | None) -> list[Document]:
        if names.latecomers:
            return await self._all("latecomers", here, session)
        some = {"$or": [{"_id": {"$in": [*names.learned]}}, {"tried": True}]}
        found = (
            self._mongo["latecomers"].find({**here, **some}, session=session).limit(TRIED_AGAIN + len(names.learned))
        )
        return await found.to_list(None)

    async def _claims(self, diary: Diary, names: Wanted, session: Session | None) -> dict[str, str]:
        """When everybody is busy, if everybody may be moved; else what those who are named hold."""
        gathering_id, kinds = diary.ledger.gathering_id, list[str]()
        if names.everyone or (names.assignments and diary.assignments):
            kinds = [ATTENDEE, MEETING_TABLE]
        elif names.pairs:
            kinds = [MEETING_TABLE]
        found = {claim: one.id for one in diary.assignments.values() for claim in one.claims}
        found |= {claim: one.id for one in diary.meetings.values() for claim in one.claims}
        return found | await self.claims_of_kinds(gathering_id, kinds, session) if kinds else found

    async def _all(self, collection: str, query: Document, session: Session | None) -> list[Document]:
        return await self._mongo[collection].find(query, session=session).to_list(None)
