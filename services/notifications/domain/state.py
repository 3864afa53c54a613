"""What is known of registrations (ids, parts, statuses: no name or address), and the mails that are to be sent."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from services.notifications.domain.kinds import LIVE, Content, Template
from shared.messages.envelope import NAMESPACE
from shared.messages.gathering import Definition
from shared.messages.registration import PartState

MOST_AHEAD: Final = 1_000


@dataclass(frozen=True, slots=True)
class Registration:
    """What is known here of one registration: enough to address a mail and to see that one is out of date."""

    id: str
    gathering_id: str
    version: int = 0
    parts: tuple[PartState, ...] = ()
    attended: frozenset[str] = frozenset()
    erased: bool = False

    @property
    def live(self) -> bool:
        return any(part.status in LIVE for part in self.parts)

    def holds(self, mode: str) -> bool:
        return any(part.status == "confirmed" and part.mode == mode for part in self.parts)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a mailing is for; `None` asks nothing."""

    parts: frozenset[str] | None = None
    mode: str | None = None
    statuses: frozenset[str] | None = LIVE
    attended: bool | None = None

    def includes(self, registration: Registration) -> bool:
        if registration.erased:
            return False
        if (self.parts, self.mode, self.statuses) != (None, None, None) and not self._fits_any(registration):
            return False
        return self.attended is None or self._was_there(registration) == self.attended

    def _fits_any(self, registration: Registration) -> bool:
        return any(
            (self.parts is None or part.part in self.parts)
            and (self.mode is None or part.mode == self.mode)
            and (self.statuses is None or part.status in self.statuses)
            for part in registration.parts
        )

    def _was_there(self, registration: Registration) -> bool:
        return bool(registration.attended if self.parts is None else registration.attended & self.parts)


@dataclass(frozen=True, slots=True)
class Notification:
    """One mail to one person. `about` and `version` say which state it tells of: a later one makes it void."""

    id: str
    gathering_id: str
    registration_id: str | None
    template: Template
    cause_id: str
    content: Content
    about: str | None = None
    version: int = 0
    audience: Audience | None = None
    mailing_id: str | None = None
    correlation_id: str | None = None  # the request that all of it began with
    due_at: datetime | None = None  # by Foyer's clock; `None` is at once
    given_up: tuple[str, ...] = ()  # parts whose place was given up for a wait


@dataclass(frozen=True, slots=True)
class Mailing:
    """The same mail to many, recorded once and carried out in pieces. Those registered by `after` are addressed."""

    id: str
    gathering_id: str
    template: Template
    cause_id: str
    content: Content
    audience: Audience
    about: str | None = None
    version: int = 0
    after: int = 0
    correlation_id: str | None = None

    def to(self, registration: Registration) -> Notification:
        """A new time is news of a registration: a later decision on it, which shows the time as well, makes it void."""
        rescheduled = self.template is Template.RESCHEDULED
        return Notification(
            id=notification_id(registration.id, self.template, self.id),
            gathering_id=self.gathering_id,
            registration_id=registration.id,
            template=self.template,
            cause_id=self.cause_id,
            content=self.content,
            about=f"registrations/{registration.id}" if rescheduled else self.about,
            version=registration.version if rescheduled else self.version,
            audience=self.audience,
            mailing_id=self.id,
            correlation_id=self.correlation_id,
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """Which of a gathering's registration facts have been heard: all up to `through`, and some `ahead` of a gap.

    A gap that many facts have passed (one of its own became a dead letter) is no longer waited for.
    """

    through: int = 0
    ahead: frozenset[int] = frozenset()

    def hearing(self, sequence: int) -> "Progress":
        if sequence <= self.through:
            return self
        through, ahead = self.through, set(self.ahead | {sequence})
        if len(ahead) > MOST_AHEAD:
            through = min(ahead) - 1
        while through + 1 in ahead:
            through += 1
            ahead.remove(through)
        return Progress(through, frozenset(ahead))


@dataclass(frozen=True, slots=True)
class Gathering:
    """The newest public definition heard."""

    id: str
    version: int
    definition: Definition


@dataclass(frozen=True, slots=True)
class View:
    """What the store knew of the things that a batch names."""

    gatherings: Mapping[str, Gathering] = field(default_factory=dict)
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)  # of bookings, tickets, invitations, agendas
    progress: Mapping[str, Progress] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one batch leads to: the view after it, and the mails it causes."""

    view: View
    notifications: tuple[Notification, ...]
    mailings: tuple[Mailing, ...]


def notification_id(*what: str | None) -> str:
    """From whom and what it is about and what caused it: a repeat finds itself."""
    return str(uuid.uuid5(NAMESPACE, "\x00".join(["notification", *(part or "" for part in what)])))
