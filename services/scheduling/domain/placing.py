"""Which slot somebody can have: every path to a meeting, a hold or an offer asks here, and nowhere else."""

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import islice

from services.scheduling.domain.programme import Release
from services.scheduling.domain.slots import EXPERT, Slot, claims_of
from services.scheduling.domain.state import Booking, Diary, Gathering, Purpose, Reason
from shared.messages.gathering import ANY, Session

OFFERED = 5  # other slots, when the wanted one is taken


@dataclass(frozen=True, slots=True)
class No:
    """A refusal on its way out."""

    reason: Reason
    alternatives: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Seat:
    """A slot, and what exactly would be taken for it."""

    slot: Slot
    experts: tuple[str, ...]
    table: str | None


@dataclass(frozen=True)
class Wish:
    """Somebody who wants a slot, as things stand at a moment. What they hold already is theirs to give up for it.

    Notice and the limits per person and expert do not bind staff; claims bind everybody. An `offer` gives nothing up:
    it stands beside what its person holds.
    """

    diary: Diary
    gathering: Gathering
    person: str
    at: datetime
    held: Booking | None = None
    by_staff: bool = False
    offer: bool = False

    def place(self, wanted: str) -> Seat | No:
        """`wanted` is a slot's id, or `any` (the next there is) or `any-20211210T1040Z` (whoever is free then)."""
        if not self.may_book:
            return No(Reason.NOT_REGISTERED)
        slot = self.gathering.slots.get(wanted)
        if slot is None:
            desk, _, stamp = wanted.partition("-")
            return self._any(stamp) if desk == ANY else No(Reason.OUTSIDE_WINDOW)
        if self._is_late(slot):
            return No(Reason.TOO_LATE)
        if not self._has_room(slot.desk):
            return No(Reason.LIMIT_REACHED, tuple(islice(self.alternatives(slot), OFFERED)))
        seat = self._seat(slot)
        if seat is None and not self._is_own_doing(slot):
            return No(Reason.SLOT_TAKEN, tuple(islice(self.alternatives(slot), OFFERED)))
        return No(Reason.CONFLICT) if seat is None or self._is_busy(slot) else seat

    def next_at(self, desk: str) -> Seat | None:
        """The first slot of a desk that they could have."""
        if not self.may_book or desk not in self.gathering.desks or not self._has_room(desk):
            return None
        slots = (slot for slot in self.gathering.slots.values() if slot.desk == desk)
        return next((seat for slot in slots if (seat := self._fitting(slot)) is not None), None)

    def elsewhere(self, lost: Slot) -> Seat | None:
        """What comes nearest to a slot that was taken from them."""
        found = self.alternatives(lost) if self.may_book else iter(())
        return next((seat for slot in found if (seat := self._fitting(slot)) is not None), None)

    def alternatives(self, wanted: Slot) -> Iterator[Slot]:
        """Free slots this person could take instead: at the same desk first, the next one first."""
        full = {desk for desk in self.gathering.desks if not self._has_room(desk)}
        for slot in _nearby(self.gathering, wanted):
            theirs = self.held is not None and slot == self.held.slot
            if not theirs and slot.desk not in full and self._fitting(slot) is not None:
                yield slot

    @cached_property
    def may_book(self) -> bool:
        registration = self.diary.registrations.get(self.person)
        return registration is not None and registration.may_book

    def is_over(self, desk: str) -> bool:
        """Whether it is too late for every slot of a desk."""
        return all(self._is_late(slot) for slot in self.gathering.slots.values() if slot.desk == desk)

    def is_at_limit(self, desk: str) -> bool:
        limit = self.gathering.desks[desk].per_person
        return not self.by_staff and limit is not None and sum(one.slot.desk == desk for one in self._others) >= limit

    def _is_full(self, desk: str) -> bool:
        """An offer is as good as a place: who has one here is only kept out by those who are booked."""
        holds = self.diary.holds if self._is_offered(desk) else {}
        but = self._own | self.diary.blocks.keys() | holds.keys()
        return not self.by_staff and is_full(self.gathering, desk, self.diary.claims, but)

    def _is_offered(self, desk: str) -> bool:
        theirs = (one for one in self.diary.holds.values() if one.registration_id == self.person)
        return not self.offer and any(one.purpose is Purpose.OFFER and one.slot.desk == desk for one in theirs)

    def _has_room(self, desk: str) -> bool:
        return not self.is_at_limit(desk) and not self._is_full(desk)

    def _any(self, stamp: str) -> Seat | No:
        """The earliest; of several at once the expert who has least to do."""
        slots = [one for one in self.gathering.slots.values() if not stamp or one.id == f"{one.desk}-{stamp}"]
        if not slots:
            return No(Reason.OUTSIDE_WINDOW)
        if not (ahead := [slot for slot in slots if not self._is_late(slot)]):
            return No(Reason.TOO_LATE)
        with_room = {desk for desk in {slot.desk for slot in ahead} if self._has_room(desk)}
        if not (allowed := [slot for slot in ahead if slot.desk in with_room]):
            return No(Reason.LIMIT_REACHED)
        seats = [seat for slot in allowed if (seat := self._seat(slot)) is not None]
        if not seats:
            return No(Reason.SLOT_TAKEN, tuple(islice(self.alternatives(allowed[0]), OFFERED)))
        if not (fitting := [seat for seat in seats if not self._is_busy(seat.slot)]):
            return No(Reason.CONFLICT)
        first = min(seat.slot.starts_at for seat in fitting)
        return min((seat for seat in fitting if seat.slot.starts_at == first), key=lambda one: self._load(one.slot))

    def _load(self, slot: Slot) -> int:
        prefix = f"{self.gathering.id}:{EXPERT}:{slot.desk}:"
        return sum(one.startswith(prefix) for one in self.diary.claims)

    def _fitting(self, slot: Slot) -> Seat | None:
        unfit = self._is_late(slot) or self._is_busy(slot) or self._is_promised(slot)
        return None if unfit else self._seat(slot)

    def _is_promised(self, slot: Slot) -> bool:
        """An offer of a slot stands once, however many seats its expert has in it."""
        return self.offer and any(
            one.registration_id == self.person and one.slot == slot and one.purpose is Purpose.OFFER
            for one in self.diary.holds.values()
        )

    def _is_late(self, slot: Slot) -> bool:
        """Staff take people in until a slot is over."""
        if self.by_staff:
            return self.at >= slot.ends_at
        notice = timedelta(minutes=self.gathering.desks[slot.desk].notice_minutes)
        return self.at >= slot.starts_at - notice

    def _seat(self, slot: Slot) -> Seat | None:
        claims = self.diary.claims
        latest = self.diary.agenda.latest
        return free_seat(self.gathering, latest, slot, lambda one: claims.get(one, self.person) in self._own)

    def _is_own_doing(self, slot: Slot) -> bool:
        """Whether the expert is only kept busy by this person's other meetings."""
        experts = self.gathering.experts(slot.desk)
        wanted = claims_of(self.gathering.id, slot.starts_at, slot.ends_at, experts=experts)
        holders = {self.diary.claims[one] for one in wanted if one in self.diary.claims} - self._own
        return bool(holders) and holders <= {one.id for one in self._others}

    def _is_busy(self, slot: Slot) -> bool:
        """The person: in another meeting, or where they must not be missed."""
        if any(one.slot.starts_at < slot.ends_at and slot.starts_at < one.slot.ends_at for one in self._others):
            return True
        claims = claims_of(self.gathering.id, slot.starts_at, slot.ends_at, attendee=self.person)
        if any(self.diary.claims.get(one, self.person) not in self._own for one in claims):
            return True
        parts = self.diary.registrations[self.person].confirmed
        latest = self.diary.agenda.latest
        mandatory = latest.mandatory if latest is not None else ()
        return any(one.part in parts and _overlap(slot, one) for one in mandatory)

    @cached_property
    def _others(self) -> tuple[Booking, ...]:
        """Their other meetings."""
        return tuple(one for one in self.diary.live_bookings(self.person) if one != self.held)

    @cached_property
    def _own(self) -> frozenset[str]:
        """Who may hold a claim without standing in the way."""
        theirs = () if self.offer else self.diary.holds.values()
        holds = {one.id for one in theirs if one.registration_id == self.person}
        return frozenset({self.person, *holds} | ({self.held.id} if self.held is not None else set()))


def free_seat(gathering: Gathering, latest: Release | None, slot: Slot, is_free: Callable[[str], bool]) -> Seat | None:
    """The first seat of which nothing is claimed, while the expert is not wanted on a stage."""
    desk = gathering.desks[slot.desk]
    sessions = latest.speaking.get(desk.expert, ()) if latest is not None else ()
    if any(_overlap(slot, one) for one in sessions):
        return None
    table = desk.table if desk.per_slot == 1 else None  # a group shares it
    for experts in gathering.seats(slot.desk):
        if all(map(is_free, claims_of(gathering.id, slot.starts_at, slot.ends_at, experts=experts, table=table))):
            return Seat(slot, experts, table)
    return None


def is_full(gathering: Gathering, desk: str, claims: Mapping[str, str], but: AbstractSet[str]) -> bool:
    """Whether its expert has as many bookings as this desk allows, not counting `but` these: blocks, for instance."""
    limit = gathering.desks[desk].per_expert
    if limit is None:
        return False
    theirs = tuple(f"{gathering.id}:{EXPERT}:{one}:" for one in gathering.experts(desk))
    return len({who for claim, who in claims.items() if claim.startswith(theirs)} - but) >= limit


def _overlap(slot: Slot, session: Session) -> bool:
    return slot.starts_at < session.ends and session.starts < slot.ends_at


def _nearby(gathering: Gathering, wanted: Slot) -> Iterator[Slot]:
    """All slots but the wanted one; other desks are only looked at once this one is exhausted."""
    same = [slot for slot in gathering.slots.values() if slot.desk == wanted.desk]
    yield from (slot for slot in same if slot.starts_at > wanted.starts_at)
    yield from (slot for slot in same if slot.starts_at < wanted.starts_at)
    others = (slot for slot in gathering.slots.values() if slot.desk != wanted.desk)
    yield from sorted(others, key=lambda one: _distance(one, wanted.starts_at))


def _distance(slot: Slot, from_: datetime) -> tuple[float, datetime]:
    return abs((slot.starts_at - from_).total_seconds()), slot.starts_at
