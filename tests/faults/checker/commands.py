"""D5: a request whose answer was lost has one effect or none, and asking again under its key tells which."""

from collections import Counter, defaultdict

from cli.rehearsal.checks.verdict import Bench, Verdict
from cli.rehearsal.evidence import REGISTRATION, SCHEDULING, Evidence
from cli.rehearsal.journal import Exchange
from tests.faults.checker.case import Case, Promise


def is_unknown(one: Exchange) -> bool:
    return one.status is None or one.status >= 500


def asked_again(evidence: Evidence) -> list[list[Exchange]]:
    """Each command whose answer was lost at least once, with all its tries."""
    asked: dict[tuple[str, str], list[Exchange]] = defaultdict(list)
    for one in evidence.journal:
        if one.key is not None:
            asked[one.key, one.digest].append(one)
    return [tries for tries in asked.values() if any(is_unknown(one) for one in tries)]


def unknown_is_found_out(case: Case) -> Verdict:
    bench = Bench()
    effects = Counter(
        (record.cause, record.value.get("registration_id"), record.value.get("booking_id"), record.topic)
        for record in case.evidence.outcomes
        if record.headers.get("ce_source") in {REGISTRATION, SCHEDULING} and record.cause in case.evidence.intake
    )
    for tries in asked_again(case.evidence):
        words = f"{tries[0].method} {tries[0].path} under {tries[0].key}"
        bench.expect(any(not is_unknown(one) for one in tries), f"{words} is unknown to the end")
        submissions = {found.id for one in tries if (found := case.evidence.intake_by_request.get(one.id)) is not None}
        bench.expect(len(submissions) <= 1, f"{words} became {len(submissions)} submissions")
        for submission in submissions:
            times = max((count for what, count in effects.items() if what[0] == submission), default=0)
            bench.expect(times <= 1, f"{words} had the same effect {times} times")
    for words in case.unresolved:
        bench.expect(False, words)  # noqa: FBT003
    return bench.verdict


PROMISES = (Promise("D5", "a request whose answer was lost has one effect or none", unknown_is_found_out),)
