"""Questions about rooms, meetings and proposals, and the jobs that make these."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar

from services.scheduling.domain import (
    Assignment,
    Latecomer,
    Meeting,
    Plan,
    Preferences,
    Profile,
    Proposal,
    Registration,
    Topic,
)
from services.scheduling.domain.state import CONFIRMED
from services.scheduling.store import documents
from services.scheduling.store.loading import Loader
from services.scheduling.store.protocol import Head, Job, JobState
from shared.errors import LostRace
from shared.mongo import Document, Mongo, outcomes

T = TypeVar("T")
JOBS_KEPT = timedelta(days=7)  # as long as a call may be repeated
HEAD = {"found": 0, "left_out": 0}  # what a proposal proposes may be large
NEWEST_FIRST = [("made_at", -1), ("_id", 1)]


class EncounterReads:
    """The part of the `Store` that answers, and keeps jobs; decisions are in its other part."""

    _mongo: Mongo
    _loader: Loader

    async def prepare_encounters(self) -> None:
        for collection in ("registrations", "preferences", "profiles", "proposals", "meetings", "assignments", "jobs"):
            await self._mongo[collection].create_index("gathering_id")
        await self._mongo["assignments"].create_index("registration_id")
        await self._mongo["meetings"].create_index("people")
        await self._mongo["plans"].create_index("gathering_id")
        await self._mongo["latecomers"].create_index([("gathering_id", 1), ("tried", 1)])
        await self._mongo["jobs"].create_index("expires_at", expireAfterSeconds=0)

    async def attending(self, gathering_id: str, part: str) -> list[Registration]:
        here = {"gathering_id": gathering_id, "parts": {"$elemMatch": {"part": part, "status": CONFIRMED}}}
        found = [documents.registration(one) for one in await self._found("registrations", here, [("_id", 1)])]
        return [one for one in found if not one.erased]

    async def attendee_claims(self, gathering_id: str) -> Mapping[str, str]:
        with outcomes():
            return await self._loader.attendee_claims(gathering_id)

    async def wishes_in(self, gathering_id: str) -> list[Preferences]:
        return [documents.preferences(one) for one in await self._here("preferences", gathering_id)]

    async def profile(self, registration_id: str) -> Profile | None:
        found = await self._found("profiles", {"_id": registration_id})
        return documents.profile(found[0]) if found else None

    async def profiles_in(self, gathering_id: str) -> list[Profile]:
        return [documents.profile(one) for one in await self._here("profiles", gathering_id)]

    async def assignments_in(self, gathering_id: str) -> list[Assignment]:
        return [documents.assignment(one) for one in await self._here("assignments", gathering_id)]

    async def assignments_of(self, registration_id: str) -> list[Assignment]:
        found = await self._found("assignments", {"registration_id": registration_id}, [("starts_at", 1)])
        return [documents.assignment(one) for one in found]

    async def meetings_in(self, gathering_id: str) -> list[Meeting]:
        found = await self._found("meetings", {"gathering_id": gathering_id}, [("starts_at", 1), ("_id", 1)])
        return [documents.meeting(one) for one in found]

    async def meetings_of(self, registration_id: str) -> list[Meeting]:
        found = await self._found("meetings", {"people": registration_id}, [("starts_at", 1), ("_id", 1)])
        return [documents.meeting(one) for one in found]

    async def plans_in(self, gathering_id: str) -> list[Plan]:
        return [documents.plan(one) for one in await self._here("plans", gathering_id)]

    async def proposal(self, proposal_id: str) -> Proposal | None:
        found = await self._found("proposals", {"_id": proposal_id})
        return documents.proposal(found[0]) if found else None

    async def proposals_in(self, gathering_id: str) -> list[Head]:
        with outcomes():
            found = self._mongo["proposals"].find({"gathering_id": gathering_id}, HEAD).sort(NEWEST_FIRST)
            return [documents.head(one) async for one in found]

    async def latecomers_in(self, gathering_id: str) -> list[Latecomer]:
        return [documents.latecomer(one) for one in await self._here("latecomers", gathering_id)]

    async def untried(self) -> set[str]:
        with outcomes():
            return set(await self._mongo["latecomers"].distinct("gathering_id", {"tried": False}))

    async def job(self, job_id: str) -> Job | None:
        found = await self._found("jobs", {"_id": job_id})
        return _job(found[0]) if found else None

    async def jobs_in(self, gathering_id: str) -> list[Job]:
        return [_job(one) for one in await self._found("jobs", {"gathering_id": gathering_id}, NEWEST_FIRST)]

    async def begin(self, job: Job) -> bool:
        try:
            with outcomes():
                await self._mongo["jobs"].insert_one(_of_job(job))
        except LostRace:
            return False
        return True

    async def report(self, job: Job) -> bool:
        with outcomes():
            running = {"_id": job.id, "state": JobState.RUNNING.value}
            done = await self._mongo["jobs"].replace_one(running, _of_job(job))
            return bool(done.matched_count)

    async def stop(self, job_id: str) -> None:
        with outcomes():
            ended = {"$set": {"state": JobState.CANCELLED.value}}
            await self._mongo["jobs"].update_one({"_id": job_id, "state": JobState.RUNNING.value}, ended)

    async def _here(self, collection: str, gathering_id: str) -> list[Document]:
        return await self._found(collection, {"gathering_id": gathering_id}, [("_id", 1)])

    async def _found(self, collection: str, query: Document, order: Any = None) -> list[Document]:
        with outcomes():
            found = self._mongo[collection].find(query)
            return await (found.sort(order) if order is not None else found).to_list(None)


def _of_job(one: Job) -> Document:
    document = asdict(one)
    return {"_id": document.pop("id"), **document, "problems": [*one.problems], "expires_at": one.beat_at + JOBS_KEPT}


def _job(stored: Document) -> Job:
    return Job(
        id=stored["_id"],
        gathering_id=stored["gathering_id"],
        topic=Topic(stored["topic"]),
        made_at=stored["made_at"],
        beat_at=stored["beat_at"],
        state=JobState(stored["state"]),
        phase=stored["phase"],
        done=stored["done"],
        total=stored["total"],
        detail=stored["detail"],
        problems=tuple(stored["problems"]),
        digest=stored.get("digest", ""),
    )
