"""A gathering's grid, its fence, and as much of it as a batch names."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from services.scheduling.domain.encounters import (
    Assignment,
    Latecomer,
    Meeting,
    MeetingSlot,
    Plan,
    Preferences,
    Profile,
    Topic,
    meeting_slots,
)
from services.scheduling.domain.programme import Agenda
from services.scheduling.domain.proposals import Proposal
from services.scheduling.domain.questions import Question
from services.scheduling.domain.slots import Slot
from services.scheduling.domain.state.having import Act, Answer, Block, Booking, Hold, Registration, Star, Waiter
from shared.messages.gathering import Definition, Desk, Room

if TYPE_CHECKING:
    from services.scheduling.domain.requests import Command


@dataclass(frozen=True)
class Gathering:
    """A published definition, and its grid."""

    id: str
    version: int
    definition: Definition

    @cached_property
    def desks(self) -> Mapping[str, Desk]:
        return {desk.desk: desk for desk in self.definition.helpdesk.desks}

    @cached_property
    def slots(self) -> Mapping[str, Slot]:
        every = (Slot(desk.desk, *times) for desk in self.desks.values() for times in desk.slots())
        return {slot.id: slot for slot in every}

    @cached_property
    def meeting_slots(self) -> Mapping[str, MeetingSlot]:
        partnering = self.definition.partnering
        part = self.definition.part(partnering.part) if partnering is not None else None
        return {} if partnering is None or part is None else {one.id: one for one in meeting_slots(partnering, part)}

    @cached_property
    def group_rooms(self) -> Mapping[str, Room]:
        groups = self.definition.working_groups
        return {} if groups is None else {room.room: room for room in groups.rooms}

    def experts(self, desk: str) -> tuple[str, ...]:
        """All that keeps the expert of this desk busy: every desk of theirs, for nobody sits at two; every seat."""
        return tuple(dict.fromkeys(one for seat in self.seats(desk) for one in seat))

    def seats(self, desk: str) -> tuple[tuple[str, ...], ...]:
        """Of each person who can be received at once, what they would take: `anna`, `anna.2`, `anna.3`."""
        expert, seats = self.desks[desk].expert, self.desks[desk].per_slot
        if seats > 1:
            return ((desk,), *((f"{desk}.{number}",) for number in range(2, seats + 1)))
        return (tuple(other.desk for other in self.desks.values() if other.expert == expert),)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The fence of one gathering: every write raises `version`; `sequence` counts the facts it has said."""

    gathering_id: str
    version: int = 0
    sequence: int = 0


@dataclass(frozen=True)
class Diary:
    """One gathering as far as a batch names it. `waiting` are requests that came before what they rest on."""

    ledger: Ledger
    gathering: Gathering | None = None
    agenda: Agenda = field(default_factory=Agenda)
    registrations: Mapping[str, Registration] = field(default_factory=dict)
    bookings: Mapping[str, Booking] = field(default_factory=dict)
    claims: Mapping[str, str] = field(default_factory=dict)  # claim → who holds it, a booking or a block
    answers: Mapping[str, Answer] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)  # idempotency key → submission
    waiting: Mapping[str, "Command"] = field(default_factory=dict)
    preferences: Mapping[str, Preferences] = field(default_factory=dict)
    blocks: Mapping[str, Block] = field(default_factory=dict)  # all there are, where experts are asked for
    holds: Mapping[str, Hold] = field(default_factory=dict)  # all there are: each is a slot's
    waiters: Mapping[str, Waiter] = field(default_factory=dict)  # those who have waited longest
    questions: Mapping[str, Question] = field(default_factory=dict)
    voices: frozenset[str] = frozenset()  # question and who backed it
    stars: frozenset[Star] = frozenset()
    assignments: Mapping[str, Assignment] = field(default_factory=dict)
    meetings: Mapping[str, Meeting] = field(default_factory=dict)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    proposals: Mapping[str, Proposal] = field(default_factory=dict)
    plans: Mapping[Topic, Plan] = field(default_factory=dict)
    latecomers: Mapping[str, Latecomer] = field(default_factory=dict)  # by registration
    acts: Mapping[str, Act] = field(default_factory=dict)

    def live_bookings(self, registration_id: str) -> Iterator[Booking]:
        return (one for one in self.bookings.values() if one.live and one.registration_id == registration_id)
