"""S7 and S8: no place is lost, and who has waited longest moves up first."""

from collections import Counter
from dataclasses import dataclass, field

from cli.rehearsal.brief import Brief, PoolKey
from cli.rehearsal.checks.fold import Step, steps
from cli.rehearsal.checks.verdict import Bench, Verdict
from cli.rehearsal.evidence import Evidence
from tests.faults.checker.case import Case, Promise

WAITS = "waitlisted"
Queue = dict[str, tuple[int, str | None]]  # registration → since which sequence, of which delegation


@dataclass
class Pool:
    """Who is in and who waits, as the log tells it."""

    confirmed: dict[str, str | None] = field(default_factory=dict)
    queue: Queue = field(default_factory=dict)

    def of(self, delegation: str | None) -> int:
        return sum(1 for other in self.confirmed.values() if other == delegation)


def nothing_is_lost(case: Case) -> Verdict:
    """Confirmed, held and free make the capacity; and they are what the log adds up to."""
    bench = Bench()
    for gathering, brief in case.evidence.briefs.items():
        confirmed: Counter[PoolKey] = Counter()
        for step in steps(case.evidence, gathering):
            if step.counts:
                confirmed.subtract(step.before.confirmed())
                confirmed.update(step.after.confirmed())
        for shown in case.availability.get(gathering, ()):
            pool = (shown["part"], shown["mode"])
            room = brief.pools[pool].capacity
            words = f"{'/'.join(pool)}: {shown['confirmed']} confirmed and {shown['free']} free of {room}"
            bench.expect(shown["confirmed"] == confirmed[pool], f"{words}, {confirmed[pool]} by the log")
            if room is not None:
                bench.expect(shown["confirmed"] + shown.get("held", 0) + shown["free"] == room, words)
    return bench.verdict


def first_come_first_served(case: Case) -> Verdict:
    """Whoever moves up has waited longest of those who could; at the end no place is free while one waits for it."""
    bench = Bench()
    for gathering, brief in case.evidence.briefs.items():
        pools = {key: Pool() for key, terms in brief.pools.items() if terms.capacity and not terms.is_selection}
        for step in steps(case.evidence, gathering):
            if step.counts:
                _take(bench, case.evidence, brief, pools, step)
        for key, pool in pools.items():
            free = (brief.pools[key].capacity or 0) - len(pool.confirmed)
            waiting = [who for who, (_, team) in pool.queue.items() if _may(brief, key, pool, team)] if free else []
            bench.expect(not waiting, f"{'/'.join(key)}: {free} places free while {len(waiting)} wait")
    return bench.verdict


def _take(bench: Bench, evidence: Evidence, brief: Brief, pools: dict[PoolKey, Pool], step: Step) -> None:
    who, team = step.registration_id, step.after.delegation
    waits = {(part, one.mode) for part, one in step.after.parts.items() if one.status == WAITS}
    for key, pool in pools.items():
        if key in step.after.confirmed():
            entry = pool.queue.pop(who, None)
            if entry is not None and not _asked(evidence, step):
                earlier = [
                    other for other, (at, side) in pool.queue.items() if at < entry[0] and _may(brief, key, pool, side)
                ]
                bench.expect(not earlier, f"{who} moved up in {'/'.join(key)} before {', '.join(earlier[:3])}")
            pool.confirmed[who] = team
            continue
        pool.confirmed.pop(who, None)
        if key in waits:
            pool.queue.setdefault(who, (step.record.sequence, team))
        else:
            pool.queue.pop(who, None)


def _asked(evidence: Evidence, step: Step) -> bool:
    """Whether the person's own submission led here, and not another's leaving."""
    submission = evidence.intake.get(step.record.cause)
    return submission is not None and submission.value["registration_id"] == step.registration_id


def _may(brief: Brief, key: PoolKey, pool: Pool, team: str | None) -> bool:
    most = brief.pools[key].most
    return team is None or most is None or pool.of(team) < most


PROMISES = (
    Promise("S7", "confirmed, held and free places make the capacity", nothing_is_lost),
    Promise("S8", "the waiting list moves in its order, and does not stand still", first_come_first_served),
)
