"""The organisers' selection: applied whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.registration.domain.answering import need_of, place, settle_dependents
from services.registration.domain.deciding import Decision, publish
from services.registration.domain.model import LIVE, Reason, Registration, Standing, State, Status
from services.registration.domain.places import at_quota, free_for, record
from shared.messages import registration as facts
from shared.messages.gathering import Entry
from shared.messages.registration import SelectionDecision


class Chosen(StrEnum):
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Choice:
    registration_id: str
    outcome: Chosen


@dataclass(frozen=True, slots=True)
class Select:
    """`id` names this selection; `waived` are the delegations that need not send anybody."""

    id: str
    gathering_id: str
    part: str
    choices: tuple[Choice, ...]
    role: str
    at: datetime
    waived: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a selection cannot be applied: about one registration, or one delegation."""

    reason: str
    registration_id: str | None = None
    delegation: str | None = None


@dataclass(frozen=True, slots=True)
class Owing:
    """How many of a delegation applied for the part and may still come, before the selection."""

    delegation: str
    hopeful: int  # confirmed or awaiting selection


@dataclass(frozen=True, slots=True)
class Refused:
    """Everything that speaks against a selection, of which nothing was applied."""

    objections: tuple[Objection, ...]


def select(state: State, command: Select, owing: Sequence[Owing]) -> tuple[State, list[Decision]] | Refused:
    """The state and the decisions of the whole selection, or everything that speaks against it."""
    if objections := _unfit(state, command):
        return Refused(objections)
    decisions = [Decision(command.id, (_published(command),))]
    hopeful = {one.delegation: one.hopeful for one in owing}
    found: list[Objection] = []
    # who gives a place up makes room first, whatever the order in the list
    for choice in sorted(command.choices, key=lambda choice: choice.outcome is Chosen.CONFIRMED):
        before = state.registrations[choice.registration_id]
        chosen = _chosen(state, before, command, choice.outcome)
        if isinstance(chosen, Objection):
            found.append(chosen)
            continue
        _count_hopes(hopeful, command.part, before, chosen)
        if chosen != before:
            chosen = settle_dependents(state, chosen, command.at)
            state, decision = publish(state, chosen, Decision(command.id))
            decisions.append(decision)
    found += _left_without(state, command, hopeful)
    return Refused(tuple(found)) if found else (state, decisions)


def _published(command: Select) -> facts.SelectionPublished:
    return facts.SelectionPublished(
        gathering_id=command.gathering_id,
        selection_id=command.id,
        part=command.part,
        role=command.role,
        decisions=tuple(
            SelectionDecision(registration_id=c.registration_id, outcome=c.outcome) for c in command.choices
        ),
    )


def _unfit(state: State, command: Select) -> tuple[Objection, ...]:
    part = None if state.definition is None else state.definition.part(command.part)
    if part is None or not any(pool.entry is Entry.SELECTION for pool in part.modes.values()):
        return (Objection("not-a-selection-part"),)
    seen: set[str] = set()
    found = []
    for choice in command.choices:
        registration = state.registrations.get(choice.registration_id)
        standing = None if registration is None else registration.standing(command.part)
        if choice.registration_id in seen:
            found.append(Objection("named-twice", choice.registration_id))
        elif registration is None or standing is None or not _is_selectable(state, registration, standing):
            found.append(Objection("not-selectable", choice.registration_id))
        seen.add(choice.registration_id)
    return tuple(found)


def _is_selectable(state: State, registration: Registration, standing: Standing) -> bool:
    """Who applied; also who was not selected before, unless they have registered anew meanwhile."""
    pool = state.pool(standing.pool)
    if pool is None or pool.entry is not Entry.SELECTION:
        return False
    alone = state.persons.get(registration.person, registration.id) == registration.id
    return standing.is_live or (standing.reason is Reason.NOT_SELECTED and alone)


def _chosen(  # noqa: PLR0911  one return for each way it can go
    state: State, registration: Registration, command: Select, outcome: Chosen
) -> Registration | Objection:
    standing = registration.standing(command.part)
    assert standing is not None  # noqa: S101  _unfit has looked
    if outcome is not Chosen.DECLINED and need_of(state, registration, command.part) is not Status.CONFIRMED:
        return Objection("needed-part-not-confirmed", registration.id, registration.delegation)
    match outcome:
        case Chosen.CONFIRMED:
            if standing.status is Status.CONFIRMED:
                return registration
            if at_quota(state, standing.pool, registration.delegation):
                return Objection("delegation-quota-reached", registration.id, registration.delegation)
            if not free_for(state, standing.pool, registration.delegation, command.at):
                return Objection("part-full", registration.id, registration.delegation)
            return registration.with_standing(Standing(*standing.pool, Status.CONFIRMED))
        case Chosen.WAITLISTED:
            if standing.status is Status.WAITLISTED:
                return registration
            position = state.ledger.queued + 1
            return registration.with_standing(Standing(*standing.pool, Status.WAITLISTED, position=position))
        case _:
            return registration.with_standing(_turned_down(state, registration, standing, command.at))


def _turned_down(state: State, registration: Registration, standing: Standing, at: datetime) -> Standing:
    """`if_not_selected`: the other mode is theirs if it has room; else they are declined."""
    pool = state.pool(standing.pool)
    if pool is not None and pool.if_not_selected is not None:
        instead = place(state, registration.delegation, (standing.part, pool.if_not_selected), at)
        if instead.status in LIVE:
            return instead
    return Standing(*standing.pool, Status.DECLINED, Reason.NOT_SELECTED)


def _count_hopes(hopeful: dict[str, int], part: str, before: Registration, after: Registration) -> None:
    if before.delegation is not None:
        by = int(is_hopeful(after.standing(part))) - int(is_hopeful(before.standing(part)))
        hopeful[before.delegation] = hopeful.get(before.delegation, 0) + by


def is_hopeful(standing: Standing | None) -> bool:
    return standing is not None and standing.status in {Status.CONFIRMED, Status.AWAITING_SELECTION}


def _left_without(state: State, command: Select, hopeful: Mapping[str, int]) -> list[Objection]:
    """A delegation that owes and applied must keep somebody, unless its duty is waived."""
    part = None if state.definition is None else state.definition.part(command.part)
    if part is None or part.obligation is None:
        return []
    named = {state.registrations[choice.registration_id].delegation for choice in command.choices}
    owing = sorted(one for one in named if one is not None and one not in command.waived)
    return [Objection("obligation-unmet", delegation=one) for one in owing if hopeful.get(one, 0) == 0]


def propose(state: State, part: str, candidates: Sequence[Registration], at: datetime) -> list[Choice]:
    """A proposal that could be applied as it is: one of each delegation first, then by arrival, the rest in reserve.

    Where nobody of a delegation that owes fits in, its members are left for the organisers to decide.
    """
    applied = [(one, standing) for one in candidates if (standing := one.standing(part)) is not None]
    served = {one.delegation for one, standing in applied if standing.status is Status.CONFIRMED}
    waiting = [(one, standing) for one, standing in applied if _is_awaiting(state, one, standing)]
    waiting.sort(key=lambda pair: (pair[0].accepted_at, pair[0].id))
    first = {one.delegation: one.id for one, _ in reversed(waiting) if one.delegation not in {None, *served}}
    waiting.sort(key=lambda pair: first.get(pair[0].delegation) != pair[0].id)
    found = None if state.definition is None else state.definition.part(part)
    owes = found is not None and found.obligation is not None
    chosen: list[Choice] = []
    for one, standing in waiting:
        key, delegation = standing.pool, one.delegation
        if free_for(state, key, delegation, at) and not at_quota(state, key, delegation):
            chosen.append(Choice(one.id, Chosen.CONFIRMED))
            served.add(delegation)
            state = record(state, one.with_standing(Standing(*key, Status.CONFIRMED)))
        elif not owes or delegation is None or delegation in served:
            chosen.append(Choice(one.id, Chosen.WAITLISTED))
    return chosen


def _is_awaiting(state: State, registration: Registration, standing: Standing) -> bool:
    return (
        standing.status is Status.AWAITING_SELECTION
        and _is_selectable(state, registration, standing)
        and need_of(state, registration, standing.part) is Status.CONFIRMED
    )
