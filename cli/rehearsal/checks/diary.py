"""Everybody's appointments, folded from scheduling's log: meetings with experts, meetings of two, working groups."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from cli.rehearsal.evidence import SCHEDULING, Evidence, Record

TAKEN = frozenset({"slot-booked", "slot-moved", "room-assigned", "meeting-scheduled"})
FREED = frozenset({"slot-released", "room-released", "meeting-cancelled"})
DESK, ROOM, MEETING = "desk", "room", "meeting"


@dataclass(frozen=True)
class Appointment:
    """Who is where, with whom, from when until when. `place` is what nobody else may have then; a room has many."""

    id: str
    kind: str
    people: tuple[str, ...]
    place: str | None
    starts_at: datetime
    ends_at: datetime
    slot_id: str | None = None

    def overlaps(self, other: "Appointment") -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


Held = dict[str, Appointment]


def appointment_of(record: Record) -> Appointment:
    value = record.value
    span = datetime.fromisoformat(value["starts_at"]), datetime.fromisoformat(value["ends_at"])
    if "booking_id" in value:
        return Appointment(
            value["booking_id"], DESK, (value["registration_id"],), value["desk"], *span, value["slot_id"]
        )
    if "assignment_id" in value:
        return Appointment(value["assignment_id"], ROOM, (value["registration_id"],), value["room"], *span)
    table = None if value["table"] is None else f"table {value['table']}"
    return Appointment(value["meeting_id"], MEETING, tuple(value["registration_ids"]), table, *span)


def decisions(evidence: Evidence, gathering: str) -> Iterator[tuple[Sequence[Appointment], Held]]:
    """What each decision gave to whom, and all that is held right after the whole of it."""
    held: Held = {}
    for _, records in groupby(evidence.log(SCHEDULING, gathering), key=lambda record: record.cause):
        given: Held = {}
        for record in records:
            if record.topic in FREED:
                gone = appointment_of(record).id
                held.pop(gone, None)
                given.pop(gone, None)
            elif record.topic in TAKEN:
                one = appointment_of(record)
                held[one.id] = given[one.id] = one
        yield tuple(given.values()), held


def held_at_the_end(evidence: Evidence, gathering: str) -> Held:
    held: Held = {}
    for _, after in decisions(evidence, gathering):
        held = after
    return held
