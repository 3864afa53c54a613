"""P1, P3, U1: nobody is given away, health data is nowhere, and every act of staff is on record once."""

from collections import Counter
from typing import Any

from cli.rehearsal.checks.verdict import Bench, Verdict
from cli.rehearsal.journal import Exchange
from cli.rehearsal.people import canaries
from tests.faults.checker.case import Case, Promise

ERASE = "erase"
LONG_ENOUGH = 40  # characters of a certificate's middle that stand nowhere by chance
HOUSES = ("database registration", "database scheduling", "export")  # where personal data may be


def nobody_is_given_away(case: Case) -> Verdict:
    """No topic, dead letter or log holds a name; of the erased nothing is left anywhere."""
    bench = Bench()
    erased = {one.canary for one in case.erased}
    everybody = canaries(" ".join(one.address for held in case.evidence.holders.values() for one in held)) | erased
    for copy in case.copies:
        text = b" ".join([copy.key, copy.value, *(content for _, content in copy.headers)]).decode(errors="replace")
        found = canaries(text) & everybody
        bench.expect(not found, f"{copy.topic}/{copy.partition}@{copy.offset} names {set(found)}")
    for shelf, content in case.shelves.items():
        found = canaries(content.decode(errors="replace")) & everybody
        if not shelf.startswith(HOUSES):
            bench.expect(not found, f"{shelf} names {len(found)} people")
        bench.expect(not found & erased, f"{shelf} still names {len(found & erased)} who were erased")
    return bench.verdict


def health_is_nowhere(case: Case) -> Verdict:
    bench = Bench()
    middles = [one[len(one) // 2 :][:LONG_ENOUGH].encode() for one in case.certificates]
    topics = b"\n".join(copy.value for copy in case.copies)
    for shelf, content in {**case.shelves, "the topics": topics}.items():
        for middle in middles:
            bench.expect(middle not in content, f"{shelf} holds a health certificate")
    return bench.verdict


def staff_is_on_record(case: Case) -> Verdict:
    """Each accepted act, once, however often it was sent."""
    bench = Bench()
    lines = Counter((line["action"], line["object"]) for line in case.evidence.exported("audit"))
    acts: dict[str, Exchange] = {}
    for one in case.evidence.journal:
        if one.accepted and one.key is not None:
            acts.setdefault(one.key, one)
    wanted: Counter[tuple[str, str]] = Counter()
    for one in acts.values():
        wanted.update(_entries(one))
    for (action, what), asked in wanted.items():
        said, times = lines[action, what], 1 if action == ERASE else asked  # nobody is erased twice
        bench.expect(said == times, f"{action} {what}: done {times} times, {said} on record")
    return bench.verdict


def _entries(one: Exchange) -> list[tuple[str, str]]:
    body: Any = one.body or {}
    if one.method == "POST" and one.path.endswith("/selections"):
        return [(f"select-{each['outcome']}", f"registrations/{each['registration_id']}") for each in body["decisions"]]
    if one.method == "POST" and one.path.endswith("/registrations") and "category" in body:
        return [(f"add-{body['category']}", f"registrations/{one.answer['id']}")]
    if one.method == "DELETE" and one.path.startswith("/v1/people/"):
        return [(ERASE, f"registrations/{one.path.rpartition('/')[2]}")]
    return []


PROMISES = (
    Promise("P1", "personal data lives in one house, and an erasure empties it", nobody_is_given_away),
    Promise("P3", "health data is stored nowhere", health_is_nowhere),
    Promise("U1", "every act of staff is on record once", staff_is_on_record),
)
