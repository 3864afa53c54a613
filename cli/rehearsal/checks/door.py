"""S14 to S16: a ticket admits once, only who has a place that day, and only who showed what is asked."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from cli.rehearsal.brief import IN_PERSON, Brief
from cli.rehearsal.checks.entry import meets_requirements
from cli.rehearsal.checks.fold import NOBODY, State, steps
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import Evidence, Record
from cli.rehearsal.journal import Exchange, Shown

REACHES_A_DOOR_WITHIN = timedelta(seconds=60)
ADMITTED, REFUSED = "admitted", "refused"
SAME_ON_REPEAT = ("outcome", "reason", "first_admitted_at")


@dataclass(frozen=True)
class Scan:
    """A door's fact beside what the rehearsal really showed there."""

    record: Record
    shown: Shown
    at: datetime

    @property
    def door(self) -> str:
        return str(self.record.value["door"])


def scans(evidence: Evidence) -> Iterator[Scan]:
    shown = {one.body["scan_id"]: one.shown for one in _door_calls(evidence) if one.shown is not None}
    for record in evidence.of("attendee-admitted", "entry-refused"):
        what = shown.get(record.value["scan_id"])
        if what is not None:
            yield Scan(
                record, what, datetime.fromisoformat(record.value.get("admitted_at") or record.value["refused_at"])
            )


def admits_once(evidence: Evidence) -> Verdict:
    """Per door; and a scan that is repeated is the same scan."""
    bench = Bench()
    admitted = Counter(
        (one.key, one.value["door"], one.value["registration_id"]) for one in evidence.of("attendee-admitted")
    )
    for (_, door, registration_id), times in admitted.items():
        bench.expect(times == 1, f"{registration_id} was admitted {times} times at {door}")
    facts = Counter(one.value["scan_id"] for one in evidence.of("attendee-admitted", "entry-refused"))
    answers: dict[str, list[Exchange]] = defaultdict(list)
    for call in _door_calls(evidence):
        if call.accepted:
            answers[call.body["scan_id"]].append(call)
    for scan_id, calls in answers.items():
        bench.expect(facts[scan_id] == 1, f"scan {scan_id} has {facts[scan_id]} facts")
        for one, other in pairwise(calls):
            is_same = all(one.answer[name] == other.answer[name] for name in SAME_ON_REPEAT)
            bench.expect(is_same, f"scan {scan_id} was answered differently when repeated")
    return bench.verdict


def admitted_with_a_place(evidence: Evidence, is_timed: Callable[[Record], bool] = lambda _: True) -> Verdict:
    """Whoever is in had a confirmed place in person at that moment, at that part's door, while it was open.

    Of an admission that is not `is_timed` nothing is known that rests on times.
    """
    bench = Bench()
    histories = {gathering: _histories(evidence, gathering) for gathering in evidence.briefs}
    overridden = {scan.record.id for scan in scans(evidence) if scan.shown.override}
    for record in filter(is_timed, evidence.of("attendee-admitted")):
        brief, who = evidence.briefs[record.key], record.value["registration_id"]
        door, at = brief.doors[record.value["door"]], datetime.fromisoformat(record.value["admitted_at"])
        states = histories[record.key].get(who, [])
        has_place = any((door.part, IN_PERSON) in state.confirmed() for state in _states_at(states, at))
        bench.expect(has_place, f"{who} was admitted at {door.door} without a place")
        is_open = door.opens <= at < door.closes or record.id in overridden
        bench.expect(is_open, f"{who} was admitted at {door.door} at {at.isoformat()}, when it was closed")
    for scan in scans(evidence):
        is_in = scan.record.topic == "attendee-admitted"
        bench.expect(not (is_in and scan.shown.is_forged), f"a forged ticket was admitted at {scan.door}")
    return bench.verdict


def _histories(evidence: Evidence, gathering: str) -> dict[str, list[tuple[datetime, State]]]:
    found: dict[str, list[tuple[datetime, State]]] = defaultdict(list)
    for step in steps(evidence, gathering):
        found[step.registration_id].append((step.record.time, step.after))
    return found


def _states_at(history: list[tuple[datetime, State]], at: datetime) -> list[State]:
    """What a door may have known: the state then, and those that ended too shortly before to have reached it."""
    states = []
    for number, (since, state) in enumerate(history):
        until = history[number + 1][0] if number + 1 < len(history) else None
        if since <= at + timedelta(seconds=1) and (until is None or until + REACHES_A_DOOR_WITHIN >= at):
            states.append(state)
    return states or [NOBODY]


def admitted_with_proof(evidence: Evidence) -> Verdict:
    """Against what was really shown: who lacks something is out, and who showed everything is not sent away for it."""
    bench = Bench()
    for scan in scans(evidence):
        brief = evidence.briefs[scan.record.key]
        fine = _is_fine(brief, scan)
        if scan.record.topic == "attendee-admitted":
            words = f"{scan.shown.registration_id} was admitted at {scan.door} with {scan.shown.proof}"
            bench.expect(fine or scan.shown.override, words)
            checked = {one["requirement_id"] for one in scan.record.value["requirements"]}
            asked = {name for name, kind in brief.doors[scan.door].requires.items() if kind != "reminder"}
            bench.expect(asked <= checked, f"{scan.shown.registration_id}: not all checks at {scan.door} are recorded")
        elif scan.record.value["reason"] in {"requirement-missing", "requirement-failed"}:
            words = f"{scan.shown.registration_id} showed all at {scan.door} and was refused: {scan.shown.proof}"
            bench.expect(not fine, words)
    return bench.verdict


def _is_fine(brief: Brief, scan: Scan) -> bool:
    door = brief.doors[scan.door]
    return meets_requirements(scan.shown, door, brief.policies.get(door.policy or ""), scan.at)


def _door_calls(evidence: Evidence) -> list[Exchange]:
    return [one for one in evidence.journal if one.path.endswith("/check-ins") and isinstance(one.body, dict)]


INVARIANTS = (
    Invariant("S14", "a ticket admits once per door", admits_once),
    Invariant("S15", "only who has a place that day is admitted", admitted_with_a_place),
    Invariant("S16", "only who showed what is asked is admitted", admitted_with_proof),
)
