"""Slots that are kept for somebody: while a form is filled in, or as an offer to whoever has waited longest."""

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from services.scheduling.domain.facts import Fact, Held, HoldEnded, WaitEnded
from services.scheduling.domain.placing import No, Seat, Wish
from services.scheduling.domain.slots import Slot
from services.scheduling.domain.state import (
    Booking,
    Diary,
    Gathering,
    Hold,
    OfferOutcome,
    OfferReason,
    Purpose,
    Waiter,
)
from shared.messages.envelope import NAMESPACE
from shared.messages.scheduling import SlotOffered, SlotOfferEnded

FORM_LASTS = timedelta(minutes=5)


def next_offer(diary: Diary, gathering: Gathering, cause: str, at: datetime) -> Held | None:
    """A free slot for whoever has waited longest and can take it; each has one offer at a time."""
    asked = {(one.registration_id, one.slot.desk) for one in diary.holds.values() if one.purpose is Purpose.OFFER}
    for waiter in sorted(diary.waiters.values(), key=lambda one: (one.since, one.registration_id)):
        if (waiter.registration_id, waiter.desk) in asked:
            continue
        seat = Wish(diary, gathering, waiter.registration_id, at, offer=True).next_at(waiter.desk)
        if seat is not None:
            return offer(gathering, waiter.registration_id, seat, cause, at, OfferReason.WAITING_LIST)
    return None


def offer(gathering: Gathering, person: str, seat: Seat, cause: str, at: datetime, reason: OfferReason) -> Held:
    """It stands for as long as its desk says, and never longer than the slot could be booked."""
    desk = gathering.desks[seat.slot.desk]
    last = seat.slot.starts_at - timedelta(minutes=desk.notice_minutes)
    hold = Hold(
        id=str(uuid.uuid5(NAMESPACE, f"offer/{cause}/{person}/{seat.slot.id}")),
        gathering_id=gathering.id,
        registration_id=person,
        slot=seat.slot,
        experts=seat.experts,
        purpose=Purpose.OFFER,
        expires_at=min(at + timedelta(minutes=desk.offer_minutes), last),
        table=seat.table,
    )
    return Held(hold, SlotOffered(**_told(hold), expires_at=hold.expires_at, reason=reason))


def held_for_form(gathering: Gathering, hold_id: str, person: str, seat: Seat, at: datetime) -> Held:
    return Held(Hold(hold_id, gathering.id, person, seat.slot, seat.experts, Purpose.FORM, at + FORM_LASTS, seat.table))


def lapse(diary: Diary, at: datetime) -> Iterator[Fact]:
    """What the clock has overtaken. Who lets an offer pass leaves the list, so that it goes on to the next."""
    for hold in [one for one in diary.holds.values() if one.expires_at <= at]:
        yield ended(hold, OfferOutcome.LAPSED)
        yield from _leaving(diary, hold)


def used_up(diary: Diary, booking: Booking) -> Iterator[Fact]:
    """Who books is done with the form, and with waiting at this desk."""
    for hold in of_person(diary, booking.registration_id):
        same_desk = hold.slot.desk == booking.slot.desk
        if hold.purpose is Purpose.FORM or same_desk or hold.claims & booking.claims:
            yield ended(hold, OfferOutcome.ACCEPTED if hold.slot == booking.slot else OfferOutcome.WITHDRAWN)
    waiter = diary.waiters.get(f"{booking.slot.desk}:{booking.registration_id}")
    if waiter is not None:
        yield WaitEnded(waiter)


def unusable(diary: Diary, gathering: Gathering, at: datetime) -> Iterator[HoldEnded]:
    """Offers that those who have them could no longer take, whatever it was that came between; they go on waiting."""
    for hold in diary.holds.values():
        if hold.purpose is Purpose.OFFER and hold.registration_id in diary.registrations:
            seat = Wish(diary, gathering, hold.registration_id, at).place(hold.slot.id)
            if isinstance(seat, No):
                yield ended(hold, OfferOutcome.WITHDRAWN)


def gives_up(diary: Diary, person: str) -> Iterator[Fact]:
    """Who may book nothing any more waits for nothing and holds nothing."""
    yield from (ended(hold, OfferOutcome.WITHDRAWN) for hold in of_person(diary, person))
    yield from (WaitEnded(one) for one in diary.waiters.values() if one.registration_id == person)


def off_the_grid(diary: Diary, grid: Iterable[Slot], desks: Iterable[str]) -> Iterator[Fact]:
    kept, open_ = set(grid), set(desks)
    yield from (ended(one, OfferOutcome.WITHDRAWN) for one in diary.holds.values() if one.slot not in kept)
    yield from (WaitEnded(one) for one in diary.waiters.values() if one.desk not in open_)


def of_person(diary: Diary, person: str) -> list[Hold]:
    return [one for one in diary.holds.values() if one.registration_id == person]


def ended(hold: Hold, outcome: OfferOutcome) -> HoldEnded:
    if hold.purpose is Purpose.FORM:
        return HoldEnded(hold)
    return HoldEnded(hold, SlotOfferEnded(**_told(hold), outcome=outcome))


def _leaving(diary: Diary, hold: Hold) -> Iterator[WaitEnded]:
    waiter: Waiter | None = diary.waiters.get(f"{hold.slot.desk}:{hold.registration_id}")
    if waiter is not None and hold.purpose is Purpose.OFFER:
        yield WaitEnded(waiter)


def _told(hold: Hold) -> dict[str, object]:
    return {
        "gathering_id": hold.gathering_id,
        "offer_id": hold.id,
        "registration_id": hold.registration_id,
        "desk": hold.slot.desk,
        "slot_id": hold.slot.id,
        "starts_at": hold.slot.starts_at,
        "ends_at": hold.slot.ends_at,
    }
