"""What the rules and the sender ask of a database, whichever it is."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from services.notifications.domain import Gathering, Mailing, Notification, Outcome, Registration, View
from shared.messages import Message

LEASE: Final = timedelta(seconds=15)  # prolonged while a mail is on its way; a killed sender's mails are free after it


@dataclass(slots=True)
class Wanted:
    """What a batch names, and so what its view must hold."""

    gatherings: set[str] = field(default_factory=set)
    registrations: set[str] = field(default_factory=set)
    subjects: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A view, and the revision of each registration in it: a commit fails where somebody has written since."""

    view: View
    revisions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known, at the moment of sending, of the things that one mail is about."""

    registration: Registration | None
    latest: int
    definition_version: int


@dataclass(frozen=True, slots=True)
class Queued:
    """A mail whose turn it is, leased to one sender; `since` when it has been waited for, by the machine's clock."""

    notification: Notification
    since: datetime
    attempts: int


@dataclass(frozen=True, slots=True, eq=False)
class Ended:
    """How a mail ended: `sent`, `failed` or `suppressed`, and the fact that tells of it."""

    notification: Notification
    status: str
    reason: str | None
    at: datetime
    fact: Message


@dataclass(frozen=True, slots=True)
class Audit:
    """One act of staff."""

    id: str
    gathering_id: str
    at: datetime
    actor: str
    role: str
    action: str
    object: str


Line = dict[str, Any]  # of the export: JSON, without personal data


class Store(Protocol):
    """The contract that the fake and MongoDB both pass."""

    async def load(self, wanted: Wanted) -> Loaded: ...

    async def commit(self, loaded: Loaded, outcome: Outcome) -> int:
        """Write what one batch led to, all or nothing; how many mails and mailings are new. Raises `LostRace`."""
        ...

    async def gathering(self, gathering_id: str) -> Gathering | None: ...

    async def claim(self, limit: int, held: Collection[str]) -> list[Queued]:
        """Lease mails whose turn it is, the longest due first; never those already `held`."""
        ...

    async def fall_due(self) -> int:
        """Queue what was scheduled for a time that has come by Foyer's clock; how many."""
        ...

    async def correct_times(self) -> int:
        """Make due what was put off while its machine's clock was ahead, and would wait until then; how many.

        This machine's clock and the database's must agree on that: one of them alone may be the wrong one.
        """
        ...

    async def prolong(self, notification_ids: Collection[str]) -> None: ...

    async def situation(self, told: Notification) -> Situation: ...

    async def end(self, ended: Ended) -> bool:
        """Record how a mail ended, with its fact; False where it had ended before."""
        ...

    async def put_off(self, notification_ids: Collection[str], until: datetime, reason: str, tries: int) -> None: ...

    async def open_mailings(self, recorded_before: datetime) -> list[tuple[Mailing, str]]:
        """Mailings to carry out, each with the last registration reached.

        One waits until all that was said before it has been heard, but no longer than since `recorded_before`.
        """
        ...

    async def registrations(self, gathering_id: str, after: str, limit: int) -> list[Registration]: ...

    async def spread(self, mailing: Mailing, after: str, mails: Sequence[Notification], reached: str | None) -> None:
        """Queue a piece of a mailing; `reached` of `None` ends this pass over it. Raises `LostRace`."""
        ...

    async def publish(self, mailing: Mailing, fact: Message | None, audit: Audit) -> Mailing:
        """Record an act of staff, and the mailing it asks for with what is said of it, unless that is known.

        What is returned is the mailing that the act led to, the first time it was asked for.
        """
        ...

    async def tell(self, told: Notification, audit: Audit) -> bool:
        """Queue one mail that staff asked for; False where it had been asked for before."""
        ...

    def export(self, gathering_id: str) -> AsyncIterator[Line]: ...

    def mails_to(self, gathering_id: str, registration_id: str) -> AsyncIterator[Line]: ...
