"""S14, S16, S17: the door as the rehearsal judges it, with what offline devices saw and uploaded later."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cli.rehearsal.checks import door
from cli.rehearsal.checks.verdict import Bench, Verdict
from cli.rehearsal.evidence import Evidence
from cli.rehearsal.journal import Exchange
from tests.faults.checker.case import Case, Promise
from tests.faults.checker.terms import during

DOOR_CALL, UPLOAD = "/check-ins", "/check-ins/batch"
REGISTRATION, CHECKIN = "clock of registration", "clock of checkin"
ALREADY = "already-admitted"
ADMITTED, CONFLICT = "admitted", "conflict"


def uploads(case: Case) -> Iterator[Exchange]:
    """Every scan of every log that was taken, as if it had been shown at the door by itself."""
    for one in case.evidence.journal:
        if one.path.endswith(UPLOAD) and one.accepted:
            path = one.path.removesuffix("/batch")
            for scan, result in zip(one.body["scans"], one.answer["results"], strict=True):
                yield replace(one, path=path, body=scan, answer=result, shown=case.uploaded.get(scan["scan_id"]))


def _with_uploads(case: Case) -> Evidence:
    return replace(case.evidence, journal=[*case.evidence.journal, *uploads(case)])


def admits_once(case: Case) -> Verdict:
    return door.admits_once(_with_uploads(case))


def admitted_with_a_place(case: Case) -> Verdict:
    """Who had a place when is not known if registration's clock was wrong, nor at a door while its was."""
    wrong = [fault for fault in case.faults if fault.target in (REGISTRATION, CHECKIN)]
    shown = [one for one in _with_uploads(case).journal if any(during(fault, one) for fault in wrong)]
    doubtful = {one.body["scan_id"] for one in shown if one.path.endswith(DOOR_CALL)}
    is_known = all(fault.target != REGISTRATION for fault in wrong)
    return door.admitted_with_a_place(
        case.evidence, is_timed=lambda record: is_known and record.value["scan_id"] not in doubtful
    )


def admitted_with_proof(case: Case) -> Verdict:
    return door.admitted_with_proof(_with_uploads(case))


def uploaded_once(case: Case) -> Verdict:
    """Each scan of a device appears once, however often its log comes; a second admission is a conflict, and kept."""
    bench = Bench()
    facts: dict[str, list[str]] = defaultdict(list)
    for record in case.evidence.of("attendee-admitted", "entry-refused"):
        facts[record.value["scan_id"]].append(record.value.get("reason") or ADMITTED)
    lines: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for line in case.evidence.exported("admission"):
        lines[line["scan_id"]].append(line)
    answers = {one.body["scan_id"]: one.answer for one in uploads(case)}
    for scan_id, answer in answers.items():
        said, kept = facts[scan_id], lines[scan_id]
        bench.expect(len(said) == 1, f"the uploaded scan {scan_id} has {len(said)} facts")
        bench.expect(len(kept) == 1, f"the uploaded scan {scan_id} is kept {len(kept)} times")
        bench.expect(all(line["offline"] for line in kept), f"{scan_id} is not kept as a device's own")
        flagged = CONFLICT in {answer["outcome"], *(line["outcome"] for line in kept)}
        bench.expect(flagged == (answer["reason"] == ALREADY), f"{scan_id}, {answer['reason']}, is {answer['outcome']}")
    return bench.verdict


PROMISES = (
    Promise("S14", "a ticket admits once per door, also with devices that were offline", admits_once),
    Promise("S15", "only who has a place that day is admitted", admitted_with_a_place),
    Promise("S16", "only who showed what is asked is admitted, also by a device that was offline", admitted_with_proof),
    Promise("S17", "what an offline device saw appears once, and conflicts are flagged", uploaded_once),
)
