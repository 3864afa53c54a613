"""L1 and L2: after the last fault everything is soon in order again, and meanwhile nobody hangs or sees a 500."""

from datetime import timedelta

from cli.rehearsal.checks.verdict import Bench, Verdict
from cli.rehearsal.journal import Exchange
from tests.faults.checker.case import Case, Fault, Promise

SETTLED_WITHIN = 60.0
ANSWERED_WITHIN = 8.0  # five, and what a loaded machine adds
EXPORTED_WITHIN = 30.0  # whole, from all owners
MARGIN = timedelta(seconds=3)  # a paused or restarted gateway answers what had queued up
HONEST = frozenset({502, 503, 504})
ITS_OWN = ("gateway", "everything")


def soon_in_order(case: Case) -> Verdict:
    bench = Bench()
    after = case.recovery.settled_after
    bench.expect(after is not None and after <= SETTLED_WITHIN, f"settled {after} s after the last fault")
    for name, status in case.recovery.ready.items():
        bench.expect(status == 200, f"{name} is not ready: {status}")
    for words in case.crashes:
        bench.expect(False, f"an answer could not be understood: {words}")  # noqa: FBT003
    return bench.verdict


def nobody_hangs(case: Case) -> Verdict:
    """Accepted, or 503 with a time to come back; never a 500, never a wait without end."""
    bench = Bench()
    stopped = [fault for fault in case.faults if fault.target in ITS_OWN]
    for one in case.evidence.journal:
        words = f"{one.method} {one.path} at {one.sent_at:%H:%M:%S}"
        is_honest = one.status is None or one.status < 500 or one.status in HONEST
        bench.expect(is_honest, f"{words}: {one.status}")
        if one.status == 503:
            bench.expect("Retry-After" in one.headers, f"{words}: 503 without Retry-After")
        if not _was_stopped(stopped, one):
            patience = EXPORTED_WITHIN if one.path.endswith("/export") else ANSWERED_WITHIN
            bench.expect(one.took <= patience, f"{words} took {one.took:.1f} s and was answered {one.status}")
    return bench.verdict


def _was_stopped(faults: list[Fault], one: Exchange) -> bool:
    return any(fault.began <= one.answered_at and one.sent_at <= fault.ended + MARGIN for fault in faults)


PROMISES = (
    Promise("L1", "within 60 s of the last fault everything is in order again", soon_in_order),
    Promise("L2", "nobody hangs and nobody sees a 500", nobody_hangs),
)
