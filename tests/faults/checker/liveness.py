"""L1 to L4: after a fault everything is soon in order again, and meanwhile nobody hangs, sees a 500, or is let down."""

import math
from collections.abc import Iterator
from datetime import timedelta

from cli.rehearsal.checks.verdict import Bench, Verdict
from cli.rehearsal.journal import Exchange
from tests.faults.checker.case import Case, Fault, Promise
from tests.faults.checker.commands import is_unknown

SETTLED_WITHIN = 60.0
FAKED = 2.0  # times as long where a process runs under libfaketime, whose threads are five times as slow
ANSWERED_WITHIN = 8.0  # five, and what a loaded machine adds
EXPORTED_WITHIN = 30.0  # whole, from all owners
MARGIN = timedelta(seconds=3)  # a paused or restarted gateway answers what had queued up
HONEST = frozenset({502, 503, 504})
ITS_OWN = ("gateway", "everything")
SERVERS = ("mongod", "kafka")
BACK_WITHIN, MOSTLY = 15.0, 0.95  # seconds from kill -9 until it works again, and for how many of the kills
FOUND_WITHIN = 10.0  # from the return of a server until all work with it again
RESTART = "g1"


def soon_in_order(case: Case) -> Verdict:
    bench = Bench()
    after = case.recovery.settled_after
    patience = SETTLED_WITHIN * (FAKED if any(fault.id == "c4" for fault in case.faults) else 1)
    bench.expect(after is not None and after <= patience, f"settled {after} s after the last fault")
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


def back_in_time(case: Case) -> Verdict:
    """A killed process works again, and all work again with a server that came back."""
    bench = Bench()
    kills = [fault for fault in case.faults if fault.killed == 1]
    for fault in kills:
        words = f"{fault.id}: after the kill of {fault.target} at {fault.began:%H:%M:%S}"
        bench.expect(fault.handled_after is not None, f"{words} nothing that was asked was done")
        if fault.target in SERVERS and fault.handled_after is not None:
            took = fault.handled_after - (fault.recovered_after or 0.0)
            bench.expect(took <= FOUND_WITHIN, f"{words} it was back, and found only {took:.1f} s later")
    times = sorted(one.handled_after or math.inf for one in kills if one.target not in SERVERS)
    if times:
        slowest = times[math.ceil(MOSTLY * len(times)) - 1]
        bench.expect(slowest <= BACK_WITHIN, f"{slowest:.1f} s until a killed process worked again (95th percentile)")
    return bench.verdict


def in_restarts(case: Case) -> Iterator[Exchange]:
    """What had no answer, or none that says what was done, while processes were restarted gently."""
    windows = [fault for fault in case.faults if fault.id == RESTART]
    for one in case.evidence.journal:
        if is_unknown(one) and any(fault.began <= one.answered_at and one.sent_at <= fault.ended for fault in windows):
            yield one


def a_restart_lets_nobody_down(case: Case) -> Verdict:
    """Whoever asks again is answered; a failure that asking again does not mend is one too many."""
    bench = Bench()
    answered = {_asked(one) for one in case.evidence.journal if not is_unknown(one)}
    for one in case.evidence.journal:
        if any(fault.id == RESTART and fault.began <= one.sent_at <= fault.ended for fault in case.faults):
            words = f"{one.method} {one.path} at {one.sent_at:%H:%M:%S}, in a restart: {one.status}, for good"
            bench.expect(_asked(one) in answered, words)
    return bench.verdict


def _asked(one: Exchange) -> tuple[str | None, str]:
    return one.key, one.digest


def _was_stopped(faults: list[Fault], one: Exchange) -> bool:
    return any(fault.began <= one.answered_at and one.sent_at <= fault.ended + MARGIN for fault in faults)


PROMISES = (
    Promise("L1", "within 60 s of the last fault everything is in order again", soon_in_order),
    Promise("L2", "nobody hangs and nobody sees a 500", nobody_hangs),
    Promise("L3", "who was killed works again in 15 s (p95), all with a server 10 s after its return", back_in_time),
    Promise("L4", "whoever asks again while services are restarted is answered", a_restart_lets_nobody_down),
)
