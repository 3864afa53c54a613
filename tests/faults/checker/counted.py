"""How much a run has tested. One that saw no duplicate and no lost answer has tested nothing, however green it is."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

from cli.rehearsal.checks.verdict import Bench, Verdict
from tests.faults.checker.case import Case, Promise
from tests.faults.checker.commands import asked_again, is_unknown
from tests.faults.checker.liveness import in_restarts


@dataclass(frozen=True)
class Dose:
    commands: int = 0
    requests: int = 0
    unknown: int = 0
    unknown_resolved: int = 0
    lost_in_restarts: int = 0
    kills: int = 0
    kills_inside: int = 0
    faults: int = 0
    duplicates: int = 0
    mails: int = 0
    mails_again: int = 0
    replayed: int = 0
    poison: int = 0

    def __add__(self, other: "Dose") -> "Dose":
        return Dose(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))


A_TIER, INSIDE = Dose(commands=20_000, unknown_resolved=100, kills=100), 0.3  # at least, over all its schedules


def dose(case: Case) -> Dose:
    journal = case.evidence.journal
    return Dose(
        commands=len({one.key or one.id for one in journal if one.act != "(reading)"}),
        requests=len(journal),
        unknown=sum(is_unknown(one) for one in journal),
        unknown_resolved=sum(any(not is_unknown(one) for one in tries) for tries in asked_again(case.evidence)),
        lost_in_restarts=sum(1 for _ in in_restarts(case)),
        kills=sum(fault.killed for fault in case.faults),
        kills_inside=sum(fault.inside for fault in case.faults),
        faults=len(case.faults),
        duplicates=len(case.evidence.records) - len(case.evidence.first_copies),
        mails=len(case.deliveries),
        mails_again=len(case.deliveries) - len({one.message_id for one in case.deliveries}),
        replayed=sum(one.records for one in case.replays),
        poison=len(case.poison),
    )


def too_little(doses: Sequence[Dose]) -> Iterator[str]:
    """What a whole tier has tested less of than it must."""
    total = sum(doses, Dose())
    for name in ("commands", "unknown_resolved", "kills"):
        did, least = getattr(total, name), getattr(A_TIER, name)
        if did < least:
            yield f"{did} {name.replace('_', ' ')}, and {least} at least are due"
    if total.kills_inside < INSIDE * total.kills:
        yield f"{total.kills_inside} of {total.kills} kills inside a handler, and {INSIDE:.0%} at least are due"


def something_was_tested(case: Case) -> Verdict:
    bench, counted = Bench(), dose(case)
    bench.expect(counted.duplicates > 0, "no record came twice: nothing was tested")
    bench.expect(counted.unknown > 0, "no answer was lost: nothing was tested")
    for why in case.untested:
        bench.expect(fine=False, words=why)
    return bench.verdict


PROMISES = (
    Promise(
        "T1", "the run saw duplicates and lost answers, and every fault that was played struck", something_was_tested
    ),
)
