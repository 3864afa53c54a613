"""What staff do to meetings: an override, a walk-in, a note that somebody did not come. Claims bind them as well."""

from collections.abc import Iterator
from datetime import datetime

from services.scheduling.domain.changing import booked, missed, moved, released, told
from services.scheduling.domain.facts import BookingChanged, Declined, Fact
from services.scheduling.domain.offering import used_up
from services.scheduling.domain.placing import No, Seat, Wish
from services.scheduling.domain.requests import MoveBooking, OnBooking, ReleaseBooking, ReportMissed, WalkIn
from services.scheduling.domain.state import Booking, Diary, Gathering, Reason, ReleaseReason
from shared.messages.scheduling import SlotBooked


def act(diary: Diary, gathering: Gathering, order: OnBooking, at: datetime) -> Iterator[Fact]:
    if isinstance(order, WalkIn):
        yield from _walk_in(diary, gathering, order, at)
        return
    booking = diary.bookings.get(order.booking_id)
    if booking is None or not booking.live:
        if not isinstance(order, ReleaseBooking):  # it is what they wanted, and a repeat finds it so
            yield Declined(Reason.TOO_LATE)
        return
    match order:
        case ReleaseBooking():
            yield released(booking, ReleaseReason.OVERRIDDEN)
        case MoveBooking():
            yield from _move(Wish(diary, gathering, booking.registration_id, at, booking, by_staff=True), order)
        case _:
            yield from _missed(booking, order, at)


def _move(wish: Wish, order: MoveBooking) -> Iterator[Fact]:
    seat = wish.place(order.slot_id)
    if isinstance(seat, No):
        yield Declined(seat.reason, seat.alternatives)
    elif wish.held is not None and seat.slot != wish.held.slot:
        changed = moved(wish.held, seat)
        yield from used_up(wish.diary, changed.booking)
        yield changed


def _walk_in(diary: Diary, gathering: Gathering, order: WalkIn, at: datetime) -> Iterator[Fact]:
    """Without a slot it is the one under way, or else the next: whichever the expert still has."""
    if order.booking_id in diary.bookings:
        return  # a repeat
    wish = Wish(diary, gathering, order.registration_id, at, by_staff=True)
    seat: Seat | No | None = wish.next_at(order.desk) if order.slot_id is None else wish.place(order.slot_id)
    if seat is None:
        yield Declined(_why_none(wish, order.desk))
    elif isinstance(seat, No):
        yield Declined(seat.reason, seat.alternatives)
    else:
        booking = booked(gathering, order.booking_id, order.registration_id, seat, order.topic)
        yield from used_up(diary, booking)
        yield BookingChanged(booking, SlotBooked(**told(booking)))


def _why_none(wish: Wish, desk: str) -> Reason:
    if not wish.may_book:
        return Reason.NOT_REGISTERED
    return Reason.TOO_LATE if wish.is_over(desk) else Reason.SLOT_TAKEN


def _missed(booking: Booking, order: ReportMissed, at: datetime) -> Iterator[Fact]:
    if at < booking.slot.starts_at:
        yield Declined(Reason.NOT_BEGUN)
    else:
        yield from missed(booking, order.who, by="staff")
