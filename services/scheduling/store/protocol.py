"""The `Store` that handlers and routes rest on. Every implementation passes the same contract suite."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from services.scheduling.domain import (
    Agenda,
    Answer,
    Assignment,
    Block,
    Booking,
    Command,
    Diary,
    Gathering,
    Hold,
    Latecomer,
    Meeting,
    Outcome,
    Plan,
    Preferences,
    Profile,
    Proposal,
    Question,
    Registration,
    Release,
    Star,
    Topic,
    Waiter,
    Wanted,
)

Settle = Callable[[Diary], Outcome]


@dataclass(frozen=True, slots=True)
class Audit:
    """Who of the staff did what."""

    id: str
    at: datetime
    actor: str
    role: str
    action: str
    object: str
    reason: str | None = None


class JobState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Job:
    """A solver at work, as its process last said. `beat_at` is the machine's time: who is silent has died."""

    id: str
    gathering_id: str
    topic: Topic
    made_at: datetime
    beat_at: datetime
    state: JobState = JobState.RUNNING
    phase: str = ""
    done: int = 0
    total: int = 0
    detail: str | None = None
    problems: tuple[dict[str, Any], ...] = ()
    digest: str = ""  # of what was asked


@dataclass(frozen=True, slots=True)
class Head:
    """A proposal without what it proposes."""

    id: str
    gathering_id: str
    topic: Topic
    made_at: datetime
    version: int
    published: bool


Exported = Booking | Audit | Assignment | Meeting | Profile | Head


class Store(Protocol):
    """Loads a batch at once, commits it at once; a lost race is `LostRace`, a database away `Unavailable`."""

    async def load(self, wanted: Mapping[str, Wanted]) -> dict[str, Diary]:
        """By gathering, what is wanted and what has been waiting for it."""

    async def commit(self, outcomes: Sequence[Outcome], at: datetime) -> None:
        """Write all or nothing; the ledgers are compared last."""

    async def alone(
        self, gathering_id: str, wanted: Wanted, settle: Settle, at: datetime, audit: Audit | None = None
    ) -> Outcome:
        """For staff and timers: take the ledger first, decide on what stands then, one at a time per gathering."""

    async def claim_owed(self) -> None:
        """Write the claims that a large publication has left for later; everybody counts with them already."""

    async def gathering(self, gathering_id: str) -> Gathering | None: ...

    async def agenda(self, gathering_id: str) -> Agenda: ...

    async def release(self, gathering_id: str, number: int) -> Release | None: ...

    async def releases(self, gathering_id: str) -> list[Release]: ...

    async def expert_claims(self, gathering_id: str) -> Mapping[str, str]: ...

    async def registration(self, registration_id: str) -> Registration | None: ...

    async def booking(self, booking_id: str) -> Booking | None: ...

    async def bookings_of(self, registration_id: str) -> list[Booking]: ...

    async def bookings_at(self, gathering_id: str, desk: str) -> list[Booking]: ...

    async def history_at(self, gathering_id: str, desk: str) -> list[Booking]:
        """All meetings that were ever at a desk, also those released or moved elsewhere."""

    async def blocks_at(self, gathering_id: str, desk: str | None = None) -> list[Block]:
        """Of one desk, or of all."""

    async def holds_of(self, registration_id: str) -> list[Hold]: ...

    async def turns_of(self, registration_id: str) -> list[tuple[Waiter, int]]:
        """Where they wait, and how many have waited longer."""

    async def stars_of(self, registration_id: str) -> set[Star]: ...

    async def preferences(self, registration_id: str) -> Preferences | None: ...

    async def answer(self, submission_id: str) -> Answer | None: ...

    async def overdue(self, parked_before: datetime) -> list[Command]:
        """Requests that have waited since before a moment of the machine's time."""

    async def questions(self, gathering_id: str, session: str) -> list[Question]:
        """The most wanted first, then in the order in which they were asked."""

    async def questions_of(self, registration_id: str) -> list[Question]: ...

    async def lapsed(self, now: datetime) -> set[str]:
        """Gatherings with holds that have run out."""

    async def attending(self, gathering_id: str, part: str) -> list[Registration]:
        """Who is confirmed for a part, in order of their ids."""

    async def attendee_claims(self, gathering_id: str) -> Mapping[str, str]: ...

    async def wishes_in(self, gathering_id: str) -> list[Preferences]: ...

    async def profile(self, registration_id: str) -> Profile | None: ...

    async def profiles_in(self, gathering_id: str) -> list[Profile]: ...

    async def assignments_in(self, gathering_id: str) -> list[Assignment]: ...

    async def assignments_of(self, registration_id: str) -> list[Assignment]: ...

    async def meetings_in(self, gathering_id: str) -> list[Meeting]: ...

    async def meetings_of(self, registration_id: str) -> list[Meeting]: ...

    async def plans_in(self, gathering_id: str) -> list[Plan]: ...

    async def proposal(self, proposal_id: str) -> Proposal | None: ...

    async def proposals_in(self, gathering_id: str) -> list[Head]: ...

    async def latecomers_in(self, gathering_id: str) -> list[Latecomer]: ...

    async def untried(self) -> set[str]:
        """Gatherings with somebody to be placed."""

    async def job(self, job_id: str) -> Job | None: ...

    async def jobs_in(self, gathering_id: str) -> list[Job]: ...

    async def begin(self, job: Job) -> bool:
        """Whether this made it; if not, it was begun before."""

    async def report(self, job: Job) -> bool:
        """Whether it is still wanted: one that is no longer running stays as it is."""

    async def stop(self, job_id: str) -> None:
        """What runs is to end."""

    def export(self, gathering_id: str) -> AsyncIterator[Exported]: ...


Document = dict[str, Any]
