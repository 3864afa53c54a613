"""E4: order in the log, as Jepsen looks at one: no gap, no lost write, no copy that differs, one partition a key."""

from collections import defaultdict

from cli.rehearsal.checks.verdict import Bench, Verdict
from cli.rehearsal.evidence import REGISTRATION, SCHEDULING
from tests.faults.checker.case import Case

PER_GATHERING = frozenset({REGISTRATION, SCHEDULING})


def in_order(case: Case) -> Verdict:
    bench = Bench()
    _repeats_are_the_same(bench, case)
    _numbers_have_no_gap(bench, case)
    _first_copies_are_in_order(bench, case)
    _versions_have_no_gap(bench, case)
    _one_partition_each(bench, case)
    return bench.verdict


def _repeats_are_the_same(bench: Bench, case: Case) -> None:
    for (topic, id_), copies in case.by_id.items():
        first = copies[0]
        same = all((one.key, one.headers, one.value) == (first.key, first.headers, first.value) for one in copies)
        bench.expect(same, f"{topic} {id_}: its {len(copies)} copies are not the same")


def _scope(source: str, key: str, subject: str) -> tuple[str, str]:
    return (source, key if source in PER_GATHERING else subject)


def _numbers_have_no_gap(bench: Bench, case: Case) -> None:
    numbers: dict[tuple[str, str], list[int]] = defaultdict(list)
    for copies in case.by_id.values():
        one = copies[0]
        if number := one.header("ce_sequence"):
            numbers[_scope(one.header("ce_source"), one.key.decode(), one.header("ce_subject"))].append(int(number))
    for (source, scope), found in numbers.items():
        found.sort()
        bench.expect(found == list(range(1, len(found) + 1)), f"{source} {scope}: {_first_flaw(found)}")


def _first_flaw(found: list[int]) -> str:
    for wanted, number in enumerate(found, start=1):
        if number != wanted:
            return f"number {number} stands where {wanted} should"
    return "in order"


def _first_copies_are_in_order(bench: Bench, case: Case) -> None:
    newest: dict[tuple[str, int, tuple[str, str]], int] = {}
    firsts = sorted((copies[0] for copies in case.by_id.values()), key=lambda one: one.place)
    for one in firsts:
        if number := int(one.header("ce_sequence") or 0):
            scope = _scope(one.header("ce_source"), one.key.decode(), one.header("ce_subject"))
            before = newest.get((one.topic, one.partition, scope), 0)
            bench.expect(before < number, f"{one.topic}: {one.header('ce_subject')} comes after number {before}")
            newest[one.topic, one.partition, scope] = max(before, number)


def _versions_have_no_gap(bench: Bench, case: Case) -> None:
    versions: dict[str, set[int]] = defaultdict(set)
    for record in case.evidence.outcomes:
        who, version = record.value.get("registration_id"), record.value.get("version")
        if record.headers.get("ce_source") == REGISTRATION and who and version:
            versions[who].add(version)
    for who, found in versions.items():
        bench.expect(max(found) == len(found), f"{who} has versions {sorted(found)}")


def _one_partition_each(bench: Bench, case: Case) -> None:
    homes: dict[bytes, set[int]] = defaultdict(set)
    for one in case.facts:
        homes[one.key].add(one.partition)
    for key, found in homes.items():
        bench.expect(len(found) == 1, f"{key.decode()} is told in partitions {sorted(found)}")
