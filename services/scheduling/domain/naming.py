"""What a batch names: all that must be known before it is decided, so that it is loaded at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from services.scheduling.domain.requests import BlockDesk, Command, DraftAgenda, PublishAgenda, is_request
from services.scheduling.domain.slots import claims_of
from services.scheduling.domain.state import Gathering
from shared.messages.registration import GatheringPublished
from shared.messages.scheduling import MoveRequested, ReleaseRequested, SlotRequested


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

    def add(self, command: Command) -> None:
        message = command.message
        if is_request(message):
            self.registrations.add(message.registration_id)
            self.submissions.add(message.submission_id())
            self.keys.add(message.key)
            if isinstance(message, SlotRequested | MoveRequested):
                self.slots.add((message.registration_id, message.slot_id))
                self.experts = True
            if isinstance(message, MoveRequested | ReleaseRequested):
                self.bookings.add(message.booking_id)
        elif isinstance(message, BlockDesk):
            self.experts = self.everybody = True
        elif isinstance(message, DraftAgenda | PublishAgenda):
            self.agenda = True
        elif isinstance(message, GatheringPublished):
            self.everybody = self.published = self.agenda = True
        elif (registration_id := getattr(message, "registration_id", None)) is not None:
            self.registrations.add(registration_id)
            self.learned.add(registration_id)

    def attendee_claims(self, gathering: Gathering | None) -> set[str]:
        """The ticks that those who ask for slots would need to have free."""
        found: set[str] = set()
        for registration_id, slot_id in self.slots:
            if gathering is not None and (slot := gathering.slots.get(slot_id)) is not None:
                found |= claims_of(gathering.id, slot.starts_at, slot.ends_at, attendee=registration_id)
        return found


def wanted(commands: Iterable[Command]) -> Wanted:
    found = Wanted()
    for command in commands:
        found.add(command)
    return found
