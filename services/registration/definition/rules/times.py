"""Times: what ends does so after it starts, one room holds one session, desks keep to the five-minute grid."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.registration.definition.problems import Location
from shared.messages.gathering import Definition

Finding = tuple[Location, str]

TICK: Final = 5  # minutes: bookings take claims on ticks of this length


def ends_follow_starts(definition: Definition) -> Iterator[Finding]:
    spans: list[tuple[Location, datetime, datetime]] = []
    spans += [(("parts", n, "ends"), part.starts, part.ends) for n, part in enumerate(definition.parts)]
    spans += [(("doors", n, "closes"), door.opens, door.closes) for n, door in enumerate(definition.doors)]
    spans += [
        (("agenda", "sessions", n, "ends"), session.starts, session.ends)
        for n, session in enumerate(definition.agenda.sessions)
    ]
    spans += [
        (("helpdesk", "desks", n, "closes"), desk.opens, desk.closes)
        for n, desk in enumerate(definition.helpdesk.desks)
    ]
    spans += [
        (("policies", name, "valid", "until"), policy.valid.from_, policy.valid.until)
        for name, policy in definition.policies.items()
        if policy.valid.from_ is not None and policy.valid.until is not None
    ]
    for place, start, end in spans:
        if end <= start:
            yield place, "not after its beginning; correct one of the two times"


def registration_closes_after_it_opens(definition: Definition) -> Iterator[Finding]:
    window = definition.registration
    if window.opens is not None and window.closes is not None and window.closes <= window.opens:
        yield ("registration", "closes"), "not after `opens`; correct one of the two times"
        return
    for number, part in enumerate(definition.parts):
        for mode, pool in part.modes.items():
            opens, closes = definition.opens_at(part.part, mode), definition.closes_at(part.part, mode)
            if opens is not None and closes <= opens:
                own = [name for name in ("closes", "opens") if getattr(pool, name) is not None]
                place = ("parts", number, "modes", mode.value, *own[:1])
                yield place, "registration for this mode would close before it opens; correct one of the two times"


def rooms_hold_one_session_at_a_time(definition: Definition) -> Iterator[Finding]:
    rooms: dict[str, list[tuple[datetime, int, datetime]]] = defaultdict(list)
    for number, session in enumerate(definition.agenda.sessions):
        if session.room is not None:
            rooms[session.room].append((session.starts, number, session.ends))
    for sessions in rooms.values():
        busy_until, holder = None, 0
        for starts, number, ends in sorted(sessions):
            if busy_until is not None and starts < busy_until:
                reason = f"overlaps /agenda/sessions/{holder} in the same room; move one of the two"
                yield ("agenda", "sessions", number, "starts"), reason
            if busy_until is None or ends > busy_until:
                busy_until, holder = ends, number


def desks_keep_to_the_grid(definition: Definition) -> Iterator[Finding]:
    for number, desk in enumerate(definition.helpdesk.desks):
        place: Location = ("helpdesk", "desks", number)
        for name, time in (("opens", desk.opens), ("closes", desk.closes)):
            if time.timestamp() % (TICK * 60):
                yield (*place, name), f"desk times are multiples of {TICK} minutes; move it to the next one"
        if desk.slot_minutes % TICK:
            yield (*place, "slot_minutes"), f"slots are multiples of {TICK} minutes; lengthen or shorten them"
        if desk.opens < desk.closes < desk.opens + timedelta(minutes=desk.slot_minutes):
            yield (*place, "slot_minutes"), "longer than the desk is open; shorten the slots or open it longer"


def meetings_keep_to_the_grid(definition: Definition) -> Iterator[Finding]:
    partnering = definition.partnering
    if partnering is None:
        return
    for name in ("slot_minutes", "break_minutes"):
        if getattr(partnering, name) % TICK:
            yield ("partnering", name), f"write a multiple of {TICK} minutes"
    part = definition.part(partnering.part)
    if part is not None and part.starts < part.ends < part.starts + timedelta(minutes=partnering.slot_minutes):
        yield ("partnering", "slot_minutes"), "longer than its part; shorten the slots"


RULES = (
    ends_follow_starts,
    registration_closes_after_it_opens,
    rooms_hold_one_session_at_a_time,
    desks_keep_to_the_grid,
    meetings_keep_to_the_grid,
)
