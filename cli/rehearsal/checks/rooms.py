"""S13: in the working groups everybody has one room, no room has too many, and who missed a wish is told why."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from cli.rehearsal.brief import Brief
from cli.rehearsal.checks.diary import ROOM, decisions, held_at_the_end
from cli.rehearsal.checks.fold import final
from cli.rehearsal.checks.verdict import Bench, Invariant, Verdict
from cli.rehearsal.evidence import Evidence


def one_room_each(evidence: Evidence) -> Verdict:
    bench = Bench()
    for gathering, brief in evidence.briefs.items():
        if brief.groups is None:
            continue
        sizes = brief.groups.sizes
        for given, held in decisions(evidence, gathering):
            if not any(one.kind == ROOM for one in given):
                continue
            heads = Counter(one.place for one in held.values() if one.kind == ROOM)
            seated = Counter(one.people for one in held.values() if one.kind == ROOM)
            for room, count in heads.items():
                bench.expect(count <= sizes.get(room or "", 0), f"{room} has {count} of {sizes.get(room or '')}")
            for who, rooms in seated.items():
                bench.expect(rooms == 1, f"{who[0]} has {rooms} rooms")
        _all_are_seated(bench, evidence, brief)
        _exported(bench, evidence, gathering)
    for one in evidence.journal:
        is_proposal = "/proposals/" in one.path or one.path.endswith("/propose")  # the answer to who waited for it
        if one.accepted and is_proposal and isinstance(one.answer, dict) and one.answer.get("result") is not None:
            _told_why(bench, evidence, one.answer["result"], one.path)
    return bench.verdict


def _all_are_seated(bench: Bench, evidence: Evidence, brief: Brief) -> None:
    """Once rooms are published: whoever comes has one while any has a place, and nobody else."""
    seated = {one.people[0]: one for one in held_at_the_end(evidence, brief.gathering).values() if one.kind == ROOM}
    if brief.groups is None or not seated:
        return
    part = brief.groups.part
    coming = {
        who
        for who, state in final(evidence, brief.gathering).items()
        if any(confirmed == part for confirmed, _ in state.confirmed())
    }
    has_place = len(seated) < sum(brief.groups.sizes.values())
    for who in coming:
        bench.expect(who in seated or not has_place, f"{who} has no room, and there is a place")
    for who in seated.keys() - coming:
        bench.expect(fine=False, words=f"{who} has a room and does not come")


def _exported(bench: Bench, evidence: Evidence, gathering: str) -> None:
    lines = [line for line in evidence.exports.get(gathering, ()) if line["kind"] == "assignment"]
    shown = {(line["id"], line["room"]) for line in lines if line["status"] == "scheduled"}
    said = {(one.id, one.place) for one in held_at_the_end(evidence, gathering).values() if one.kind == ROOM}
    for which, room in shown ^ said:
        bench.expect(fine=False, words=f"{which} in {room} is in the export or in the log, not in both")


def _told_why(bench: Bench, evidence: Evidence, result: Mapping[str, Any], path: str) -> None:
    """Each dearer wish that somebody did not get comes with what bars it."""
    gathering = path.split("/")[3]
    brief = evidence.briefs[gathering]
    for place in result.get("places", ()):
        missed = {one["room"] for one in place["missed"] if one["bars"]}
        wishes = [
            room for room in _wishes(evidence, place["registration_id"]) if brief.groups and room in brief.groups.sizes
        ]
        dearer = wishes[: wishes.index(place["room"])] if place["room"] in wishes else wishes
        words = f"{place['registration_id']} is not told why {', '.join(set(dearer) - missed)} could not be"
        bench.expect(set(dearer) <= missed, words)


def _wishes(evidence: Evidence, registration_id: str) -> list[str]:
    """As they were sent last."""
    path = f"/v1/registrations/{registration_id}/preferences"
    sent = [one for one in evidence.journal if one.path == path and one.method == "PUT" and one.accepted]
    return list(sent[-1].body.get("working_groups", ())) if sent else []


INVARIANTS = (Invariant("S13", "in the working groups one room each, none too full", one_room_each),)
