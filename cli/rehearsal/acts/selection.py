"""12 November: the organisers select, within the quotas and duties, and whoever breaks one is refused whole."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

from cli.rehearsal.acts.seeds import PARTNERING, POLICY, POLICY_EVENT, VISITS, WAIVED
from cli.rehearsal.brief import IN_PERSON, REMOTE
from cli.rehearsal.mailbox import LOOK_EVERY
from cli.rehearsal.stage import Guest, Stage

WAITING = "awaiting-selection"
SELECTIONS = f"/v1/gatherings/{POLICY}/selections"
Decisions = list[dict[str, Any]]


async def play(stage: Stage) -> None:
    await stage.look_again(stage.of(POLICY))
    policy = _applicants(stage, POLICY_EVENT)
    partnering = _applicants(stage, PARTNERING)
    await _refused_whole(stage, policy, partnering)
    await _select(stage, PARTNERING, _choose(stage, PARTNERING, partnering))
    await _select(stage, POLICY_EVENT, _choose(stage, POLICY_EVENT, policy))
    await stage.look_again(stage.of(POLICY))
    await _afterwards(stage)


def _applicants(stage: Stage, part: str) -> list[Guest]:
    return [guest for guest in stage.of(POLICY) if guest.has(part, IN_PERSON, WAITING)]


async def _refused_whole(stage: Stage, policy: list[Guest], partnering: list[Guest]) -> None:
    """A third place for one Partnership, more than the room holds, a Partnership left without anybody."""
    by_delegation = Counter(guest.delegation for guest in policy if guest.delegation)
    crowded = by_delegation.most_common(1)[0][0]
    third = [guest for guest in policy if guest.delegation == crowded]
    alone = [guest for guest in partnering if guest.delegation == WAIVED]
    await stage.together(
        [
            _select(stage, POLICY_EVENT, _all(third, "confirmed")),
            _select(stage, POLICY_EVENT, _all(policy, "confirmed")),
            _select(stage, PARTNERING, _all(alone, "declined")),
            _select(stage, PARTNERING, _all(alone, "waitlisted")),
            _select(stage, POLICY_EVENT, _all(third[:2], "confirmed"), role="auditor"),
        ]
    )
    waiver = {"part": PARTNERING, "reason": "Their only applicant is ill."}
    await stage.staff("PUT", f"/v1/gatherings/{POLICY}/obligations/{WAIVED}/waiver", waiver)


def _choose(stage: Stage, part: str, applicants: Iterable[Guest]) -> Decisions:
    """First come within each Partnership's two and the room; of the rest every other one goes on the reserve list."""
    pool = stage.briefs[POLICY].pools[part, IN_PERSON]
    room = pool.capacity or 0
    held: Counter[str] = Counter()
    decisions: Decisions = []
    for guest in applicants:
        full = guest.delegation is not None and held[guest.delegation] >= (pool.most or room)
        if room and not full and not (part == PARTNERING and guest.delegation == WAIVED):
            outcome = "confirmed"
            room -= 1
            held[guest.delegation or ""] += 1
        else:
            outcome = "waitlisted" if len(decisions) % 2 and guest.delegation != WAIVED else "declined"
        decisions.append({"registration_id": guest.id, "outcome": outcome, "reason": None})
    return decisions


def _all(guests: Iterable[Guest], outcome: str) -> Decisions:
    return [{"registration_id": guest.id, "outcome": outcome, "reason": "rehearsed"} for guest in guests]


async def _select(stage: Stage, part: str, decisions: Decisions, role: str = "organiser") -> None:
    if decisions:
        await stage.staff("POST", SELECTIONS, {"part": part, "decisions": decisions}, role)


async def _afterwards(stage: Stage) -> None:
    """Places come free again: the reserve lists move up. What the deadline closed stays closed."""
    chosen = [guest for guest in stage.of(POLICY) if guest.has(POLICY_EVENT)]
    stage.chance.shuffle(chosen)
    few = stage.some(8)
    visiting = [guest for guest in chosen[2 * few :] if any(guest.has(visit) for visit in VISITS)]
    remote = [guest for guest in stage.of(POLICY) if guest.has(POLICY_EVENT, REMOTE)]
    stage.lists["ticketed-then-gone"] = chosen[:few]
    await _fetch_tickets(stage, chosen[: 2 * few])
    await stage.together(
        [
            *(stage.cancel(guest) for guest in chosen[:few]),
            *(stage.change(guest, _mode(REMOTE)) for guest in chosen[few : 2 * few]),
            *(stage.cancel(guest, _visits_of(guest)) for guest in visiting[:few]),
            *(stage.change(guest, _mode(IN_PERSON)) for guest in remote[:few]),
        ]
    )
    stage.lists["ticketed-then-gone"] += chosen[few : 2 * few]


def _mode(mode: str) -> dict[str, Any]:
    return {"parts": [{"part": POLICY_EVENT, "mode": mode}]}


def _visits_of(guest: Guest) -> list[str]:
    return [visit for visit in VISITS if guest.has(visit)]


async def _fetch_tickets(stage: Stage, guests: list[Guest]) -> None:
    """A ticket is issued a moment after the place is given."""
    for guest in guests:
        guest.ticket = await fetch_ticket(stage, guest)


async def fetch_ticket(stage: Stage, guest: Guest) -> str:
    for _ in range(50):
        answer = await stage.client.ask("GET", f"/v1/registrations/{guest.id}/ticket", token=guest.token)
        if answer.accepted:
            return str(answer.answer["ticket"])
        await asyncio.sleep(LOOK_EVERY)
    return ""
