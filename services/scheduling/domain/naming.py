"""What a batch names: all that must be known before it is decided, so that it is loaded at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.scheduling.domain.encounters import Topic, meeting_claims, pair
from services.scheduling.domain.requests import (
    BlockDesk,
    Command,
    DraftAgenda,
    KeepProposal,
    ModerateQuestion,
    MoveBooking,
    OnBooking,
    OnProposal,
    Order,
    PlaceLatecomers,
    PublishAgenda,
    PublishProposal,
    Request,
    SeatPerson,
    UnblockDesk,
    WalkIn,
    is_request,
)
from services.scheduling.domain.slots import Slot, claims_of
from services.scheduling.domain.state import Gathering, Hold, Waiter
from shared.messages.gathering import ANY
from shared.messages.registration import AttendeeErased, GatheringPublished
from shared.messages.scheduling import (
    HoldRequested,
    MeetingNoted,
    MeetingReleaseRequested,
    MeetingRequested,
    MoveRequested,
    NoShowReported,
    QuestionAsked,
    QuestionBacked,
    ReleaseRequested,
    SessionStarred,
    SlotRequested,
    WaitRequested,
)


@dataclass(slots=True)
class Wanted:
    """Ids, collected. `learned` are registrations of which something new is heard: requests may wait for them."""

    registrations: set[str] = field(default_factory=set)
    learned: set[str] = field(default_factory=set)
    bookings: set[str] = field(default_factory=set)
    submissions: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)
    slots: set[tuple[str, str]] = field(default_factory=set)  # registration, slot
    experts: bool = False  # who of the experts is busy when
    everybody: bool = False  # every live booking
    published: bool = False  # the definition: requests may wait for it
    agenda: bool = False
    release: bool = False  # the newest of the agenda
    questions: set[str] = field(default_factory=set)
    voices: set[str] = field(default_factory=set)
    askers: set[str] = field(default_factory=set)  # whose questions
    starrers: set[str] = field(default_factory=set)  # whose stars
    forgotten: set[str] = field(default_factory=set)  # of whom nothing that they said may be kept
    losers: str | None = None  # the desk whose people may have to go elsewhere
    assignments: bool = False  # every room that somebody has, or had
    meetings: bool = False  # every meeting there is, or was
    meeting_ids: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)  # who would meet
    audience: bool = False  # all who attend something: an agenda may move what concerns them
    everyone: bool = False  # the same, their wishes, and when they are busy
    latecomers: bool = False
    wishers: set[str] = field(default_factory=set)  # whose preferences
    proposals: set[str] = field(default_factory=set)
    drafts: bool = False  # every proposal
    acts: set[str] = field(default_factory=set)

    def add(self, command: Command) -> None:
        message = command.message
        if is_request(message):
            self._add_request(message)
        elif isinstance(message, OnBooking):
            self._add_act(message)
        elif isinstance(message, OnProposal | PlaceLatecomers | SeatPerson):
            self._add_encounter(message)
        elif isinstance(message, ModerateQuestion):
            self.questions.add(message.question_id)
        elif isinstance(message, BlockDesk):
            self.experts = self.everybody = True
            self.losers = message.desk if message.elsewhere else None
        elif isinstance(message, UnblockDesk):
            self.experts = True
        elif isinstance(message, DraftAgenda | PublishAgenda):
            self._add_agenda(releases=isinstance(message, PublishAgenda))
        elif isinstance(message, GatheringPublished):
            self.published = self.latecomers = True
            self._add_agenda(releases=True)
        elif (registration_id := getattr(message, "registration_id", None)) is not None:
            self._add_person(message, registration_id)

    def _add_person(self, fact: Order, registration_id: str) -> None:
        self.registrations.add(registration_id)
        self.learned.add(registration_id)
        if isinstance(fact, AttendeeErased):
            self.askers.add(registration_id)
        if isinstance(fact, AttendeeErased) or getattr(fact, "generation", 0) > 0:
            self._forget(registration_id)

    def _add_request(self, message: Request) -> None:
        self.registrations.add(message.registration_id)
        self.submissions.add(message.submission_id())
        self.keys.add(message.key)
        if message.generation:
            self._forget(message.registration_id)
        if isinstance(message, SlotRequested | MoveRequested | HoldRequested):
            self.slots.add((message.registration_id, message.slot_id))
            self.experts = True
        elif isinstance(message, WaitRequested):
            self.experts = True
        elif isinstance(message, SessionStarred):
            self.starrers.add(message.registration_id)
            self.release = True
        elif isinstance(message, QuestionAsked):
            self.askers.add(message.registration_id)
            self.release = True
        elif isinstance(message, QuestionBacked):
            self.questions.add(message.question_id)
            self.voices.add(f"{message.question_id}:{message.registration_id}")
            self.release = True
        elif isinstance(message, MeetingRequested):
            self._add_pair(message.registration_id, message.other_id)
        if isinstance(message, MoveRequested | ReleaseRequested | NoShowReported):
            self.bookings.add(message.booking_id)
        elif isinstance(message, MeetingReleaseRequested | MeetingNoted):
            self.meeting_ids.add(message.meeting_id)

    def _forget(self, registration_id: str) -> None:
        """They may be erased, or somebody else by now; a draft is made of what they and others said."""
        self.forgotten.add(registration_id)
        self.drafts = True

    def _add_agenda(self, *, releases: bool) -> None:
        """A release may concern whoever must attend something, or has something at that time."""
        self.agenda = True
        if releases:
            self.everybody = self.audience = self.assignments = self.meetings = True

    def _add_pair(self, one: str, other: str) -> None:
        self.pairs.add(pair(one, other))
        self.registrations |= {one, other}
        self.wishers |= {one, other}
        self.release = True

    def _add_encounter(self, order: OnProposal | PlaceLatecomers | SeatPerson) -> None:
        if isinstance(order, KeepProposal):
            self.proposals.add(order.proposal.id)
            self.registrations |= order.proposal.people
            return
        if isinstance(order, OnProposal):
            self.proposals.add(order.proposal_id)
        if isinstance(order, PublishProposal) and order.topic is Topic.PARTNERING:
            self.everyone = self.meetings = self.release = True
        elif isinstance(order, PublishProposal | PlaceLatecomers | SeatPerson):
            self.everyone = self.assignments = self.latecomers = self.release = True

    def _add_act(self, order: OnBooking) -> None:
        self.registrations.add(order.registration_id)
        self.bookings.add(order.booking_id)
        if isinstance(order, MoveBooking | WalkIn):
            self.slots.add((order.registration_id, order.slot_id or ANY))
            self.experts = True

    def add_waiter(self, waiter: Waiter | Hold) -> None:
        """Whatever becomes free may be offered to them; what they are offered already may become useless to them."""
        self.registrations.add(waiter.registration_id)
        self.experts = True

    def attendee_claims(self, gathering: Gathering | None) -> set[str]:
        """The ticks that those who ask for slots would need to have free; for `any` slot, those of all."""
        found: set[str] = set()
        if gathering is None:
            return found
        for registration_id, slot_id in self.slots:
            for slot in _meant(gathering, slot_id):
                found |= claims_of(gathering.id, slot.starts_at, slot.ends_at, attendee=registration_id)
        for people in self.pairs:
            for meeting_slot in gathering.meeting_slots.values():
                found |= meeting_claims(gathering.id, meeting_slot, people)
        return found


def _meant(gathering: Gathering, slot_id: str) -> Iterable[Slot]:
    if (slot := gathering.slots.get(slot_id)) is not None:
        return (slot,)
    return gathering.slots.values() if slot_id.startswith(ANY) else ()


def wanted(commands: Iterable[Command]) -> Wanted:
    found = Wanted()
    for command in commands:
        found.add(command)
    return found
