"""N2, N5, N7: a second copy needs an excuse, "not now" is asked again and "never" is not, the erased hear nothing."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

from cli.rehearsal.checks.verdict import Bench, Verdict
from tests.faults.checker.case import Case, Fault, Promise
from tests.faults.sink import Delivery

TAKEN, NOT_NOW, NEVER = 250, 400, 500
RECORDED_WITHIN = timedelta(seconds=10)  # from the server's 250 to the sender's own record
ON_ITS_WAY = timedelta(seconds=5)  # a mail that was being handed over when its person was erased
SENDER = ("notifications", "everything")


def copies_have_an_excuse(case: Case) -> Verdict:
    """The reply was lost, or the sender was killed or paused before it had recorded it."""
    bench = Bench()
    for message_id, taken in _by_id(case, TAKEN).items():
        for first, second in pairwise(taken):
            excused = not first.is_told or _struck_between(case.faults, first, second)
            bench.expect(excused, f"{message_id} came at {first.at:%H:%M:%S} and again at {second.at:%H:%M:%S}")
        bench.expect(len({one.to for one in taken}) == 1, f"{message_id} went to different people")
    known = {line["message_id"] for line in case.evidence.exported("notification")}
    for one in case.deliveries:
        bench.expect(one.message_id in known, f"{one.message_id} was sent, and no notification says so")
    return bench.verdict


def _struck_between(faults: Sequence[Fault], first: Delivery, second: Delivery) -> bool:
    return any(
        fault.target in SENDER
        and fault.began <= first.at + RECORDED_WITHIN
        and fault.began - timedelta(seconds=1) <= second.at
        and first.at <= fault.ended + timedelta(seconds=1)
        for fault in faults
    )


def refusals_are_understood(case: Case) -> Verdict:
    """4xx is tried again and ends well; 5xx is final, and staff can see it."""
    bench = Bench()
    statuses = {line["message_id"]: line["status"] for line in case.evidence.exported("notification")}
    by_id: dict[str, list[Delivery]] = defaultdict(list)
    for one in case.deliveries:
        by_id[one.message_id].append(one)
    for message_id, tries in by_id.items():
        for number, one in enumerate(tries):
            if one.code >= NEVER:
                bench.expect(number + 1 == len(tries), f"{message_id} was sent again after {one.code}")
                bench.expect(statuses.get(message_id) == "failed", f"{message_id} is {statuses.get(message_id)}")
            elif one.code >= NOT_NOW:
                is_ended = number + 1 < len(tries) or statuses.get(message_id) == "suppressed"
                bench.expect(is_ended, f"{message_id} was never sent again after {one.code}")
    return bench.verdict


def the_erased_hear_nothing(case: Case) -> Verdict:
    bench = Bench()
    for person in case.erased:
        late = [one for one in case.deliveries if person.address in one.to and one.at > person.at + ON_ITS_WAY]
        bench.expect(not late, f"{person.registration_id} was written to after the erasure")
    return bench.verdict


def _by_id(case: Case, code: int) -> dict[str, list[Delivery]]:
    found: dict[str, list[Delivery]] = defaultdict(list)
    for one in case.deliveries:
        if one.code == code:
            found[one.message_id].append(one)
    return found


PROMISES = (
    Promise("N2", "no mail comes twice without an excuse, and then under the same id", copies_have_an_excuse),
    Promise("N5", "4xx is tried again, 5xx is not", refusals_are_understood),
    Promise("N7", "the erased get nothing more", the_erased_hear_nothing),
)
