"""S18: two meet only if one of them wishes for it and neither has said no; and the result sheet counts what was."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import SCHEDULING, Evidence, Record
from cli.rehearsal.journal import Exchange

SCHEDULED, CANCELLED, HELD = "meeting-scheduled", "meeting-cancelled", "meeting-held"


@dataclass(frozen=True)
class Wishes:
    since: datetime
    meet: frozenset[str] = frozenset()
    no_thanks: frozenset[str] = frozenset()


def only_who_wishes(evidence: Evidence) -> Verdict:
    bench = Bench()
    sent = _sent(evidence)
    for record in evidence.of(SCHEDULED):
        one, other = record.value["registration_ids"]
        mine, theirs = _at_the_time(sent[one], record), _at_the_time(sent[other], record)
        bench.expect(other not in mine.no_thanks and one not in theirs.no_thanks, f"{one} meets {other}, against a no")
        bench.expect(other in mine.meet or one in theirs.meet, f"{one} meets {other}, and neither asked for it")
    for gathering in evidence.briefs:
        _noted(bench, evidence, gathering)
        path = f"/v1/gatherings/{gathering}/partnering/result"
        sheets = [one for one in evidence.journal if one.path == path and one.accepted]
        if sheets:
            _counted(bench, evidence, gathering, sheets[-1])
    return bench.verdict


def _sent(evidence: Evidence) -> dict[str, list[Wishes]]:
    found: dict[str, list[Wishes]] = defaultdict(list)
    for one in evidence.journal:
        if one.method == "PUT" and one.path.endswith("/preferences") and one.status == 200:  # noqa: PLR2004
            meet, no_thanks = (frozenset(one.body.get(name, ())) for name in ("meet", "no_thanks"))
            since = datetime.fromisoformat(one.answer["accepted_at"])
            found[one.path.split("/")[3]].append(Wishes(since, meet, no_thanks))
    return found


def _at_the_time(sent: list[Wishes], record: Record) -> Wishes:
    known = [one for one in sent if one.since <= record.time]
    return max(known, key=lambda one: one.since, default=Wishes(record.time))


def _noted(bench: Bench, evidence: Evidence, gathering: str) -> None:
    """It took place: said once, of a meeting that stood and had begun."""
    standing: dict[str, dict[str, Any]] = {}
    held: set[str] = set()
    for record in evidence.log(SCHEDULING, gathering):
        if record.topic not in {SCHEDULED, CANCELLED, HELD}:
            continue
        which = record.value["meeting_id"]
        if record.topic == SCHEDULED:
            standing[which] = dict(record.value)
        elif record.topic == CANCELLED:
            bench.expect(standing.pop(which, None) is not None, f"{which} was cancelled and did not stand")
        else:
            meeting = standing.get(which)
            begun = meeting is not None and datetime.fromisoformat(meeting["starts_at"]) <= record.time
            bench.expect(begun, f"{which} took place and had not begun, or did not stand")
            bench.expect(which not in held, f"{which} took place twice")
            held.add(which)


def _counted(bench: Bench, evidence: Evidence, gathering: str, sheet: Exchange) -> None:
    """The sheet of an afternoon, drawn up when nothing more was decided of it."""
    standing: set[str] = set()
    held: set[str] = set()
    for record in evidence.log(SCHEDULING, gathering):
        if record.topic == SCHEDULED:
            standing.add(record.value["meeting_id"])
        elif record.topic == CANCELLED:
            standing.discard(record.value["meeting_id"])
        elif record.topic == HELD:
            held.add(record.value["meeting_id"])
    for name, counted in (("meetings", len(standing)), ("held", len(held & standing))):
        shown = sheet.answer[name]
        bench.expect(shown == counted, f"the result sheet says {shown} {name}, the log {counted}")


INVARIANTS = (Invariant("S18", "only those meet of whom one asked and none said no", only_who_wishes),)
