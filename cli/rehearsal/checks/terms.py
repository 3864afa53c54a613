"""S4 to S6: selected and invited before confirmed, in time, and once per person."""

from collections import defaultdict
from datetime import datetime, timedelta

from cli.rehearsal.brief import Brief
from cli.rehearsal.checks.fold import Step, steps
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import REGISTRATION, Evidence
from cli.rehearsal.journal import Exchange

SLACK = timedelta(seconds=2)  # a moved clock is in force everywhere within one
CHOSEN = frozenset({"confirmed", "waitlisted"})  # whom a selection put on its reserve list may move up later


def selection_comes_first(evidence: Evidence) -> Verdict:
    """A place in a selection part follows an organiser's selection; one by invitation follows an invitation."""
    bench = Bench()
    invited = _came_with_invitation(evidence)
    for gathering, brief in evidence.briefs.items():
        chosen = _chosen(evidence, gathering)
        for step in steps(evidence, gathering):
            if not step.counts:
                continue
            for pool in step.after.live() - step.before.live():
                if brief.pools[pool].is_by_invitation:
                    words = f"{step.registration_id} was let into {'/'.join(pool)} without an invitation"
                    bench.expect(step.registration_id in invited, words)
            for pool in step.after.confirmed() - step.before.confirmed():
                if brief.pools[pool].is_selection:
                    at = chosen.get((step.registration_id, pool[0]))
                    is_fine = at is not None and at < step.record.sequence
                    bench.expect(is_fine, f"{step.registration_id} is confirmed for {'/'.join(pool)}, never selected")
    return bench.verdict


def _chosen(evidence: Evidence, gathering: str) -> dict[tuple[str, str], int]:
    """When a selection by an organiser first put somebody on its list."""
    found: dict[tuple[str, str], int] = {}
    for record in evidence.log(REGISTRATION, gathering):
        if record.topic != "selection-published" or record.value["role"] not in {"organiser", "admin"}:
            continue
        for one in record.value["decisions"]:
            if one["outcome"] in CHOSEN:
                found.setdefault((one["registration_id"], record.value["part"]), record.sequence)
    return found


def _came_with_invitation(evidence: Evidence) -> frozenset[str]:
    asked = (one for one in evidence.journal if _is_registration(one) and (one.body or {}).get("invitation"))
    return frozenset(one.answer["id"] for one in asked if one.accepted)


def deadlines_hold(evidence: Evidence) -> Verdict:
    """By the moment a submission was accepted, which is when it was sent; also when it comes again afterwards."""
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        for step in steps(evidence, gathering):
            submission = evidence.intake.get(step.record.cause)
            if submission is None or submission.value["registration_id"] != step.registration_id:
                continue  # a promotion or a selection: no submission of their own is answered
            at = datetime.fromisoformat(submission.value["accepted_at"])
            _let_in(bench, brief, step, at)
            _turned_away(bench, brief, step, at)
    _stamped_when_sent(bench, evidence)
    return bench.verdict


def _let_in(bench: Bench, brief: Brief, step: Step, at: datetime) -> None:
    for pool in step.after.live() - step.before.live():
        terms = brief.pools[pool]
        in_time = at < terms.closes and (terms.opens is None or at >= terms.opens)
        bench.expect(in_time, f"{step.registration_id} was let into {'/'.join(pool)} at {at.isoformat()}")


def _turned_away(bench: Bench, brief: Brief, step: Step, at: datetime) -> None:
    for part, standing in step.after.parts.items():
        terms = brief.pools.get((part, standing.mode))
        if terms is None or step.before.parts.get(part) == standing:
            continue
        if standing.reason == "deadline-passed":
            bench.expect(at >= terms.closes, f"{step.registration_id} was too late for {part} at {at.isoformat()}")
        if standing.reason == "not-open-yet":
            is_early = terms.opens is not None and at < terms.opens
            bench.expect(is_early, f"{step.registration_id} was too early for {part} at {at.isoformat()}")


def _stamped_when_sent(bench: Bench, evidence: Evidence) -> None:
    """The first request with a key is the one whose time counts."""
    first: dict[tuple[str | None, str], Exchange] = {}
    for one in evidence.journal:
        if _is_registration(one) and one.accepted and one.key is not None:
            first.setdefault((one.key, one.digest), one)
    tries = {(one.key, one.digest): one.sent_at for one in reversed(evidence.journal)}  # the earliest one stays
    for asked, one in first.items():
        at = datetime.fromisoformat(one.answer["accepted_at"])
        in_between = tries[asked] - SLACK <= at <= one.answered_at + SLACK
        bench.expect(in_between, f"{one.answer['id']} was accepted at {at.isoformat()}, but sent at {one.sent_at}")


def one_live_registration_each(evidence: Evidence) -> Verdict:
    """At every point of the log, by who really asked."""
    bench = Bench()
    for gathering in evidence.briefs:
        live: dict[str, set[str]] = defaultdict(set)
        held_by: dict[str, str] = {}
        for step in steps(evidence, gathering):
            holder = evidence.holder(step.registration_id, step.after.version)
            if holder is None:
                continue
            before = held_by.get(step.registration_id)
            if before is not None:
                live[before].discard(step.registration_id)
            held_by[step.registration_id] = holder.person
            if step.after.is_live:
                having = live[holder.person]
                having.add(step.registration_id)
                words = f"{holder.person} has {len(having)} live registrations at {step.record.subject}"
                bench.expect(len(having) <= 1, words)
    return bench.verdict


def _is_registration(one: Exchange) -> bool:
    return one.method == "POST" and one.path.endswith("/registrations") and isinstance(one.body, dict)


INVARIANTS = (
    Invariant("S4", "nobody has a selected place unselected or uninvited", selection_comes_first),
    Invariant("S5", "nothing accepted too late or too early is let in", deadlines_hold),
    Invariant("S6", "a person has at most one live registration", one_live_registration_each),
)
