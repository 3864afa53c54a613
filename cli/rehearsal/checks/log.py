"""E4 and P3: what the topics themselves must be: numbered without a gap, repeated to the letter, free of persons."""

import json
from collections import defaultdict

from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import INTAKE, REGISTRATION, SCHEDULING, Evidence, Record
from cli.rehearsal.people import canaries

CERTIFICATE = "HC1:"
DESCRIBES = ("ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_sequence", "ce_causationid")


def numbered_without_a_gap(evidence: Evidence) -> Verdict:
    """Per gathering and owner 1, 2, 3, …; versions likewise per registration; a repeat is what the first one was."""
    bench = Bench()
    for gathering in evidence.briefs:
        for source in (REGISTRATION, SCHEDULING):
            numbers = [record.sequence for record in evidence.log(source, gathering)]
            words = f"{source} skips or repeats a number on {gathering}"
            bench.expect(numbers == list(range(1, len(numbers) + 1)), words)
    versions: dict[str, set[int]] = defaultdict(set)
    first: dict[tuple[str, str], Record] = {}
    for record in evidence.records:
        if "parts" in record.value and "version" in record.value:
            versions[record.value["registration_id"]].add(record.value["version"])
        before = first.setdefault((record.topic, record.id), record)
        if before is not record and record.topic not in INTAKE:
            bench.expect(_is_same(before, record), f"{record.subject} was said again in other words")
        bench.expect(before.partition == record.partition, f"{record.subject} lies on two partitions")
    for registration_id, known in versions.items():
        words = f"{registration_id} has the versions {sorted(known)}"
        bench.expect(known == set(range(1, len(known) + 1)), words)
    return bench.verdict


def _is_same(one: Record, other: Record) -> bool:
    return one.value == other.value and all(one.headers.get(name) == other.headers.get(name) for name in DESCRIBES)


def nobody_is_named(evidence: Evidence) -> Verdict:
    """No name, address or certificate in any topic, nor in an export that was not asked for them."""
    bench = Bench()
    known = evidence.everybody
    for record in evidence.records:
        _look(
            bench,
            known,
            json.dumps([record.key, dict(record.headers), record.value]),
            f"{record.topic} {record.subject}",
        )
    for lines in evidence.exports.values():
        for line in lines:
            _look(bench, known, json.dumps(line), f"the export's {line['kind']} {line['id']}")
    return bench.verdict


def _look(bench: Bench, known: frozenset[str], text: str, where: str) -> None:
    bench.expect(CERTIFICATE not in text, f"{where} holds a certificate")
    bench.expect(not canaries(text) & known, f"{where} names a person")


INVARIANTS = (
    Invariant("E4", "facts are numbered without gaps, repeats identical", numbered_without_a_gap),
    Invariant("P3", "no person and no certificate is in a topic", nobody_is_named),
)
