"""What follows from outside: a registration that changes, a definition that is published, an expert who blocks time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from services.scheduling.domain.changing import released
from services.scheduling.domain.encounters import EncounterReason
from services.scheduling.domain.evolving import evolve
from services.scheduling.domain.facts import (
    AgendaDrafted,
    AgendaReleased,
    Blocked,
    Defined,
    Fact,
    Forgotten,
    Learned,
    QuestionChanged,
)
from services.scheduling.domain.noticing import notices
from services.scheduling.domain.offering import ended, gives_up, off_the_grid, offer
from services.scheduling.domain.partnering import hear_of_meetings, off_the_slots
from services.scheduling.domain.placing import Wish
from services.scheduling.domain.programme import Agenda, Release, release
from services.scheduling.domain.requests import BlockDesk
from services.scheduling.domain.rooming import hear_of_rooms
from services.scheduling.domain.slots import claims_of
from services.scheduling.domain.state import (
    Block,
    Booking,
    Diary,
    Gathering,
    OfferOutcome,
    OfferReason,
    Registration,
    ReleaseReason,
)
from shared.messages.gathering import ReleaseLabel
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
from shared.messages.scheduling import AgendaPublished

RegistrationFact = (
    RegistrationConfirmed
    | RegistrationWaitlisted
    | RegistrationPending
    | RegistrationDeclined
    | RegistrationChanged
    | RegistrationCancelled
)


def hear_registration(diary: Diary, fact: RegistrationFact, at: datetime) -> Iterator[Fact]:
    """Who is not confirmed for anything any more gives up the meetings still to come; a colleague says their own."""
    known = diary.registrations.get(fact.registration_id)
    if known is not None and (known.erased or known.version >= fact.version):
        return
    now = Registration(
        fact.registration_id,
        fact.gathering_id,
        fact.version,
        fact.delegation,
        fact.parts,
        generation=max(fact.generation, known.generation if known is not None else 0),
    )
    yield Learned(now)
    if known is not None and now.generation > known.generation:
        yield Forgotten(now.id)
    changed = isinstance(fact, RegistrationChanged)
    why = EncounterReason.MODE_CHANGED if changed else EncounterReason.REGISTRATION_CANCELLED
    yield from _hear_of_encounters(diary, now, why, at)
    if not now.may_book:
        reason = ReleaseReason.MODE_CHANGED if changed else ReleaseReason.REGISTRATION_CANCELLED
        yield from gives_up(diary, now.id)
        yield from _release(diary.live_bookings(now.id), reason, at)


def _hear_of_encounters(diary: Diary, now: Registration, why: EncounterReason, at: datetime) -> Iterator[Fact]:
    yield from hear_of_meetings(diary, now, why, at)
    yield from hear_of_rooms(diary, now, why, at)


def hear_erasure(diary: Diary, fact: AttendeeErased, at: datetime) -> Iterator[Fact]:
    """Nothing that the person wrote is kept."""
    known = diary.registrations.get(fact.registration_id)
    if known is not None and known.erased:
        return
    yield from gives_up(diary, fact.registration_id)
    yield from _release(diary.live_bookings(fact.registration_id), ReleaseReason.ERASED, at)
    before = known or Registration(fact.registration_id, fact.gathering_id, fact.version)
    version = max(fact.version, before.version)
    now = Registration(before.id, before.gathering_id, version, erased=True, generation=before.generation)
    yield from _hear_of_encounters(diary, now, EncounterReason.ERASED, at)
    yield Learned(now)
    theirs = (one for one in diary.questions.values() if one.registration_id == now.id)
    yield from (QuestionChanged(replace(one, text=None)) for one in theirs)
    yield Forgotten(now.id)


def hear_gathering(diary: Diary, fact: GatheringPublished, at: datetime) -> Iterator[Fact]:
    """Meetings still to come that are no longer on the grid are released; a changed agenda is the next release."""
    known = diary.gathering
    if known is not None and known.version >= fact.version:
        return
    now = Gathering(fact.gathering_id, fact.version, fact.definition)
    yield Defined(now)
    yield from off_the_grid(diary, now.slots.values(), now.desks)
    grid = set(now.slots.values())
    off = (one for one in diary.bookings.values() if one.live and one.slot not in grid)
    yield from _release(off, ReleaseReason.OUTSIDE_WINDOW, at)
    yield from off_the_slots(diary, now, at)
    sessions = fact.definition.agenda.sessions
    before = known.definition.agenda.sessions if known is not None else ()
    if sessions != before:
        edition = diary.agenda.edition
        agenda = Agenda(sessions, edition + 1 if edition else 0, diary.agenda.latest)  # staff must see it was replaced
        yield AgendaDrafted(agenda)
        yield from publish(diary, agenda, fact.definition.agenda.release, at)


def block(diary: Diary, gathering: Gathering, order: BlockDesk, cause: str, at: datetime) -> Iterator[Fact]:
    """Meetings still to come are released; what another block or a meeting under way holds stays theirs."""
    experts = gathering.experts(order.desk)
    claims = claims_of(gathering.id, order.starts_at, order.ends_at, experts=experts)
    holders = {diary.claims[one] for one in claims if one in diary.claims}
    gone = [one for one in diary.bookings.values() if one.id in holders and at < one.slot.starts_at]
    for fact in (
        *(ended(one, OfferOutcome.WITHDRAWN) for one in diary.holds.values() if one.id in holders),
        *_release(iter(gone), ReleaseReason.EXPERT_BLOCKED, at),
    ):
        yield fact
        diary = evolve(diary, fact)
    taken = frozenset(one for one in claims if one not in diary.claims)
    blocked = Blocked(
        Block(order.block_id, gathering.id, order.desk, order.starts_at, order.ends_at, order.reason, taken)
    )
    yield blocked
    if order.elsewhere:
        yield from _elsewhere(evolve(diary, blocked), gathering, gone, cause, at)


def _elsewhere(diary: Diary, gathering: Gathering, lost: list[Booking], cause: str, at: datetime) -> Iterator[Fact]:
    """Whoever lost a meeting is offered the nearest slot that nobody has, at whichever desk it is."""
    for one in lost:
        seat = Wish(diary, gathering, one.registration_id, at, offer=True).elsewhere(one.slot)
        if seat is not None:
            offered = offer(gathering, one.registration_id, seat, cause, at, OfferReason.EXPERT_AWAY)
            yield offered
            diary = evolve(diary, offered)


def publish(diary: Diary, agenda: Agenda, label: ReleaseLabel, at: datetime) -> Iterator[Fact]:
    fresh = release(agenda, label, at)
    if fresh is not None:
        yield AgendaReleased(fresh, _told(diary.ledger.gathering_id, fresh))
        yield from notices(diary, fresh)


def _told(gathering_id: str, fresh: Release) -> AgendaPublished:
    changes = tuple(one.told() for one in fresh.changes)
    return AgendaPublished(gathering_id=gathering_id, release=fresh.number, label=fresh.label, changes=changes)


def _release(bookings: Iterator[Booking], reason: ReleaseReason, at: datetime) -> Iterator[Fact]:
    for one in bookings:
        if at < one.slot.starts_at:
            yield released(one, reason)
