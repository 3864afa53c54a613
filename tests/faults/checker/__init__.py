"""The outside checker: each invariant of RELIABILITY A under its own id, over what was gathered from outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cli.rehearsal import checks
from cli.rehearsal.checks.verdict import Verdict
from tests.faults.checker import commands, counted, door, facts, liveness, mails, places, privacy, terms
from tests.faults.checker.case import Case, Promise

__all__ = ["PROMISES", "Case", "Finding", "Promise", "judge"]

# under fire more may happen, and more can be looked at
REPLACED = frozenset({"S5", "S8", "S14", "S15", "S16", "E4", "N2", "P3"})


def _over_evidence(invariant: checks.Invariant) -> Promise:
    check: Callable[[Case], Verdict] = lambda case: invariant.check(case.evidence)  # noqa: E731  one line says it
    return Promise(invariant.id, invariant.promise, check)


PROMISES: Sequence[Promise] = (
    *(_over_evidence(one) for one in checks.INVARIANTS if one.id not in REPLACED),
    *terms.PROMISES,
    *places.PROMISES,
    *door.PROMISES,
    *commands.PROMISES,
    *facts.PROMISES,
    *mails.PROMISES,
    *privacy.PROMISES,
    *liveness.PROMISES,
    *counted.PROMISES,
)


@dataclass(frozen=True)
class Finding:
    promise: Promise
    verdict: Verdict

    @property
    def is_broken(self) -> bool:
        return bool(self.verdict.breaches)

    @property
    def is_untested(self) -> bool:
        return self.verdict.examined == 0


def judge(case: Case) -> list[Finding]:
    return [Finding(promise, promise.check(case)) for promise in PROMISES]
