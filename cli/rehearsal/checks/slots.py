"""S10 to S12: a slot has one holder, nobody is in two places, and slots lie where the expert said."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.rehearsal.brief import IN_PERSON
from cli.rehearsal.checks.fold import final
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import SCHEDULING, Evidence

HELD = frozenset({"slot-booked", "slot-moved"})
GIVEN_UP = "slot-released"


@dataclass(frozen=True)
class Booking:
    id: str
    registration_id: str
    desk: str
    slot_id: str
    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Booking") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def booking_of(value: Mapping[str, Any]) -> Booking:
    return Booking(
        value["booking_id"],
        value["registration_id"],
        value["desk"],
        value["slot_id"],
        datetime.fromisoformat(value["starts_at"]),
        datetime.fromisoformat(value["ends_at"]),
    )


def diary(evidence: Evidence, gathering: str) -> Iterator[tuple[Booking, dict[str, Booking]]]:
    """Each booking as it is made or moved, and all that are held right after it."""
    held: dict[str, Booking] = {}
    for record in evidence.log(SCHEDULING, gathering):
        if record.topic == GIVEN_UP:
            held.pop(record.value["booking_id"], None)
        elif record.topic in HELD:
            booking = booking_of(record.value)
            held[booking.id] = booking
            yield booking, held


def held_at_the_end(evidence: Evidence, gathering: str) -> dict[str, Booking]:
    held: dict[str, Booking] = {}
    for record in evidence.log(SCHEDULING, gathering):
        if record.topic == GIVEN_UP:
            held.pop(record.value["booking_id"], None)
        elif record.topic in HELD:
            held[record.value["booking_id"]] = booking_of(record.value)
    return held


def one_holder_per_slot(evidence: Evidence) -> Verdict:
    """At every point of the log; and at the end the gateway shows as free what nobody holds, and nothing else."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        for booking, held in diary(evidence, gathering):
            holders = sum(other.slot_id == booking.slot_id for other in held.values())
            bench.expect(holders == 1, f"{booking.slot_id} has {holders} holders at {booking.id}")
        taken = Counter((one.desk, one.starts_at) for one in held_at_the_end(evidence, gathering).values())
        shown = evidence.free_slots.get(gathering)
        for desk in brief.desks.values() if shown is not None else ():
            for starts_at, _ in desk.slots():
                is_free = (desk.desk, starts_at) in shown if shown is not None else False
                times = taken[desk.desk, starts_at]
                words = f"{desk.desk} at {starts_at.isoformat()}: taken {times} times, shown free: {is_free}"
                bench.expect(is_free == (times == 0), words)
        _answers_are_definite(bench, evidence, gathering)
    return bench.verdict


def _answers_are_definite(bench: Bench, evidence: Evidence, gathering: str) -> None:
    """Every contender has a slot or a definite no; a yes in an answer is a fact in the log."""
    booked = {record.value["booking_id"] for record in evidence.of(*HELD) if record.key == gathering}
    for one in evidence.journal:
        if one.method == "POST" and one.path == f"/v1/gatherings/{gathering}/bookings" and one.status == 201:  # noqa: PLR2004
            bench.expect(one.answer["id"] in booked, f"{one.answer['id']} was answered as booked and is not")


def nobody_is_in_two_places(evidence: Evidence) -> Verdict:
    """Neither an attendee nor an expert has overlapping meetings; nobody holds parts that exclude each other."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        for booking, held in diary(evidence, gathering):
            others = [other for other in held.values() if other.id != booking.id and other.overlaps(booking)]
            for who, is_same in (
                (booking.registration_id, [o for o in others if o.registration_id == booking.registration_id]),
                (booking.desk, [o for o in others if o.desk == booking.desk]),
            ):
                bench.expect(not is_same, f"{who} has two meetings at {booking.starts_at.isoformat()}")
        for registration_id, state in final(evidence, gathering).items():
            there = {part for part, mode in state.confirmed() if mode == IN_PERSON}
            for part in there:
                clash = brief.rivals(part) & there
                bench.expect(not clash, f"{registration_id} holds {part} and {', '.join(clash)}")
    return bench.verdict


def slots_are_on_the_grid(evidence: Evidence) -> Verdict:
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        grid = {(desk.desk, *slot) for desk in brief.desks.values() for slot in desk.slots()}
        for booking, _ in diary(evidence, gathering):
            place = (booking.desk, booking.starts_at, booking.ends_at)
            bench.expect(place in grid, f"{booking.desk} has no slot at {booking.starts_at.isoformat()}")
    return bench.verdict


INVARIANTS = (
    Invariant("S10", "a slot has at most one holder", one_holder_per_slot),
    Invariant("S11", "nobody is in two places at once", nobody_is_in_two_places),
    Invariant("S12", "slots lie in the expert's window and grid", slots_are_on_the_grid),
)
