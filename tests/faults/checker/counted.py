"""How much a run has tested. One that saw no duplicate and no lost answer has tested nothing, however green it is."""

from dataclasses import dataclass

from cli.rehearsal.checks.verdict import Bench, Verdict
from tests.faults.checker.case import Case, Promise
from tests.faults.checker.commands import is_unknown


@dataclass(frozen=True)
class Dose:
    commands: int
    requests: int
    unknown: int
    kills: int
    kills_inside: int
    faults: int
    duplicates: int
    mails: int
    mails_again: int
    replayed: int
    poison: int


def dose(case: Case) -> Dose:
    journal = case.evidence.journal
    kills = [fault for fault in case.faults if fault.id.startswith("k")]
    return Dose(
        commands=len({one.key or one.id for one in journal if one.act != "(reading)"}),
        requests=len(journal),
        unknown=sum(is_unknown(one) for one in journal),
        kills=len(kills),
        kills_inside=sum(fault.inside for fault in kills),
        faults=len(case.faults),
        duplicates=len(case.evidence.records) - len(case.evidence.first_copies),
        mails=len(case.deliveries),
        mails_again=len(case.deliveries) - len({one.message_id for one in case.deliveries}),
        replayed=sum(one.records for one in case.replays),
        poison=len(case.poison),
    )


def something_was_tested(case: Case) -> Verdict:
    bench, counted = Bench(), dose(case)
    bench.expect(counted.duplicates > 0, "no record came twice: nothing was tested")
    bench.expect(counted.unknown > 0, "no answer was lost: nothing was tested")
    return bench.verdict


PROMISES = (Promise("T1", "the run saw duplicates and lost answers", something_was_tested),)
