"""What registration knows: registrations, the ledger of a gathering's places, and what one batch looks at."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from shared.messages.gathering import Definition, Pool

PoolKey = tuple[str, str]  # part, mode


class Status(StrEnum):
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    AWAITING_SELECTION = "awaiting-selection"
    DECLINED = "declined"
    CANCELLED = "cancelled"


LIVE = frozenset({Status.CONFIRMED, Status.WAITLISTED, Status.AWAITING_SELECTION})


class Reason(StrEnum):
    """Why a part was declined."""

    NOT_OPEN_YET = "not-open-yet"
    DEADLINE_PASSED = "deadline-passed"
    PART_FULL = "part-full"
    DELEGATION_QUOTA_REACHED = "delegation-quota-reached"
    NOT_INVITED = "not-invited"
    NOT_ELIGIBLE = "not-eligible"
    ALREADY_REGISTERED = "already-registered"
    NOT_SELECTED = "not-selected"
    INCOMPLETE = "incomplete"
    IDEMPOTENCY_MISMATCH = "idempotency-mismatch"
    UNKNOWN_GATHERING = "unknown-gathering"
    UNKNOWN_PART = "unknown-part"


class Category(StrEnum):
    """Only an attendee takes a public place; the others are added by staff."""

    ATTENDEE = "attendee"
    SPEAKER = "speaker"
    STAFF = "staff"
    PRESS = "press"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a registration stands with one part. `position` orders a waiting list; it is unique in a gathering."""

    part: str
    mode: str
    status: Status
    reason: Reason | None = None
    position: int | None = None

    @property
    def pool(self) -> PoolKey:
        return self.part, self.mode

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


@dataclass(frozen=True, slots=True)
class Registration:
    """One person's registration; `person` is a keyed digest of the mailbox, `attendee` the personal data if loaded."""

    id: str
    gathering_id: str
    accepted_at: datetime
    person: str
    delegation: str | None = None
    category: Category = Category.ATTENDEE
    parts: tuple[Standing, ...] = ()
    version: int = 0
    generation: int = 0
    key: str | None = None
    invitation: str | None = None
    attendee: Mapping[str, Any] | None = field(default=None, compare=False)
    erased_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        return any(standing.is_live for standing in self.parts)

    def standing(self, part: str) -> Standing | None:
        return next((standing for standing in self.parts if standing.part == part), None)

    def with_standing(self, changed: Standing) -> "Registration":
        if self.standing(changed.part) is None:
            return replace(self, parts=(*self.parts, changed))
        return replace(self, parts=tuple(changed if s.part == changed.part else s for s in self.parts))


@dataclass(frozen=True, slots=True)
class Former:
    """Who handed a registration on, which since has this `generation`; `parts` are those they had a place in."""

    registration_id: str
    generation: int
    person: str
    attendee: Mapping[str, Any] = field(compare=False)
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Count:
    """The places of one pool: taken, kept back for delegations that have not used theirs, and people in the queue."""

    confirmed: int = 0
    held: int = 0
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Invitation:
    """For a person (the digest of their mailbox), or for so many of a delegation."""

    id: str
    person: str | None
    delegation: str | None
    places: int
    used: int = 0
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """What every writer of a gathering bumps. `sequence`: the last `ce_sequence`; `queued`: the last position."""

    gathering_id: str
    version: int = 0
    sequence: int = 0
    queued: int = 0
    definition_version: int = 0
    pools: Mapping[PoolKey, Count] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class State:
    """A gathering as far as one batch needs it: its ledger whole, and of the rest only what the batch names."""

    ledger: Ledger
    definition: Definition | None  # as published
    registrations: dict[str, Registration] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)  # idempotency key → submission
    answered: frozenset[str] = frozenset()  # changes and cancellations that were decided before
    refusals: dict[str, Reason] = field(default_factory=dict)  # of those, the refused ones
    persons: dict[str, str] = field(default_factory=dict)  # person → the live registration
    delegations: dict[str, Mapping[PoolKey, int]] = field(default_factory=dict)  # confirmed places of each
    invitations: dict[str, Invitation] = field(default_factory=dict)  # by the digest of their code
    codes: dict[str, str] = field(default_factory=dict)  # delegation → its membership code
    freed: dict[PoolKey, int] = field(default_factory=dict)  # pools whose queue may move → places given up

    def pool(self, key: PoolKey) -> Pool | None:
        return None if self.definition is None else self.definition.pool(*key)

    def count(self, key: PoolKey) -> Count:
        return self.ledger.pools.get(key, Count())

    def confirmed_of(self, delegation: str | None, key: PoolKey) -> int:
        return 0 if delegation is None else self.delegations.get(delegation, {}).get(key, 0)
