"""The judges: one pure function per invariant of RELIABILITY.md, over evidence that was gathered from outside."""

from collections.abc import Sequence
from dataclasses import dataclass

from cli.rehearsal.checks import (
    commands,
    door,
    limits,
    log,
    mails,
    matches,
    offers,
    places,
    reminders,
    rooms,
    slots,
    terms,
    whereabouts,
)
from cli.rehearsal.checks.verdict import Invariant, Verdict
from cli.rehearsal.evidence import Evidence

__all__ = ["INVARIANTS", "Finding", "Invariant", "Verdict", "judge"]

ORDER = "SDNEP"  # as RELIABILITY.md has them
_ALL = (places, terms, offers, slots, limits, rooms, matches, door, commands, mails, whereabouts, reminders, log)
INVARIANTS: Sequence[Invariant] = sorted(
    (invariant for judges in _ALL for invariant in judges.INVARIANTS),
    key=lambda one: (ORDER.index(one.id[0]), int(one.id[1:])),
)


@dataclass(frozen=True)
class Finding:
    """One invariant and what came out. One that had nothing to look at has proven nothing."""

    invariant: Invariant
    verdict: Verdict

    @property
    def holds(self) -> bool:
        return self.verdict.examined > 0 and not self.verdict.breaches


def judge(evidence: Evidence) -> list[Finding]:
    return [Finding(invariant, invariant.check(evidence)) for invariant in INVARIANTS]
