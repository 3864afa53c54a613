"""Proposals: how far they are, what they propose, what a change by hand does, why one cannot be published."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from services.scheduling.domain import AssignmentChanged, LeftOut, MeetingChanged, Outcome, Planned, Proposal, Stale
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.groups.moving import Effect
from services.scheduling.solver.partnering import model as partnering
from services.scheduling.store import Head, Job, JobState
from shared.clock import timestamp
from shared.http import Problem
from shared.messages.scheduling import MeetingScheduled, RoomAssigned

WHAT_BECAME = {
    JobState.LOST: "The service was stopped while it worked: propose again.",
    JobState.CANCELLED: "It was cancelled; nothing is left of it.",
}


def head(one: Head | Proposal) -> dict[str, Any]:
    return {
        "id": one.id,
        "topic": one.topic.value,
        "state": "published" if one.published else "draft",
        "made_at": timestamp(one.made_at),
        "version": one.version,
    }


def job(one: Job, state: JobState) -> dict[str, Any]:
    """One without a proposal (yet)."""
    shown = {"id": one.id, "topic": one.topic.value, "state": state.value, "made_at": timestamp(one.made_at)}
    if state is JobState.RUNNING:
        return {**shown, "progress": {"phase": one.phase, "done": one.done, "total": one.total}}
    detail = one.detail or WHAT_BECAME.get(state)
    return {**shown, "detail": detail, **({"problems": list(one.problems)} if one.problems else {})}


def proposal(one: Proposal) -> dict[str, Any]:
    found = one.found
    result = _rooms(found) if isinstance(found, groups.Assignment) else _meetings(found)
    return {**head(one), "result": {**result, "left_out": left_out(one.left_out)}}


def people_of(result: dict[str, Any]) -> Iterable[str]:
    """Whom a result places, or counts meetings of."""
    return (one["registration_id"] for one in result.get("places", result.get("shares", ())))


def _rooms(found: groups.Assignment) -> dict[str, Any]:
    heads = Counter(place.room for place in found.places)
    return {
        "figures": asdict(found.figures),
        "is_proven": found.is_proven,
        "places": [
            {
                "registration_id": one.person,
                "room": one.room,
                "wish": one.wish,
                "missed": [{"room": each.room, "bars": list(each.bars)} for each in one.missed],
                "bars": list(one.bars),
            }
            for one in found.places
        ],
        "rooms": [{"room": one.id, "capacity": one.capacity, "people": heads[one.id]} for one in found.rooms],
        "shortfalls": [asdict(one) for one in found.shortfalls],
        "offers": [asdict(one) for one in found.offers],
        "ignored": [_ignored(one.person, one.wish, one.oddity, one.count) for one in found.ignored],
    }


def _meetings(found: partnering.Schedule) -> dict[str, Any]:
    return {
        "figures": asdict(found.figures),
        "meetings": [
            {
                "registration_ids": sorted(one.pair),
                "slot_id": one.slot,
                "table": one.table,
                "is_locked": one.is_locked,
            }
            for one in found.meetings
        ],
        "shares": [
            {
                "registration_id": one.person,
                "meetings": one.meetings,
                "missing": one.missing,
                "unmet": [{"registration_id": each.wish, "why": each.why.value} for each in one.unmet],
            }
            for one in found.shares
        ],
        "delegations": [asdict(one) for one in found.delegations],
        "ignored": [_ignored(one.person, one.wish, one.oddity, one.count) for one in found.ignored],
    }


def _ignored(person: str, wish: str, oddity: str, count: int) -> dict[str, Any]:
    return {"registration_id": person, "wish": wish, "why": oddity, "count": count}


def left_out(them: Iterable[LeftOut]) -> list[dict[str, Any]]:
    return [{"registration_ids": list(one.people), "reason": one.reason, "at": one.at} for one in them]


def effect(one: Effect) -> dict[str, Any]:
    return asdict(one)


def stale(fact: Stale) -> Problem:
    detail = "Since it was made some people's time, rooms or registrations changed: propose again, or leave them out."
    return Problem(409, "stale-proposal", detail, conflicts=left_out(fact.conflicts))


def published(outcome: Outcome) -> dict[str, Any]:
    """What a publication came to."""
    facts = [one.fact for one in outcome.decided]
    said = [one.said for one in facts if isinstance(one, AssignmentChanged | MeetingChanged)]
    fresh = sum(isinstance(one, RoomAssigned | MeetingScheduled) for one in said)
    aside = [each for one in facts if isinstance(one, Planned) for each in one.left_out]
    return {"published": fresh, "released": len(said) - fresh, "left_out": left_out(aside)}
