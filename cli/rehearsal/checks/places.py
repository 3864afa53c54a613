"""S1 to S3: places are never exceeded, in all or by one delegation, and who owes somebody is reported."""

from collections import Counter, defaultdict

from cli.rehearsal.brief import Brief, PoolKey
from cli.rehearsal.checks.fold import Step, final, steps
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import Evidence

NEWEST = 1_000_000  # a version that nothing reaches


def capacity_holds(evidence: Evidence) -> Verdict:
    """At every point of the log, with what is kept back counted in; and what the gateway shows free at the end."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        confirmed: Counter[PoolKey] = Counter()
        by_delegation: Counter[tuple[PoolKey, str | None]] = Counter()
        for step in steps(evidence, gathering):
            if not step.counts:
                continue
            left, taken = (
                step.before.confirmed() - step.after.confirmed(),
                step.after.confirmed() - step.before.confirmed(),
            )
            for pool in left:
                by_delegation[pool, step.before.delegation] -= 1
            for pool in taken:
                by_delegation[pool, step.after.delegation] += 1
            confirmed.subtract(left)
            confirmed.update(taken)
            for pool in taken:
                room = brief.pools[pool].capacity
                held = confirmed[pool] + _kept(brief, pool, by_delegation, step)
                bench.expect(room is None or held <= room, f"{_say(pool)}: {held} of {room} at {step.record.subject}")
        for pool in brief.pools:
            shown = evidence.occupancy.get((gathering, *pool), confirmed[pool])
            bench.expect(shown == confirmed[pool], f"{_say(pool)}: {shown} shown, {confirmed[pool]} by the log")
    return bench.verdict


def _kept(brief: Brief, pool: PoolKey, confirmed: Counter[tuple[PoolKey, str | None]], step: Step) -> int:
    """Places held for the other delegations until they are released."""
    terms = brief.pools[pool]
    if terms.release_at is None or step.record.time >= terms.release_at:
        return 0
    return sum(max(0, terms.reserved - confirmed[pool, delegation]) for delegation in brief.codes)


def delegation_quota_holds(evidence: Evidence) -> Verdict:
    """Counted in registrations, and in distinct persons."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        holding: dict[tuple[PoolKey, str], set[str]] = defaultdict(set)
        for step in steps(evidence, gathering):
            delegation = step.after.delegation
            if delegation is None or not step.counts:
                continue
            for pool, terms in brief.pools.items():
                if terms.most is None:
                    continue
                having = holding[pool, delegation]
                if pool in step.after.confirmed():
                    having.add(step.registration_id)
                    words = f"{delegation} has {len(having)} of {terms.most} in {_say(pool)} at {step.record.subject}"
                    bench.expect(len(having) <= terms.most, words)
                else:
                    having.discard(step.registration_id)
        for (pool, delegation), having in holding.items():
            people = {holder.person for one in having if (holder := evidence.holder(one, NEWEST)) is not None}
            bench.expect(len(people) == len(having), f"{delegation}: one person holds two places in {_say(pool)}")
    return bench.verdict


def duties_are_reported(evidence: Evidence) -> Verdict:
    """The report names exactly the delegations below their minimum."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        reported = {(one["delegation"], one["part"]) for one in evidence.obligations.get(gathering, ())}
        present: Counter[tuple[str | None, str]] = Counter()
        for state in final(evidence, gathering).values():
            present.update((state.delegation, part) for part, _ in state.confirmed())
        for part, terms in brief.parts.items():
            for delegation in brief.codes if terms.owed else ():
                is_below = present[delegation, part] < terms.owed
                words = f"{delegation} owes {part} {terms.owed}, has {present[delegation, part]}"
                said = "is reported" if (delegation, part) in reported else "is not reported"
                bench.expect(is_below == ((delegation, part) in reported), f"{words}, {said}")
    return bench.verdict


def nobody_waits_beside_a_free_place(evidence: Evidence) -> Verdict:
    """As it stood when each part ended: whoever still waited could not have been let in."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        for pool, terms in brief.pools.items():
            ended = brief.parts[pool[0]].ends
            states = {one.registration_id: one.after for one in steps(evidence, gathering) if one.record.time < ended}
            within = [state for state in states.values() if pool in state.confirmed() and state.category == "attendee"]
            held = Counter(state.delegation for state in within)
            for registration_id, state in states.items():
                standing = state.parts.get(pool[0])
                if standing is None or (standing.mode, standing.status) != (pool[1], "waitlisted"):
                    continue
                is_full = terms.capacity is not None and len(within) >= terms.capacity
                is_at_quota = state.delegation is not None and terms.most is not None
                is_at_quota = is_at_quota and held[state.delegation] >= (terms.most or 0)
                bench.expect(is_full or is_at_quota, f"{registration_id} waits for {_say(pool)}, where places are free")
    return bench.verdict


def _say(pool: PoolKey) -> str:
    return "/".join(pool)


INVARIANTS = (
    Invariant("S1", "no part and mode is ever over its capacity", capacity_holds),
    Invariant("S2", "no delegation is ever over its places", delegation_quota_holds),
    Invariant("S3", "a delegation below its duty is reported, no other", duties_are_reported),
    Invariant("S8", "nobody waits while a place is free for them", nobody_waits_beside_a_free_place),
)
