"""What staff and other services read of registration: pages, exports, people. No decision rests on these."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict

from services.registration.domain import Former, Ledger, Registration
from services.registration.store import documents
from services.registration.store.base import Audit, Gathering, LostLink, Task
from services.registration.store.former import former_id, from_document
from shared.errors import LostRace
from shared.messages.gathering import Definition
from shared.mongo import Document, Mongo, Session, outcomes

LINKS_AT_ONCE = 200


class Queries:
    """Beside the store, on the same database."""

    def __init__(self, mongo: Mongo) -> None:
        self._mongo = mongo

    async def registration(self, registration_id: str) -> Registration | None:
        with outcomes():
            found = await self._mongo["registrations"].find_one({"_id": registration_id})
        return None if found is None else documents.to_registration(found)

    async def of_person(self, gathering_id: str, person: str) -> Registration | None:
        where = {"gathering_id": gathering_id, "live": True, "person": person}
        with outcomes():
            found = await self._mongo["registrations"].find_one(where, documents.WITHOUT_PERSONAL)
        return None if found is None else documents.to_registration(found)

    async def same_person(self, one: Registration) -> frozenset[str]:
        """The ids under which they are known for the gathering: also of what they gave up or were refused."""
        where = {"gathering_id": one.gathering_id, "person": one.person}
        with outcomes():
            return frozenset([one.id, *await self._mongo["registrations"].distinct("_id", where)])

    async def people(self, registration_ids: Sequence[str]) -> list[Registration]:
        where = {"_id": {"$in": list(registration_ids)}, "erased_at": {"$exists": False}}
        with outcomes():
            found = await self._mongo["registrations"].find(where).to_list(None)
        return [documents.to_registration(one) for one in found]

    async def former(self, registration_id: str, generation: int) -> Former | None:
        """Who made way for this generation, as long as that is kept, and unless the registration is theirs again."""
        with outcomes():
            found = await self._mongo["former"].find_one({"_id": former_id(registration_id, generation)})
            holder = await self._mongo["registrations"].find_one({"_id": registration_id}, {"person": 1})
        if found is None or holder is None or holder.get("person") == found["person"]:
            return None
        return from_document(found)

    async def forget_former(self, registration_id: str, generation: int) -> None:
        with outcomes():
            await self._mongo["former"].delete_one({"_id": former_id(registration_id, generation)})

    async def page(self, gathering_id: str, filters: Mapping[str, str], after: str, limit: int) -> list[Registration]:
        where: Document = {"gathering_id": gathering_id, "_id": {"$gt": after}, "erased_at": {"$exists": False}}
        if filters:
            where["parts"] = {"$elemMatch": dict(filters)}
        with outcomes():
            found = await self._mongo["registrations"].find(where).sort("_id", 1).limit(limit).to_list(None)
        return [documents.to_registration(one) for one in found]

    async def of_delegation(self, gathering_id: str, delegation: str) -> list[Registration]:
        where = {"gathering_id": gathering_id, "delegation": delegation, "live": True}
        with outcomes():
            found = await self._mongo["registrations"].find(where).sort("accepted_at", 1).to_list(None)
        return [documents.to_registration(one) for one in found]

    async def all_registrations(self, gathering_id: str) -> AsyncIterator[Registration]:
        where = {"gathering_id": gathering_id, "erased_at": {"$exists": False}}
        with outcomes():
            async for one in self._mongo["registrations"].find(where).sort("_id", 1):
                yield documents.to_registration(one)

    async def audit(self, gathering_id: str) -> AsyncIterator[Document]:
        with outcomes():
            async for one in self._mongo["audit"].find({"gathering_id": gathering_id}).sort("at", 1):
                yield one

    async def ledger(self, gathering_id: str) -> Ledger:
        with outcomes():
            found = await self._mongo["ledgers"].find_one({"_id": gathering_id})
        return Ledger(gathering_id) if found is None else documents.to_ledger(found)

    async def gatherings(self) -> list[Gathering]:
        with outcomes():
            found = await self._mongo["gatherings"].find({"published_version": {"$gt": 0}}).sort("_id", 1).to_list(None)
        return [documents.to_gathering(one) for one in found]

    async def knows(self, gathering_id: str) -> bool:
        with outcomes():
            return await self._mongo["gatherings"].find_one({"_id": gathering_id}, {"_id": 1}) is not None

    async def put(self, gathering_id: str, definition: Definition, replacing: int, audit: Audit) -> int | None:
        """Keep a draft as number `replacing` + 1; nothing if another put came first."""
        draft = {"version": replacing + 1, "draft": definition.model_dump(mode="json", by_alias=True)}

        async def work(session: Session) -> int | None:
            gatherings = self._mongo["gatherings"]
            if replacing == 0:
                await gatherings.insert_one({"_id": gathering_id, "published_version": 0, **draft}, session=session)
            else:
                where = {"_id": gathering_id, "version": replacing}
                if not (await gatherings.update_one(where, {"$set": draft}, session=session)).matched_count:
                    return None
            await self._mongo["audit"].insert_one(documents.from_audit(audit, gathering_id), session=session)
            return replacing + 1

        try:
            return await self._mongo.transact(work)
        except LostRace:
            return None

    async def invitations(self, gathering_id: str) -> list[Document]:
        with outcomes():
            return await self._mongo["invitations"].find({"gathering_id": gathering_id}).sort("_id", 1).to_list(None)

    async def invitation(self, invitation_id: str) -> Document | None:
        with outcomes():
            found: Document | None = await self._mongo["invitations"].find_one({"_id": invitation_id, "revoked": False})
        return found

    async def open_tasks(self) -> list[Task]:
        with outcomes():
            found = await self._mongo["tasks"].find({"done": False}).sort("_id", 1).limit(20).to_list(None)
        return [documents.to_task(one) for one in found]

    async def ask_for_link(self, asked: LostLink) -> None:
        with outcomes():
            await self._mongo["lost-links"].insert_one({"_id": asked.id} | asdict(asked))

    async def links_asked_for(self) -> list[LostLink]:
        with outcomes():
            found = await self._mongo["lost-links"].find({}, {"_id": 0}).limit(LINKS_AT_ONCE).to_list(None)
        return [LostLink(**one) for one in found]

    async def link_seen_to(self, asked: LostLink) -> None:
        with outcomes():
            await self._mongo["lost-links"].delete_one({"_id": asked.id})

    async def published(self) -> list[str]:
        with outcomes():
            found = await self._mongo["gatherings"].find({"published_version": {"$gt": 0}}, {"_id": 1}).to_list(None)
        return [one["_id"] for one in found]
