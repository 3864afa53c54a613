"""What notifications hears: a batch loads once, decides in log order, and commits once; then the sender wakes."""

from collections.abc import Callable, Sequence

from services.notifications.domain import concerned, hear, subject_of
from services.notifications.rush import Rush
from services.notifications.store import Store, Wanted
from shared.bus import Batch, Reply
from shared.messages import Message
from shared.messages.checkin import AttendanceRecorded, AttendeeAdmitted, EntryRefused, TicketIssued, TicketRevoked
from shared.messages.registration import (
    AccessLinkRequested,
    AttendeeErased,
    GatheringPublished,
    InvitationIssued,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationPending,
    RegistrationWaitlisted,
    SelectionPublished,
)
from shared.messages.scheduling import (
    AgendaChangeNoticed,
    AgendaPublished,
    MeetingCancelled,
    MeetingHeld,
    MeetingScheduled,
    RoomAssigned,
    RoomReleased,
    SlotBooked,
    SlotMissed,
    SlotMoved,
    SlotOffered,
    SlotOfferEnded,
    SlotRefused,
    SlotReleased,
)

HEARS: tuple[type[Message], ...] = (
    GatheringPublished,
    RegistrationConfirmed,
    RegistrationWaitlisted,
    RegistrationPending,
    RegistrationDeclined,
    RegistrationChanged,
    RegistrationCancelled,
    SelectionPublished,
    InvitationIssued,
    AccessLinkRequested,
    AttendeeErased,
    AgendaPublished,
    AgendaChangeNoticed,
    SlotBooked,
    SlotMoved,
    SlotReleased,
    SlotRefused,
    SlotMissed,
    SlotOffered,
    SlotOfferEnded,
    RoomAssigned,
    RoomReleased,
    MeetingScheduled,
    MeetingCancelled,
    MeetingHeld,
    TicketIssued,
    TicketRevoked,
    AttendeeAdmitted,
    EntryRefused,
    AttendanceRecorded,
)


class Handlers:
    """Nothing is refused and nothing answered here: a fact is heard, and may cause mail."""

    def __init__(self, store: Store, forget: Callable[[str], None], wake: Callable[[], None], rush: Rush) -> None:
        self._store = store
        self._forget = forget
        self._wake = wake
        self._rush = rush

    async def process(self, batch: Batch) -> Sequence[Reply]:
        self._rush.heard(len(batch))
        for heard in batch:  # first of all: whoever is gone is gone also while MongoDB is away
            if isinstance(heard.message, AttendeeErased | RegistrationChanged):
                self._forget(heard.message.registration_id)
        loaded = await self._store.load(_wanted(batch))
        outcome = hear(loaded.view, batch)
        fresh = await self._store.commit(loaded, outcome)
        if fresh:
            self._wake()
        return ()


def _wanted(batch: Batch) -> Wanted:
    wanted = Wanted()
    for heard in batch:
        wanted.gatherings.add(heard.message.gathering_id)
        wanted.registrations.update(concerned(heard.message))
        about, _ = subject_of(heard)
        if about is not None:
            wanted.subjects.add(about)
    return wanted
