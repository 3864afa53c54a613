"""E1 to E8: what HTTP shows is in the log and the reverse, in order, by the schema; nothing unread is passed over."""

from typing import Any

from cli.rehearsal.brief import IN_PERSON
from cli.rehearsal.checks.diary import DESK, held_at_the_end
from cli.rehearsal.checks.fold import final
from cli.rehearsal.checks.verdict import Bench, Verdict
from tests.faults.checker import ordering, schemas
from tests.faults.checker.case import Case, Promise

ENDS = {"notification-sent": {"sent"}, "notification-failed": {"failed", "suppressed"}}
Shown = dict[str, Any]


def _states(case: Case) -> tuple[dict[str, Shown], dict[str, Shown]]:
    """What the export shows and what the log says, each by the name of the thing."""
    shown: dict[str, Shown] = {}
    for line in (line for lines in case.evidence.exports.values() for line in lines):
        match line["kind"]:
            case "registration":
                shown[f"registration {line['id']}"] = _registration(line["version"], line["parts"])
            case "booking" if line["status"] == "booked":
                shown[f"booking {line['id']}"] = {"slot": line["slot_id"]}
            case "admission":
                outcome = "refused" if line["outcome"] == "conflict" else line["outcome"]  # told as a refusal: S17
                shown[f"scan {line['scan_id']}"] = {"outcome": outcome}
            case "notification" if line["status"] in {"sent", "failed", "suppressed"}:
                shown[f"notification {line['id']}"] = {"status": line["status"]}
    return shown, _told(case)


def _told(case: Case) -> dict[str, Shown]:
    told: dict[str, Shown] = {}
    erased = {record.value["registration_id"] for record in case.evidence.of("attendee-erased")}
    for gathering in case.evidence.briefs:
        for who, state in final(case.evidence, gathering).items():
            parts = [
                {"part": p, "mode": s.mode, "status": s.status, "reason": s.reason} for p, s in state.parts.items()
            ]
            if who not in erased:
                told[f"registration {who}"] = _registration(state.version, parts)
        for one in held_at_the_end(case.evidence, gathering).values():
            if one.kind == DESK:
                told[f"booking {one.id}"] = {"slot": one.slot_id}
    for record in case.evidence.of("attendee-admitted", "entry-refused"):
        outcome = "admitted" if record.topic == "attendee-admitted" else "refused"
        told[f"scan {record.value['scan_id']}"] = {"outcome": outcome}
    for record in case.evidence.of(*ENDS):
        if record.key in case.evidence.briefs:
            status = record.value.get("status", "sent")
            told[f"notification {record.value['notification_id']}"] = {"status": status}
    return told


def _registration(version: int, parts: Any) -> Shown:
    standing = sorted((one["part"], one["mode"], one["status"], one.get("reason")) for one in parts)
    return {"version": version, "parts": standing}


def no_zombie(case: Case) -> Verdict:
    """What HTTP shows is in the log."""
    bench = Bench()
    shown, told = _states(case)
    erased = {f"registration {record.value['registration_id']}" for record in case.evidence.of("attendee-erased")}
    for name, state in shown.items():
        if name not in erased:
            bench.expect(told.get(name) == state, f"{name} is shown as {state}, told as {told.get(name)}")
    return bench.verdict


def no_ghost(case: Case) -> Verdict:
    """What the log tells, HTTP shows."""
    bench = Bench()
    shown, told = _states(case)
    for name, state in told.items():
        bench.expect(shown.get(name) == state, f"{name} is told as {state}, shown as {shown.get(name)}")
    return bench.verdict


def told_again_changes_nothing(case: Case) -> Verdict:
    bench = Bench()
    for one in case.replays:
        bench.expect(one.before == one.after, f"{one.id}: the export is another after {one.records} records came again")
        bench.expect(one.new_facts == 0, f"{one.id}: {one.new_facts} new facts")
        bench.expect(one.new_mails == 0, f"{one.id}: {one.new_mails} new mails")
    return bench.verdict


def poison_is_parked(case: Case) -> Verdict:
    """Each group that hears the topic lays it aside as it came, and says from where and why."""
    bench = Bench()
    parked: dict[tuple[str, str, str, str], bytes] = {}
    for letter in case.letters:
        place = tuple(letter.header(f"dlq_original_{part}") for part in ("topic", "partition", "offset"))
        group = letter.header("dlq_group")
        parked[group, *place] = letter.value  # type: ignore[index]
        bench.expect(bool(letter.header("dlq_reason")), f"a dead letter of {group} from {place} has no reason")
    for one in case.poison:
        topic, partition, offset = one.place
        for group in sorted(case.hears.get(topic, ())):
            kept = parked.pop((group, topic, str(partition), str(offset)), None)
            words = f"{one.name} in {topic}/{partition}@{offset}"
            bench.expect(kept is not None, f"{words} was passed over by {group}")
            bench.expect(kept is None or kept == one.value, f"{words} was changed by {group}")
    for group, *where in parked:
        bench.expect(False, f"{group} parked {'/'.join(where)}, a good record")  # noqa: FBT003
    return bench.verdict


def nothing_is_passed_over(case: Case) -> Verdict:
    """Everything was read, and whoever has a place behind a door has a ticket that is good."""
    bench = Bench()
    for (group, topic, partition), lag in case.recovery.lag.items():
        bench.expect(lag == 0, f"{group} has {lag} records of {topic}/{partition} before it")
    tickets: dict[str, tuple[int, bool]] = {}
    for record in sorted(case.evidence.of("ticket-issued", "ticket-revoked"), key=lambda one: one.sequence):
        opens = record.topic == "ticket-issued" and bool(record.value["doors"])
        tickets[record.value["registration_id"]] = (record.sequence, opens)
    erased = {record.value["registration_id"] for record in case.evidence.of("attendee-erased")}
    for gathering, brief in case.evidence.briefs.items():
        behind_doors = {door.part for door in brief.doors.values()}
        for who, state in final(case.evidence, gathering).items():
            if who in erased:
                continue
            wanted = any((part, IN_PERSON) in state.confirmed() for part in behind_doors)
            _, good = tickets.get(who, (0, False))
            bench.expect(good == wanted, f"{who} {'has no' if wanted else 'still has a'} ticket")
    return bench.verdict


PROMISES = (
    Promise("E1", "what HTTP shows is in the log", no_zombie),
    Promise("E2", "what the log tells, HTTP shows", no_ghost),
    Promise("E3", "what comes again changes nothing", told_again_changes_nothing),
    Promise("E4", "facts are numbered without gaps, in order; repeats are the same to the byte", ordering.in_order),
    Promise("E5", "every record is as its published schema says", schemas.by_the_schema),
    Promise("E7", "poison is parked as it came, and nothing else is", poison_is_parked),
    Promise("E8", "no record is passed over", nothing_is_passed_over),
)
