"""What people submit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.registration.domain.answering import Claims
from shared.messages.registration import Wish


@dataclass(frozen=True, slots=True)
class Apply:
    """A new registration. `person` is the keyed digest of its mailbox."""

    id: str
    gathering_id: str
    accepted_at: datetime
    key: str
    person: str
    delegation: str | None
    wishes: tuple[Wish, ...]
    claims: Claims
    attendee: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """Parts named are set, others stay, as do answers; `person` and `attendee` where a colleague takes over."""

    id: str
    gathering_id: str
    accepted_at: datetime
    key: str
    registration_id: str
    generation: int
    wishes: tuple[Wish, ...] = ()
    person: str | None = None
    attendee: Mapping[str, Any] | None = field(default=None, compare=False)
    answers: Mapping[str, Any] = field(default_factory=dict, compare=False)
    invitation: str | None = None  # the digest of its code


@dataclass(frozen=True, slots=True)
class Cancel:
    """Give up `parts`, or all of them."""

    id: str
    gathering_id: str
    accepted_at: datetime
    key: str
    registration_id: str
    generation: int
    parts: tuple[str, ...] | None = None


Command = Apply | Change | Cancel
