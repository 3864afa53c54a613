"""What registration's rules ask of a database, whichever it is."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from services.registration.domain import Confirmed, Decision, Invitation, PoolKey, Registration, State, Status
from shared.messages.gathering import Definition

T = TypeVar("T")


@dataclass(slots=True)
class Wanted:
    """What of a gathering a batch names."""

    registrations: set[str] = field(default_factory=set)
    submissions: set[str] = field(default_factory=set)  # changes and cancellations
    keys: set[str] = field(default_factory=set)
    persons: set[str] = field(default_factory=set)
    delegations: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)  # digests of invitation codes


@dataclass(frozen=True, slots=True)
class Audit:
    """One act of staff."""

    at: datetime
    actor: str
    role: str
    action: str
    object: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Work on more registrations than one commit may hold; `after` is how far it has come."""

    id: str
    gathering_id: str
    action: str
    part: str
    mode: str | None = None
    after: str = ""
    correlation_id: str | None = None  # the request that asked for it
    began_at: datetime | None = None  # of a part that is retimed, before


@dataclass(frozen=True, slots=True)
class Act:
    """What was done under an id, and how it was answered; `digest` is of what was asked."""

    id: str
    digest: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)
    lasting: bool = False  # others are forgotten once nobody repeats them any more


@dataclass(frozen=True, slots=True)
class LostLink:
    """Somebody asks for a link again, of whoever may be registered or not; `act` is what it leads to if they are."""

    id: str
    act: str
    gathering_id: str
    person: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class Gathering:
    """A definition as its organiser last put it, and as it was published last; `version` numbers what was put."""

    id: str
    version: int
    draft: Definition
    published_version: int = 0
    published: Definition | None = None


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """`code` is the digest of what was handed out; `sealed` holds name and address, for the mail."""

    invitation: Invitation
    gathering_id: str
    code: str
    personal: Mapping[str, Any]
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """One gathering's state before and after, the decisions between, and what goes with them into one transaction."""

    before: State
    after: State
    decisions: Sequence[Decision] = ()
    correlations: Mapping[str, str | None] = field(default_factory=dict)  # cause → the request that it began with
    audit: Sequence[Audit] = ()
    tasks: Sequence[Task] = ()  # new ones, and advanced ones
    finished: Sequence[str] = ()
    act: Act | None = None
    gathering: Gathering | None = None  # newly published
    waiver: tuple[str, str, str] | None = None  # delegation, part, reason
    invitations: Sequence[NewInvitation] = ()
    revoked: Sequence[str] = ()
    chased: Sequence[str] = ()  # invitations that were reminded of
    forgotten: Sequence[str] = ()  # persons whose names leave their invitations, and what they handed on


class Reader(Protocol):
    """Reads as of one moment: the latest committed, or one transaction's."""

    async def gathering(self, gathering_id: str) -> Gathering | None: ...

    async def load(self, wanted: Mapping[str, Wanted]) -> dict[str, State]: ...

    async def bring(self, state: State, registrations: Sequence[Registration]) -> State:
        """The state with these in view, and with what their delegations and invitations hold."""

    async def candidates(
        self,
        gathering_id: str,
        key: PoolKey,
        limit: int,
        *,
        seen: frozenset[str],
        without: frozenset[str] = frozenset(),
        among: frozenset[str] | None = None,
    ) -> list[Registration]:
        """The first of the pool's queue but for those `seen`: of any delegation but those `without`, or of `among`."""

    async def holding(self, gathering_id: str, key: PoolKey, places: int) -> frozenset[str]:
        """The delegations that hold so many confirmed places or more."""

    async def anybody(self, gathering_id: str, key: PoolKey, statuses: Collection[Status]) -> bool:
        """Whether any registration stands so in the pool."""

    async def of_part(self, gathering_id: str, part: str, after: str, limit: int) -> list[Registration]:
        """Live registrations with that part, by id, beginning after one."""

    async def standings(self, gathering_id: str, part: str) -> dict[str, dict[str, int]]:
        """Delegation → how many of its registrations stand with the part in each status (or `not-selected`)."""

    async def waivers(self, gathering_id: str) -> dict[tuple[str, str], str]:
        """Delegation and part → why it need not send anybody."""

    async def confirmed_by_delegation(self, gathering_id: str) -> Confirmed: ...

    async def unused_invitations(self, gathering_id: str, issued_by: datetime, limit: int) -> list[Invitation]:
        """Those issued until then that are good, were never used, and never chased."""

    async def act(self, act_id: str) -> Act | None: ...

    async def task(self, task_id: str) -> Task | None:
        """As far as it has come; nothing once it is done."""


class Batches(Protocol):
    """What a batch asks of it. The writes are all or nothing; they raise `LostRace` if others wrote in between."""

    async def begin(self, wanted: Mapping[str, Wanted]) -> dict[str, State]:
        """A batch's `load`: it may rely on what this process remembers of the ledgers, for a commit finds out."""

    async def commit(self, commits: Sequence[Commit]) -> None:
        """The ledgers last, as compare-and-set."""


class Store(Reader, Batches, Protocol):
    async def prepare(self) -> None: ...

    async def alone(self, gathering_id: str, work: Callable[[Reader], Awaitable[tuple[Commit | None, T]]]) -> T:
        """A staff call's or a timer's: the ledger first, one at a time for a gathering."""
