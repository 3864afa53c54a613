"""S10 to S12: a slot or table has one holder, nobody is in two places, and slots lie where they were announced."""

from collections.abc import Iterator
from datetime import datetime

from cli.rehearsal.brief import IN_PERSON, Brief
from cli.rehearsal.checks.absences import MADE, absences
from cli.rehearsal.checks.diary import DESK, MEETING, ROOM, Appointment, decisions, held_at_the_end
from cli.rehearsal.checks.fold import final
from cli.rehearsal.checks.offers import still_open
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import SCHEDULING, Evidence, Record
from cli.rehearsal.journal import Exchange

Span = tuple[datetime, datetime]
IN_A_DIARY = ("bookings", "meetings")


def one_holder_per_slot(evidence: Evidence) -> Verdict:
    """After every decision; and at the end the gateway shows as free what nobody holds, and nothing else."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        for given, held in decisions(evidence, gathering):
            for one in given:
                if one.kind == ROOM or one.place is None:
                    continue
                same = [other for other in held.values() if (other.kind, other.place) == (one.kind, one.place)]
                holders = sum(other.overlaps(one) for other in same)
                bench.expect(holders == 1, f"{one.place} at {_say(one)} has {holders} holders at {one.id}")
        _shown_free(bench, evidence, brief)
        _answers_are_definite(bench, evidence, gathering)
        _meetings_are_exported(bench, evidence, gathering)
    return bench.verdict


def _shown_free(bench: Bench, evidence: Evidence, brief: Brief) -> None:
    shown = evidence.free_slots.get(brief.gathering)
    if shown is None:
        return
    held = held_at_the_end(evidence, brief.gathering).values()
    taken = {(one.place, one.starts_at) for one in held if one.kind == DESK}
    taken |= {(one.value["desk"], _at(one.value["starts_at"])) for one in still_open(evidence, brief.gathering)}
    for desk in brief.desks.values():
        away = [one for one in absences(evidence, brief, desk.desk) if one.back is None]
        booked = sum(one.kind == DESK and one.place in brief.desks_of(desk.desk) for one in held)
        is_full = desk.per_expert is not None and booked >= desk.per_expert
        for starts_at, ends_at in desk.slots():
            is_away = any(one.covers(starts_at, ends_at) for one in away)
            is_taken = is_full or is_away or (desk.desk, starts_at) in taken
            is_free = (desk.desk, starts_at) in shown
            words = f"{desk.desk} at {starts_at.isoformat()}: taken: {is_taken}, shown free: {is_free}"
            bench.expect(is_free != is_taken, words)


def _answers_are_definite(bench: Bench, evidence: Evidence, gathering: str) -> None:
    """Every contender has a slot or a definite no; a yes in an answer is a fact in the log."""
    booked = {
        record.value["booking_id"] for record in evidence.of("slot-booked", "slot-moved") if record.key == gathering
    }
    for one in evidence.journal:
        if one.method == "POST" and one.path == f"/v1/gatherings/{gathering}/bookings" and one.status == MADE:
            bench.expect(one.answer["id"] in booked, f"{one.answer['id']} was answered as booked and is not")


def _meetings_are_exported(bench: Bench, evidence: Evidence, gathering: str) -> None:
    """What the export shows as scheduled is what the log says."""
    lines = [line for line in evidence.exports.get(gathering, ()) if line["kind"] == "meeting"]
    shown = {(line["id"], _at(line["starts_at"])) for line in lines if line["status"] == "scheduled"}
    held = held_at_the_end(evidence, gathering).values()
    said = {(one.id, one.starts_at) for one in held if one.kind == MEETING}
    for meeting, starts_at in shown ^ said:
        bench.expect(fine=False, words=f"{meeting} at {starts_at.isoformat()} is in the export or in the log, not both")


def nobody_is_in_two_places(evidence: Evidence) -> Verdict:
    """Neither an attendee nor an expert, a meeting or a room, a session that must be attended, parts that exclude."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        states = final(evidence, gathering)
        for given, held in decisions(evidence, gathering):
            for one in given:
                others = [other for other in held.values() if other.id != one.id and other.overlaps(one)]
                for who in one.people:
                    clash = any(who in other.people for other in others)
                    bench.expect(not clash, f"{who} is in two places at {_say(one)}")
        for one in held_at_the_end(evidence, gathering).values():
            for who in one.people if one.kind != ROOM else ():
                parts = {part for part, _ in states[who].confirmed()} if who in states else set()
                missed = [name for name, part, span in _musts(evidence, brief) if part in parts and _cross(one, span)]
                bench.expect(not missed, f"{who} misses {', '.join(missed)} at {_say(one)}")
        for registration_id, state in states.items():
            there = {part for part, mode in state.confirmed() if mode == IN_PERSON}
            for part in there:
                rivals = brief.rivals(part) & there
                bench.expect(not rivals, f"{registration_id} holds {part} and {', '.join(rivals)}")
    return bench.verdict


def _musts(evidence: Evidence, brief: Brief) -> Iterator[tuple[str, str, Span]]:
    """The sessions that nobody of their part may miss, as the organisers last wrote them."""
    path = f"/v1/gatherings/{brief.gathering}/agenda"
    written = [one for one in evidence.journal if one.path == path and one.method == "PUT" and one.accepted]
    for one in written[-1].body["sessions"] if written else brief.sessions:
        if one.get("mandatory"):
            yield one["session"], one["part"], (brief.moment(one["starts"]), brief.moment(one["ends"]))


def _cross(one: Appointment, span: Span) -> bool:
    return one.starts_at < span[1] and span[0] < one.ends_at


def slots_are_on_the_grid(evidence: Evidence) -> Verdict:
    """At a desk and at the tables, also in the nights when clocks change; and diaries say them in local time."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        grid = {(desk.desk, *slot) for desk in brief.desks.values() for slot in desk.slots()}
        meetings = brief.partnering.slots if brief.partnering is not None else frozenset()
        for record in evidence.log(SCHEDULING, gathering):
            if record.topic in {"slot-booked", "slot-moved"}:
                _at_a_desk(bench, evidence, brief, grid, record)
            elif record.topic == "meeting-scheduled":
                span = _at(record.value["starts_at"]), _at(record.value["ends_at"])
                bench.expect(span in meetings, f"two are to meet at {span[0].isoformat()}, which is no slot")
                _at_a_table(bench, brief, record.value["table"])
    for one in evidence.journal:
        if one.accepted and one.path.endswith("/diary") and isinstance(one.answer, dict):
            _in_local_time(bench, evidence, one)
    return bench.verdict


def _at_a_desk(
    bench: Bench,
    evidence: Evidence,
    brief: Brief,
    grid: set[tuple[str, datetime, datetime]],
    record: Record,
) -> None:
    said = record.value
    starts_at, ends_at = _at(said["starts_at"]), _at(said["ends_at"])
    bench.expect((said["desk"], starts_at, ends_at) in grid, f"{said['desk']} has no slot at {starts_at.isoformat()}")
    for one in absences(evidence, brief, said["desk"]):
        is_gone = one.is_known(record.time) and one.covers(starts_at, ends_at)
        bench.expect(not is_gone, f"{said['desk']} is away at {starts_at.isoformat()}")


def _at_a_table(bench: Bench, brief: Brief, table: int | None) -> None:
    if table is None or brief.partnering is None:
        return
    there_are = brief.partnering.tables
    bench.expect(there_are is None or 1 <= table <= there_are, f"there is no table {table}")


def _in_local_time(bench: Bench, evidence: Evidence, one: Exchange) -> None:
    """With the offset of that moment, which is another one an hour before the clocks change."""
    brief = evidence.briefs.get(one.answer["gathering"])
    shown = [entry for kind in IN_A_DIARY for entry in one.answer.get(kind, ())]
    shown += [one.answer["room"]] if one.answer.get("room") else []
    for entry in shown if brief is not None else ():
        for end in ("starts", "ends"):
            moment, words = _at(entry[f"{end}_at"]), entry[f"{end}_local"]
            right = moment.astimezone(brief.timezone).isoformat(timespec="seconds") if brief is not None else words
            bench.expect(words == right, f"a diary says {words} for {moment.isoformat()}")


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _say(one: Appointment) -> str:
    return one.starts_at.isoformat()


INVARIANTS = (
    Invariant("S10", "a slot or table has at most one holder", one_holder_per_slot),
    Invariant("S11", "nobody is in two places at once", nobody_is_in_two_places),
    Invariant("S12", "slots lie in the announced window and grid", slots_are_on_the_grid),
)
