"""What checkin hears: one `on_…` per message; a batch loads once, decides in log order, and commits once."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from services.checkin.domain import Gathering, Ticket, erase, hear, tell
from services.checkin.domain.holding import Numbering, RegistrationFact
from services.checkin.store import Commit, Said, Store, Waiting
from shared.bus import Batch, Reply
from shared.clock import Clock
from shared.errors import LostRace
from shared.messages import Message, registry
from shared.messages.registration import (
    AttendeeErased,
    GatheringPublished,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationPending,
    RegistrationWaitlisted,
)
from shared.telemetry import get_logger

log = get_logger(__name__)

HEARS: tuple[type[Message], ...] = (
    GatheringPublished,
    RegistrationConfirmed,
    RegistrationWaitlisted,
    RegistrationPending,
    RegistrationDeclined,
    RegistrationChanged,
    RegistrationCancelled,
    AttendeeErased,
)
_ABOUT_SOMEBODY = RegistrationFact | AttendeeErased
WAIT_AT_MOST = timedelta(seconds=60)
RELEASE_EVERY = 2.0
RELEASE_AT_MOST = 500


@dataclass(frozen=True)
class Heard:
    """A message and what its facts need to say about where they come from."""

    message: Message
    id: str
    correlation_id: str | None


@dataclass
class _Batch:
    """What one batch knows and changes."""

    gatherings: dict[str, Gathering]
    loaded: dict[str, Ticket]
    tickets: dict[str, Ticket] = field(default_factory=dict)
    published: dict[str, Gathering] = field(default_factory=dict)
    parked: list[Waiting] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)

    def ticket(self, registration_id: str, gathering_id: str) -> Ticket:
        known = self.tickets.get(registration_id) or self.loaded.get(registration_id)
        return known or Ticket(registration_id, gathering_id)

    def commit(self, released: Iterable[str] = ()) -> Commit:
        new = [(self.loaded.get(key) or Ticket(key, after.gathering_id), after) for key, after in self.tickets.items()]
        changed = tuple(pair for pair in new if pair[0] != pair[1])
        return Commit(self.published, changed, (), tuple(self.parked), tuple(released), tuple(self.said))


class Handlers:
    """Follows registration. `forget` empties what is remembered of a person whose name may have changed or gone."""

    def __init__(self, store: Store, clock: Clock, numbering: Numbering, forget: Callable[[str], None]) -> None:
        self._store = store
        self._clock = clock
        self._numbering = numbering
        self._forget = forget
        self._news = asyncio.Event()

    async def process(self, batch: Batch) -> Sequence[Reply]:
        heard = [Heard(one.message, one.id, one.correlation_id) for one in batch]
        self._forget_people(heard)  # first of all: whoever is gone is gone also while MongoDB is away
        work = await self._handle(heard, patient=True)
        if commit := work.commit():
            await self._store.commit(commit)
        if work.published:
            self._news.set()
        return []

    async def run(self) -> None:
        """Decide what was parked once its gathering is here, and at the latest after a minute; until cancelled."""
        while True:
            try:
                more = await self.release()
            except LostRace:
                more = True
            if not more:
                self._news.clear()
                try:
                    await asyncio.wait_for(self._news.wait(), RELEASE_EVERY)
                except TimeoutError:
                    continue

    async def release(self) -> bool:
        """Decide one portion of what waits; True if there may be more."""
        waiting = await self._store.waiting(self._clock.wall() - WAIT_AT_MOST, RELEASE_AT_MOST)
        if not waiting:
            return False
        heard = [Heard(registry[one.type].from_json(one.value), one.id, one.correlation_id) for one in waiting]
        work = await self._handle(heard, patient=False)
        await self._store.commit(work.commit(released=[one.id for one in waiting]))
        return len(waiting) == RELEASE_AT_MOST

    async def _handle(self, heard: Sequence[Heard], *, patient: bool) -> _Batch:
        """Decide all of it. A patient batch parks what lacks its gathering; an impatient one decides without."""
        named = {one.message.gathering_id for one in heard}
        people = {one.message.registration_id for one in heard if isinstance(one.message, _ABOUT_SOMEBODY)}
        work = _Batch(await self._store.gatherings(named), await self._store.tickets(people))
        for one in heard:
            if isinstance(one.message, GatheringPublished):
                self.on_gathering_published(work, one.message)
        for one in heard:
            if isinstance(one.message, AttendeeErased):
                self.on_attendee_erased(work, one, one.message)
            elif isinstance(one.message, RegistrationFact):
                if patient and one.message.gathering_id not in work.gatherings:
                    work.parked.append(self._parked(one))
                else:
                    self.on_registration(work, one, one.message)
        return work

    def on_gathering_published(self, work: _Batch, message: GatheringPublished) -> None:
        known = work.gatherings.get(message.gathering_id)
        if known is None or known.version < message.version:
            gathering = Gathering(message.version, message.definition)
            work.gatherings[message.gathering_id] = work.published[message.gathering_id] = gathering

    def on_registration(self, work: _Batch, heard: Heard, fact: RegistrationFact) -> None:
        before = work.ticket(fact.registration_id, fact.gathering_id)
        self._put(work, heard, before, hear(before, fact, self._numbering))

    def on_attendee_erased(self, work: _Batch, heard: Heard, fact: AttendeeErased) -> None:
        before = work.ticket(fact.registration_id, fact.gathering_id)
        if not before.erased:
            self._put(work, heard, before, erase(before, fact.version))

    def _put(self, work: _Batch, heard: Heard, before: Ticket, after: Ticket) -> None:
        if after == before:
            return
        known = work.gatherings.get(after.gathering_id)
        after, facts = tell(before, after, known.definition if known else None)
        work.tickets[after.registration_id] = after
        now = self._clock.now()
        first = after.said - len(facts) + 1
        work.said += [
            Said(fact, heard.id, now, first + place, heard.correlation_id) for place, fact in enumerate(facts)
        ]

    def _parked(self, heard: Heard) -> Waiting:
        message = heard.message
        return Waiting(
            heard.id, message.gathering_id, message.type, message.to_json(), self._clock.now(), heard.correlation_id
        )

    def _forget_people(self, heard: Sequence[Heard]) -> None:
        for one in heard:
            if isinstance(one.message, AttendeeErased | RegistrationChanged | RegistrationCancelled):
                self._forget(one.message.registration_id)
