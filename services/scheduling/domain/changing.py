"""How a booking changes, whoever changes it: with the fact that tells of it."""

from dataclasses import replace

from services.scheduling.domain.facts import BookingChanged
from services.scheduling.domain.placing import Seat
from services.scheduling.domain.state import Booking, Gathering, ReleaseReason, Side, Status
from shared.messages.scheduling import SlotMissed, SlotMoved, SlotReleased


def booked(gathering: Gathering, booking_id: str, person: str, seat: Seat, topic: str | None) -> Booking:
    return Booking(booking_id, gathering.id, person, seat.slot, seat.experts, topic=topic, table=seat.table)


def moved(booking: Booking, seat: Seat) -> BookingChanged:
    before = booking.slot
    now = replace(
        booking,
        slot=seat.slot,
        experts=seat.experts,
        table=seat.table,
        version=booking.version + 1,
        left=(booking.left | {before.desk}) - {seat.slot.desk},
    )
    said = SlotMoved(**told(now), previous_starts_at=before.starts_at, previous_desk=before.desk)
    return BookingChanged(now, said)


def released(booking: Booking, reason: ReleaseReason) -> BookingChanged:
    gone = replace(booking, status=Status.RELEASED, version=booking.version + 1)
    return BookingChanged(gone, SlotReleased(**told(gone), reason=reason))


def missed(booking: Booking, who: Side, by: str) -> list[BookingChanged]:
    """Nothing if it was said before."""
    if who in booking.missed:
        return []
    noted = replace(booking, missed=booking.missed | {who}, version=booking.version + 1)
    return [BookingChanged(noted, SlotMissed(**told(noted), who=who, by=by))]


def told(booking: Booking) -> dict[str, object]:
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
