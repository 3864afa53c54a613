"""Who is in which room of the working groups, and who meets whom: what is decided of both, and what each claims."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.scheduling.domain.slots import ATTENDEE, STAMP, TICK, claims_of, claims_on, ticks
from services.scheduling.solver.groups.model import Rules
from shared.messages.envelope import NAMESPACE
from shared.messages.gathering import Part, Partnering

MEETING_TABLE = "meeting-table"  # tables of the partnering, numbered from 1; those of desks are another kind


class Topic(StrEnum):
    """What a proposal is about."""

    WORKING_GROUPS = "working-groups"
    PARTNERING = "partnering"


class EncounterStatus(StrEnum):
    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"


class EncounterReason(StrEnum):
    """Why somebody loses a room or a meeting."""

    RELEASED = "released"
    REGISTRATION_CANCELLED = "registration-cancelled"
    MODE_CHANGED = "mode-changed"
    ERASED = "erased"
    REASSIGNED = "reassigned"
    SESSION_MOVED = "session-moved"
    OUTSIDE_WINDOW = "outside-window"


@dataclass(frozen=True, slots=True)
class Assignment:
    """One person's room during the session: one for ever, whichever room it is. It keeps the person busy."""

    id: str
    gathering_id: str
    session: str
    registration_id: str
    room: str
    starts_at: datetime
    ends_at: datetime
    version: int = 1
    status: EncounterStatus = EncounterStatus.SCHEDULED

    @property
    def live(self) -> bool:
        return self.status is EncounterStatus.SCHEDULED

    @property
    def claims(self) -> frozenset[str]:
        if not self.live:
            return frozenset()
        return claims_of(self.gathering_id, self.starts_at, self.ends_at, attendee=self.registration_id)


def assignment_id(gathering_id: str, session: str, registration_id: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"assignment/{gathering_id}/{session}/{registration_id}"))


@dataclass(frozen=True, slots=True)
class MeetingSlot:
    """A time in which everybody can meet one other."""

    starts_at: datetime
    ends_at: datetime

    @property
    def id(self) -> str:
        return f"{self.starts_at:{STAMP}}"


def meeting_slots(partnering: Partnering, part: Part) -> Iterator[MeetingSlot]:
    """From the part's beginning; each starts on the grid of claims, so that two never share a tick."""
    length = timedelta(minutes=partnering.slot_minutes)
    step = length + timedelta(minutes=partnering.break_minutes)
    step = -(-step // TICK) * TICK
    starts_at = next(ticks(part.starts, part.ends))
    starts_at += TICK if starts_at < part.starts else timedelta(0)
    while starts_at + length <= part.ends:
        yield MeetingSlot(starts_at, starts_at + length)
        starts_at += step


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of two, of whom `people` is in order. It claims both, and the table if they sit at one."""

    id: str
    gathering_id: str
    part: str
    people: tuple[str, str]
    slot: MeetingSlot
    table: int | None = None
    version: int = 1
    status: EncounterStatus = EncounterStatus.SCHEDULED
    held: bool = False  # it took place, as one of them said

    @property
    def live(self) -> bool:
        return self.status is EncounterStatus.SCHEDULED

    @property
    def online(self) -> bool:
        """With one of them remote they meet on a screen: a table would be one's alone."""
        return self.table is None

    @property
    def claims(self) -> frozenset[str]:
        return meeting_claims(self.gathering_id, self.slot, self.people, self.table) if self.live else frozenset()

    def other(self, registration_id: str) -> str:
        one, other = self.people
        return other if registration_id == one else one


def meeting_claims(
    gathering_id: str, slot: MeetingSlot, people: tuple[str, ...], table: int | None = None
) -> frozenset[str]:
    taken = [(ATTENDEE, who) for who in people]
    taken += [] if table is None else [(MEETING_TABLE, str(table))]
    return claims_on(gathering_id, slot.starts_at, slot.ends_at, taken)


def meeting_id(gathering_id: str, people: tuple[str, str]) -> str:
    """Two people have one meeting in a gathering: scheduled again it is the same, at a higher version."""
    return str(uuid.uuid5(NAMESPACE, f"meeting/{gathering_id}/{'/'.join(pair(*people))}"))


def pair(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


@dataclass(frozen=True, slots=True)
class Preferences:
    """Ranked wishes, the dearest first; whom one never wants to meet."""

    registration_id: str
    gathering_id: str
    working_groups: tuple[str, ...]
    meet: tuple[str, ...]
    accepted_at: datetime
    no_thanks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What somebody shows to those they may meet: sealed as it came, bound to the submission `of`."""

    registration_id: str
    gathering_id: str
    of: str
    sealed: str | None
    visible: bool
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What was published last, and by which rules whoever comes later is placed."""

    gathering_id: str
    topic: Topic
    proposal_id: str
    published_at: datetime
    rules: Rules | None = None


@dataclass(frozen=True, slots=True)
class Latecomer:
    """Somebody without a room after publication. Who was `tried` in vain waits until a place becomes free."""

    gathering_id: str
    registration_id: str
    tried: bool = False
