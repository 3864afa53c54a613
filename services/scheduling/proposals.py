"""Proposals in the making: each is a job of this process, whose solver works in another; only a whole one is kept."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from services.scheduling.domain import (
    Command,
    Gathering,
    KeepProposal,
    Proposal,
    Topic,
    session_of,
    settle,
    wanted,
)
from services.scheduling.domain.state import Diary, Ledger
from services.scheduling.domain.terms import Known, MeetingTerms, RoomTerms, about_meetings, about_rooms
from services.scheduling.solver import working
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering
from services.scheduling.solver.refusing import Refusal
from services.scheduling.solver.watching import Progress
from services.scheduling.solver.working import SolverDied
from services.scheduling.store import Job, JobState, Store
from shared.clock import Clock
from shared.errors import DeliveryError
from shared.people import People, Person
from shared.telemetry import get_logger

log = get_logger(__name__)

Terms = RoomTerms | MeetingTerms
Tell = Callable[[Progress], None]
Found = TypeVar("Found", groups.Assignment, partnering.Schedule)
BEAT: Final = 1.0  # seconds between two signs of life
LOST_AFTER: Final = timedelta(seconds=5)
NAMED_AT_ONCE: Final = 1_000
ASKED_AGAIN: Final = 5


class Nonsense(Exception):
    """A question that nobody could answer; the refusal says what to mend."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


class Proposals:
    """One solver at a time: the machine's other processor is for bookings."""

    def __init__(self, store: Store, people: People, clock: Clock, beat: float = BEAT) -> None:
        self._store = store
        self._people = people
        self._clock = clock
        self._beat = beat
        self._turn = asyncio.Semaphore(1)
        self._tasks: dict[asyncio.Task[None], Job] = {}

    async def begin(self, gathering: Gathering, terms: Terms, job_id: str, digest: str = "") -> Job:
        """The job; one that was begun before is not begun again."""
        topic = Topic.WORKING_GROUPS if isinstance(terms, RoomTerms) else Topic.PARTNERING
        job = Job(job_id, gathering.id, topic, self._clock.now(), self._clock.wall(), phase="waiting", digest=digest)
        if not await self._store.begin(job):
            return await self._store.job(job_id) or job
        task = asyncio.create_task(self._run(job, gathering, terms))
        self._tasks[task] = job
        task.add_done_callback(self._tasks.pop)
        return job

    async def close(self) -> None:
        """Whoever asks hears that what was in hand is lost."""
        running = dict(self._tasks)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        for job in running.values():
            await self._report(replace(job, state=JobState.LOST))

    async def ended(self, job_id: str, within: float) -> None:
        """Once the job has come to its end, if it is this process's; at the latest after so many seconds."""
        if tasks := [task for task, job in self._tasks.items() if job.id == job_id]:
            await asyncio.wait(tasks, timeout=within)

    async def settled(self) -> None:
        """When nothing is in hand any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def state(self, job: Job) -> JobState:
        """A process that died says nothing any more."""
        silent = job.state is JobState.RUNNING and self._clock.wall() - job.beat_at > LOST_AFTER
        return JobState.LOST if silent else job.state

    async def _run(self, job: Job, gathering: Gathering, terms: Terms) -> None:
        seen = deque([Progress("waiting", 0, 1)], maxlen=1)
        work = asyncio.create_task(self._make(job, gathering, terms, seen.append))
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=self._beat)
                if not work.done() and not await self._report(_as_of(job, seen[-1])):
                    work.cancel()  # nobody wants it any more
            await self._report(await self._ended(job, work))
        finally:  # it has ended, or the service does
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _ended(self, job: Job, work: "asyncio.Task[None]") -> Job:
        try:
            await work
        except asyncio.CancelledError:
            return replace(job, state=JobState.CANCELLED)
        except Nonsense as no:
            problems = tuple({**asdict(one), "fault": one.fault.value} for one in no.refusal.problems)
            detail = "The question cannot be answered: mend what `problems` names and propose again."
            return replace(job, state=JobState.FAILED, detail=detail, problems=problems)
        except (DeliveryError, SolverDied) as reason:
            log.warning("no proposal", job=job.id, reason=str(reason))
            return replace(job, state=JobState.FAILED, detail="Something it rests on was away: propose again.")
        except Exception:
            log.exception("no proposal", job=job.id)
            return replace(job, state=JobState.FAILED, detail="Something failed on our side: propose again.")
        return replace(job, state=JobState.DONE)

    async def _report(self, job: Job) -> bool:
        """A database that is away is told later; the work goes on."""
        try:
            return await self._store.report(replace(job, beat_at=self._clock.wall()))
        except DeliveryError as reason:
            log.warning("progress not kept", job=job.id, reason=str(reason))
            return True

    async def _make(self, job: Job, gathering: Gathering, terms: Terms, tell: Tell) -> None:
        async with self._turn:
            tell(Progress("gathering", 0, 1))
            order = await self._solved(job, gathering, terms, tell)
        if await self._store.report(replace(job, phase="keeping", beat_at=self._clock.wall())):
            await self._keep(order)

    async def _solved(self, job: Job, gathering: Gathering, terms: Terms, tell: Tell) -> KeepProposal:
        if isinstance(terms, RoomTerms):
            known = await self._known_of_rooms(gathering)
            rooms = about_rooms(known, terms)
            assigned = _good(await working.assign(rooms.people, rooms.rooms, rooms.rules, tell))
            proposal = Proposal(job.id, job.gathering_id, job.made_at, assigned, rooms.left_out)
        else:
            known = await self._known_of_meetings(gathering)
            asked = about_meetings(known, terms)
            schedule = _good(await working.match(asked.people, asked.slots, asked.rules, asked.locked, tell))
            proposal = Proposal(job.id, job.gathering_id, job.made_at, schedule)
        return KeepProposal(proposal, {one.id: one.generation for one in known.attending})

    async def _known_of_rooms(self, gathering: Gathering) -> Known:
        store, agenda = self._store, await self._store.agenda(gathering.id)
        session = session_of(Diary(Ledger(gathering.id), gathering, agenda), gathering)
        attending = [] if session is None else await store.attending(gathering.id, session.part)
        return Known(
            gathering=gathering,
            attending=attending,
            claims=await store.attendee_claims(gathering.id),
            at=self._clock.now(),
            wishes={one.registration_id: one for one in await store.wishes_in(gathering.id)},
            session=session,
            countries=await countries(self._people, [one.id for one in attending]),
        )

    async def _known_of_meetings(self, gathering: Gathering) -> Known:
        store, definition = self._store, gathering.definition.partnering
        latest = (await store.agenda(gathering.id)).latest
        return Known(
            gathering=gathering,
            attending=await store.attending(gathering.id, definition.part) if definition is not None else [],
            claims=await store.attendee_claims(gathering.id),
            at=self._clock.now(),
            wishes={one.registration_id: one for one in await store.wishes_in(gathering.id)},
            profiles=frozenset(one.registration_id for one in await store.profiles_in(gathering.id)),
            meetings=await store.meetings_in(gathering.id),
            mandatory=latest.mandatory if latest is not None else (),
        )

    async def _keep(self, order: KeepProposal) -> None:
        at, proposal = self._clock.now(), order.proposal
        command = Command(order, cause=proposal.id, at=at)
        await self._store.alone(proposal.gathering_id, wanted([command]), lambda diary: settle(diary, [command]), at)


async def countries(people: People, ids: list[str], tries: int = ASKED_AGAIN) -> dict[str, str | None]:
    """Of everybody whom registration knows, asked for when it is needed; raises `Unavailable` if it stays away."""
    found = dict[str, Person]()
    for start in range(0, len(ids), NAMED_AT_ONCE):
        some = ids[start : start + NAMED_AT_ONCE]
        found |= await _patiently(partial(people.get, some), tries)
    return {who: one.country for who, one in found.items()}


async def _patiently(ask: Callable[[], Awaitable[dict[str, Person]]], tries: int) -> dict[str, Person]:
    for _ in range(tries - 1):
        try:
            return await ask()
        except DeliveryError:
            await asyncio.sleep(1)
    return await ask()


def _as_of(job: Job, progress: Progress) -> Job:
    return replace(job, phase=progress.phase, done=progress.done, total=progress.total)


def _good(answer: Found | Refusal) -> Found:
    if isinstance(answer, Refusal):
        raise Nonsense(answer)
    return answer
