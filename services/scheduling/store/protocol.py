"""The `Store` that handlers and routes rest on. Every implementation passes the same contract suite."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from services.scheduling.domain import (
    Agenda,
    Answer,
    Block,
    Booking,
    Command,
    Diary,
    Gathering,
    Hold,
    Outcome,
    Preferences,
    Question,
    Registration,
    Release,
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

    async def gathering(self, gathering_id: str) -> Gathering | None: ...

    async def agenda(self, gathering_id: str) -> Agenda: ...

    async def release(self, gathering_id: str, number: int) -> Release | None: ...

    async def releases(self, gathering_id: str) -> list[Release]: ...

    async def expert_claims(self, gathering_id: str) -> Collection[str]: ...

    async def registration(self, registration_id: str) -> Registration | None: ...

    async def booking(self, booking_id: str) -> Booking | None: ...

    async def bookings_of(self, registration_id: str) -> list[Booking]: ...

    async def bookings_at(self, gathering_id: str, desk: str) -> list[Booking]: ...

    async def history_at(self, gathering_id: str, desk: str) -> list[Booking]:
        """All meetings that were ever at a desk, also those released or moved elsewhere."""

    async def blocks_at(self, gathering_id: str, desk: str) -> list[Block]: ...

    async def holds_of(self, registration_id: str) -> list[Hold]: ...

    async def turns_of(self, registration_id: str) -> list[tuple[Waiter, int]]:
        """Where they wait, and how many have waited longer."""

    async def preferences(self, registration_id: str) -> Preferences | None: ...

    async def answer(self, submission_id: str) -> Answer | None: ...

    async def overdue(self, parked_before: datetime) -> list[Command]:
        """Requests that have waited since before a moment of the machine's time."""

    async def questions(self, gathering_id: str, session: str) -> list[Question]:
        """The most wanted first, then in the order in which they were asked."""

    async def lapsed(self, now: datetime) -> set[str]:
        """Gatherings with holds that have run out."""

    def export(self, gathering_id: str) -> AsyncIterator[Booking | Audit]: ...


Document = dict[str, Any]
