"""S5 under a clock that jumps: right after a jump, who asks and who answers may not yet agree what time it is."""

from dataclasses import replace
from datetime import timedelta

from cli.rehearsal.checks.terms import deadlines_hold
from cli.rehearsal.checks.verdict import Verdict
from cli.rehearsal.journal import Exchange
from tests.faults.checker.case import Case, Fault, Promise

IN_FORCE_WITHIN = timedelta(seconds=2)


def deadlines_hold_meanwhile(case: Case) -> Verdict:
    """By the log alone; of the journal nothing counts that was tried then, whenever it was tried again."""
    jumps = [fault for fault in case.faults if fault.target.startswith("clock")]  # Foyer's, or one machine's
    tries = {(one.key, one.digest) for one in case.evidence.journal if any(during(fault, one) for fault in jumps)}
    journal = [one for one in case.evidence.journal if (one.key, one.digest) not in tries]
    return deadlines_hold(replace(case.evidence, journal=journal))


def during(jump: Fault, one: Exchange) -> bool:
    return jump.began - IN_FORCE_WITHIN <= one.answered_at and one.sent_at <= jump.ended + IN_FORCE_WITHIN


PROMISES = (Promise("S5", "nothing accepted too late or too early is let in", deadlines_hold_meanwhile),)
