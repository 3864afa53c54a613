"""The queue: who moves up when places come free. A selection part's reserve list is the same queue, filled by staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.registration.domain.answering import settle_dependents
from services.registration.domain.deciding import Decision, publish
from services.registration.domain.model import PoolKey, Registration, Standing, State, Status
from services.registration.domain.places import at_quota, free_for, has_vacancy, record


@dataclass(frozen=True, slots=True)
class Vacancy:
    """Places that somebody in the queue may take: at most `places`, and nobody of the delegations at their quota."""

    key: PoolKey
    places: int | None


def vacancies(state: State, at: datetime) -> tuple[Vacancy, ...]:
    """Where a queue may move now: something came free or somebody joined, and the part has not ended."""
    found = []
    for key in sorted(state.freed):
        part = None if state.definition is None else state.definition.part(key[0])
        if part is not None and at < part.ends and state.count(key).waiting > 0 and has_vacancy(state, key, at):
            pool = state.pool(key)
            capacity = None if pool is None else pool.capacity
            count = state.count(key)
            found.append(Vacancy(key, None if capacity is None else capacity - count.confirmed))
    return tuple(found)


def quota(state: State, key: PoolKey) -> int | None:
    pool = state.pool(key)
    return None if pool is None or pool.places_per_delegation is None else pool.places_per_delegation.max


def newly_waiting(state: State, key: PoolKey) -> list[Registration]:
    """Who is in view and in the queue; the stored queue does not know those of this very batch yet."""
    return [
        one
        for one in state.registrations.values()
        if (standing := one.standing(key[0])) and standing.pool == key and standing.status is Status.WAITLISTED
    ]


def at_rest(state: State, key: PoolKey) -> State:
    """Nobody in this queue can move until something is freed again."""
    return replace(state, freed=state.freed - {key})


def stirred(state: State, keys: Iterable[PoolKey]) -> State:
    """These queues may move: a timer or a task says so."""
    return replace(state, freed=state.freed | frozenset(keys))


def released_between(state: State, key: PoolKey, after: datetime | None, until: datetime) -> bool:
    """Whether reserved places of the pool went back to everybody in that time."""
    pool = state.pool(key)
    release_at = None if pool is None or pool.places_per_delegation is None else pool.places_per_delegation.release_at
    return release_at is not None and release_at <= until and (after is None or after < release_at)


def full_delegations(state: State, key: PoolKey) -> frozenset[str]:
    """Of the delegations in view, those whose members cannot be promoted."""
    return frozenset(delegation for delegation in state.delegations if at_quota(state, key, delegation))


def promote(
    state: State, key: PoolKey, candidates: Sequence[Registration], at: datetime, cause: str
) -> tuple[State, list[Decision]]:
    """Move up, in the order of their positions, whoever there is room for; the others keep their place in the queue."""
    decisions = []
    for candidate in sorted(candidates, key=lambda one: _position(one, key)):
        registration = state.registrations.get(candidate.id, candidate)
        standing = registration.standing(key[0])
        if standing is None or standing.pool != key or standing.status is not Status.WAITLISTED:
            continue
        if at_quota(state, key, registration.delegation) or not free_for(state, key, registration.delegation, at):
            continue
        if candidate.id not in state.registrations:
            state = replace(state, registrations={**state.registrations, candidate.id: candidate})
        promoted = registration.with_standing(Standing(*key, Status.CONFIRMED))
        promoted = settle_dependents(record(state, promoted), promoted, at)
        state, decision = publish(state, promoted, Decision(cause))
        if decision is not None:
            decisions.append(decision)
    return state, decisions


def _position(registration: Registration, key: PoolKey) -> int:
    standing = registration.standing(key[0])
    return standing.position or 0 if standing is not None else 0
