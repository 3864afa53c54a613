"""N9: who has a meeting is reminded of it once, in its last day, and of none that they were told has changed."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cli.rehearsal.checks.diary import FREED, TAKEN
from cli.rehearsal.checks.mails import REMINDER, SCHEDULED
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import Evidence, Record

OF = ("slot-booked", "slot-moved", "meeting-scheduled")
AHEAD = timedelta(hours=24)
NOTICED_WITHIN = timedelta(seconds=30)  # that the clock has come that far

Line = Mapping[str, Any]
What = tuple[str, str]  # to whom, because of what


def each_is_reminded_once(evidence: Evidence) -> Verdict:
    """Of whatever was booked more than a day before; one decision may give a person several meetings."""
    bench = Bench()
    wanted: dict[What, list[Record]] = defaultdict(list)
    for record in evidence.of(*OF):
        for who in _whom(record) if record.time < _due_at(record) else ():
            wanted[who, record.cause].append(record)
    lines: dict[What, list[Line]] = defaultdict(list)
    for line in evidence.exported("notification"):
        if line["template"] == REMINDER:
            lines[line["registration_id"], line["cause_id"]].append(line)
    last = max([record.time for record in evidence.records], default=None)
    for what in wanted.keys() | lines.keys():
        facts, told = wanted[what], lines[what]
        bench.expect(len(told) == len(facts), f"{what}: {len(told)} reminders for {len(facts)} meetings")
        if len(told) == len(facts) == 1:
            _in_its_time(bench, evidence, facts[0], told[0], last)
    return bench.verdict


def _in_its_time(bench: Bench, evidence: Evidence, fact: Record, line: Line, last: datetime | None) -> None:
    due_at = _due_at(fact)
    if line["status"] == SCHEDULED:
        still = last is None or due_at + NOTICED_WITHIN >= last
        bench.expect(still, f"{line['id']} of {fact.subject} was due at {due_at.isoformat()}")
    if line["status"] == "sent":
        sent_at = datetime.fromisoformat(line["sent_at"])
        bench.expect(sent_at >= due_at, f"{line['id']} of {fact.subject} came at {sent_at.isoformat()}: too early")
        known = [one for one in _later(evidence, fact) if _was_told(evidence, line["registration_id"], one, sent_at)]
        bench.expect(not known, f"{line['id']} reminds of {fact.subject}, which has changed since")


def _later(evidence: Evidence, fact: Record) -> list[Record]:
    about, version = _about(fact)
    return [one for one in evidence.of(*(TAKEN | FREED)) if _about(one)[0] == about and _about(one)[1] > version]


def _was_told(evidence: Evidence, who: str, fact: Record, before: datetime) -> bool:
    """Then the change was known to whoever sends mail."""
    return any(
        (line["registration_id"], line["template"], line["cause_id"]) == (who, fact.topic, fact.cause)
        and line["status"] == "sent"
        and datetime.fromisoformat(line["sent_at"]) < before
        for line in evidence.exported("notification")
    )


def _about(fact: Record) -> tuple[str, int]:
    about, _, version = fact.subject.partition("@")
    return about, int(version)


def _whom(fact: Record) -> tuple[str, ...]:
    return tuple(fact.value.get("registration_ids", ())) or (fact.value["registration_id"],)


def _due_at(fact: Record) -> datetime:
    return datetime.fromisoformat(fact.value["starts_at"]) - AHEAD


INVARIANTS = (Invariant("N9", "who has a meeting is reminded once, in its last day", each_is_reminded_once),)
