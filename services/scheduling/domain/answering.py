"""Decisions on what people ask for: a meeting, another time for it, its release, preferences. One answer each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from services.scheduling.domain.facts import Answered, BookingChanged, Fact, Parked, Preferred, Refused
from services.scheduling.domain.requests import Command, Request
from services.scheduling.domain.slots import Slot, claims_of
from services.scheduling.domain.state import (
    Answer,
    Booking,
    Diary,
    Gathering,
    Preferences,
    Reason,
    ReleaseReason,
    Status,
)
from shared.messages.scheduling import (
    MoveRequested,
    PreferenceSubmitted,
    ReleaseRequested,
    SlotBooked,
    SlotMoved,
    SlotRefused,
    SlotReleased,
    SlotRequested,
)

OFFERED = 5  # other slots, when the wanted one is taken


@dataclass(frozen=True, slots=True)
class _No:
    """A refusal on its way out."""

    reason: Reason
    alternatives: tuple[Slot, ...] = ()


def answer(diary: Diary, command: Command, request: Request) -> list[Fact]:
    """Nothing for what was answered before, or waits already; otherwise exactly one answer, or a place to wait."""
    submission = request.submission_id()
    if submission in diary.answers:
        return []
    if diary.keys.get(request.key, submission) != submission:
        return _refused(diary, request, _No(Reason.IDEMPOTENCY_MISMATCH))
    if diary.gathering is not None and request.registration_id in diary.registrations:
        return _decide(diary, diary.gathering, request)
    if not command.patient:
        return _refused(diary, request, _No(Reason.NOT_REGISTERED))
    return [] if submission in diary.waiting else [Parked(submission, command)]


def _decide(diary: Diary, gathering: Gathering, request: Request) -> list[Fact]:
    if isinstance(request, PreferenceSubmitted):
        return _prefer(diary, request)
    match request:
        case SlotRequested():
            verdict = _book(diary, gathering, request)
        case MoveRequested():
            verdict = _move(diary, gathering, request)
        case _:
            verdict = _release(diary, request)
    if isinstance(verdict, _No):
        return _refused(diary, request, verdict)
    return [verdict, Answered(_answer(request, booking=verdict.booking))]


def _book(diary: Diary, gathering: Gathering, request: SlotRequested) -> BookingChanged | _No:
    place = _place(diary, gathering, request, None)
    if isinstance(place, _No):
        return place
    booking = Booking(
        id=request.booking_id,
        gathering_id=gathering.id,
        registration_id=request.registration_id,
        slot=place,
        experts=gathering.experts(place.desk),
        topic=request.sealed,
    )
    return BookingChanged(booking, SlotBooked(**_told(booking)))


def _move(diary: Diary, gathering: Gathering, request: MoveRequested) -> BookingChanged | _No:
    booking = _own(diary, request)
    if isinstance(booking, _No):
        return booking
    place = _place(diary, gathering, request, booking)
    if isinstance(place, _No):
        return place
    moved = replace(booking, slot=place, experts=gathering.experts(place.desk), version=booking.version + 1)
    return BookingChanged(moved, SlotMoved(**_told(moved), previous_starts_at=booking.slot.starts_at))


def _release(diary: Diary, request: ReleaseRequested) -> BookingChanged | _No:
    booking = _own(diary, request)
    return booking if isinstance(booking, _No) else released(booking, ReleaseReason.RELEASED)


def released(booking: Booking, reason: ReleaseReason) -> BookingChanged:
    gone = replace(booking, status=Status.RELEASED, version=booking.version + 1)
    return BookingChanged(gone, SlotReleased(**_told(gone), reason=reason))


def _prefer(diary: Diary, request: PreferenceSubmitted) -> list[Fact]:
    if diary.registrations[request.registration_id].erased:
        return [Answered(_answer(request, reason=Reason.NOT_REGISTERED))]
    preferences = Preferences(
        request.registration_id, request.gathering_id, request.working_groups, request.meet, request.accepted_at
    )
    return [Preferred(preferences), Answered(_answer(request))]


def _own(diary: Diary, request: MoveRequested | ReleaseRequested) -> Booking | _No:
    """The person's own meeting, while it can still be given up."""
    booking = diary.bookings.get(request.booking_id)
    if booking is None or booking.registration_id != request.registration_id:
        return _No(Reason.NOT_REGISTERED)
    if not booking.live or request.accepted_at >= booking.slot.starts_at:
        return _No(Reason.TOO_LATE)
    return booking


def _place(
    diary: Diary, gathering: Gathering, request: SlotRequested | MoveRequested, held: Booking | None
) -> Slot | _No:
    """The wanted slot, if this person may have it. What they already hold by `held` is theirs to give up for it."""
    person = request.registration_id
    if not diary.registrations[person].may_book:
        return _No(Reason.NOT_REGISTERED)
    slot = gathering.slots.get(request.slot_id)
    if slot is None:
        return _No(Reason.OUTSIDE_WINDOW)
    if request.accepted_at >= slot.starts_at:
        return _No(Reason.TOO_LATE)
    if _at_limit(diary, gathering, person, slot.desk, held):
        return _No(Reason.LIMIT_REACHED)
    if holders := _holders(diary, gathering, slot, held):
        theirs = all(who in diary.bookings and diary.bookings[who].registration_id == person for who in holders)
        if not theirs:
            others = _offers(diary, gathering, slot, request, held)
            return _No(Reason.SLOT_TAKEN, tuple(islice(others, OFFERED)))
    return _No(Reason.CONFLICT) if holders or _is_busy(diary, gathering, person, slot, held) else slot


def _at_limit(diary: Diary, gathering: Gathering, person: str, desk: str, held: Booking | None) -> bool:
    limit = gathering.desks[desk].per_person
    if limit is None:
        return False
    others = [one for one in diary.live_bookings(person) if held is None or one.id != held.id]
    return sum(one.slot.desk == desk for one in others) >= limit


def _holders(diary: Diary, gathering: Gathering, slot: Slot, held: Booking | None) -> set[str]:
    """Which bookings and blocks keep the expert from this slot."""
    claims = claims_of(gathering.id, slot.starts_at, slot.ends_at, experts=gathering.experts(slot.desk))
    own = None if held is None else held.id
    return {diary.claims[one] for one in claims if diary.claims.get(one, own) != own}


def _is_busy(diary: Diary, gathering: Gathering, person: str, slot: Slot, held: Booking | None) -> bool:
    own = None if held is None else held.id
    claims = claims_of(gathering.id, slot.starts_at, slot.ends_at, attendee=person)
    return any(diary.claims.get(one, own) != own for one in claims)


def _offers(
    diary: Diary, gathering: Gathering, wanted: Slot, request: SlotRequested | MoveRequested, held: Booking | None
) -> Iterator[Slot]:
    """Free slots this person could take instead: at the same desk first, the next one first."""
    person = request.registration_id
    mine = [one.slot for one in diary.live_bookings(person) if held is None or one.id != held.id]
    full = {desk for desk in gathering.desks if _at_limit(diary, gathering, person, desk, held)}
    for slot in _nearby(gathering, wanted):
        overlaps = any(slot.starts_at < one.ends_at and one.starts_at < slot.ends_at for one in mine)
        theirs = held is not None and slot == held.slot
        if theirs or overlaps or slot.desk in full or request.accepted_at >= slot.starts_at:
            continue
        if not _holders(diary, gathering, slot, held):
            yield slot


def _nearby(gathering: Gathering, wanted: Slot) -> Iterator[Slot]:
    """All slots but the wanted one; other desks are only looked at once this one is exhausted."""
    same = [slot for slot in gathering.slots.values() if slot.desk == wanted.desk]
    yield from (slot for slot in same if slot.starts_at > wanted.starts_at)
    yield from (slot for slot in same if slot.starts_at < wanted.starts_at)
    others = (slot for slot in gathering.slots.values() if slot.desk != wanted.desk)
    yield from sorted(others, key=lambda one: _distance(one, wanted.starts_at))


def _distance(slot: Slot, from_: datetime) -> tuple[float, datetime]:
    return abs((slot.starts_at - from_).total_seconds()), slot.starts_at


def _refused(diary: Diary, request: Request, no: _No) -> list[Fact]:
    """A person hears of it once; preferences have no topic, so only their answer says it."""
    given = _answer(request, reason=no.reason, alternatives=no.alternatives)
    if no.reason is Reason.IDEMPOTENCY_MISMATCH:
        given = replace(given, key=None)
    if isinstance(request, PreferenceSubmitted):
        return [Answered(given)]
    booking = None if isinstance(request, SlotRequested) else diary.bookings.get(request.booking_id)
    said = SlotRefused(
        gathering_id=request.gathering_id,
        submission_id=request.submission_id(),
        booking_id=request.booking_id,
        registration_id=request.registration_id,
        slot_id=_slot_named(request, booking),
        reason=no.reason,
    )
    return [Refused(said), Answered(given)]


def _slot_named(request: SlotRequested | MoveRequested | ReleaseRequested, booking: Booking | None) -> str:
    if isinstance(request, ReleaseRequested):
        return "" if booking is None else booking.slot.id
    return request.slot_id


def _answer(
    request: Request,
    *,
    reason: Reason | None = None,
    booking: Booking | None = None,
    alternatives: tuple[Slot, ...] = (),
) -> Answer:
    return Answer(
        submission_id=request.submission_id(),
        gathering_id=request.gathering_id,
        registration_id=request.registration_id,
        asked=request.type,
        key=request.key,
        reason=reason,
        booking=None if booking is None else replace(booking, topic=None),
        alternatives=alternatives,
    )


def _told(booking: Booking) -> dict[str, object]:
    return {
        "gathering_id": booking.gathering_id,
        "booking_id": booking.id,
        "registration_id": booking.registration_id,
        "desk": booking.slot.desk,
        "slot_id": booking.slot.id,
        "starts_at": booking.slot.starts_at,
        "ends_at": booking.slot.ends_at,
        "version": booking.version,
    }
