"""The queue: who moves up when places come free. A selection part's reserve list is the same queue, filled by staff."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from services.registration.domain.answering import settle_dependents
from services.registration.domain.deciding import Decision, publish
from services.registration.domain.model import PoolKey, Standing, State, Status
from services.registration.domain.places import at_quota, free_for, kept_back
from shared.messages.gathering import Entry


@dataclass(frozen=True, slots=True)
class Vacancy:
    """`free` places for anybody in the queue (`None`: any number), `kept` ones for those they are kept for."""

    key: PoolKey
    free: int | None
    kept: int = 0
    reserve: bool = False  # the queue is a selection's reserve list


def vacancies(state: State, at: datetime) -> tuple[Vacancy, ...]:
    """Where a queue may move now: something came free or somebody joined, and the part has not ended."""
    found = (_vacancy(state, key, at) for key in sorted(state.freed))
    return tuple(one for one in found if one is not None and (one.free != 0 or one.kept))


def _vacancy(state: State, key: PoolKey, at: datetime) -> Vacancy | None:
    part, pool = None if state.definition is None else state.definition.part(key[0]), state.pool(key)
    if part is None or pool is None or pool.cancelled or at >= part.ends or state.count(key).waiting == 0:
        return None
    if pool.entry is Entry.OPEN and pool.capacity is None:
        return Vacancy(key, None)
    # a selection is never refilled by itself: its reserve list follows those who gave a place up, one for one
    most = state.freed[key] if pool.entry is Entry.SELECTION else state.count(key).waiting
    if pool.capacity is None:
        return Vacancy(key, most, reserve=True)
    left = pool.capacity - state.count(key).confirmed
    kept = min(left, kept_back(pool, state.count(key), at))
    return Vacancy(key, max(0, min(left - kept, most)), max(0, min(kept, most)), pool.entry is Entry.SELECTION)


def quota(state: State, key: PoolKey) -> int | None:
    """The most that one delegation may hold."""
    pool = state.pool(key)
    return None if pool is None or pool.places_per_delegation is None else pool.places_per_delegation.max


def reserved(state: State, key: PoolKey) -> int:
    """How many places are kept for each delegation."""
    pool = state.pool(key)
    return 0 if pool is None or pool.places_per_delegation is None else pool.places_per_delegation.reserved


def at_rest(state: State, key: PoolKey) -> State:
    """Nobody in this queue can move until something is freed again."""
    return replace(state, freed={other: places for other, places in state.freed.items() if other != key})


def stirred(state: State, keys: Iterable[PoolKey]) -> State:
    """These queues may move: the clock or a task says so, and gives a reserve list what is no longer kept back."""
    return replace(state, freed=state.freed | {key: state.count(key).held for key in keys})


def released(state: State, at: datetime) -> dict[PoolKey, datetime]:
    """Pools whose reserved places have gone back to everybody, and when."""
    found = {}
    for key in sorted(state.ledger.pools):
        pool = state.pool(key)
        places = None if pool is None else pool.places_per_delegation
        if places is not None and places.reserved and places.release_at is not None and at >= places.release_at:
            found[key] = places.release_at
    return found


def idle(state: State, at: datetime) -> frozenset[PoolKey]:
    """Open pools where somebody waits though there may be room."""
    keys = (key for key in state.ledger.pools if (pool := state.pool(key)) and pool.entry is Entry.OPEN)
    return frozenset(one.key for one in vacancies(stirred(state, keys), at))


def holding(state: State, key: PoolKey, places: int, stored: frozenset[str]) -> frozenset[str]:
    """The delegations with so many confirmed places: as `stored`, but for those in view, whose counts are newer."""
    in_view = frozenset(one for one in state.delegations if state.confirmed_of(one, key) >= places)
    return (stored - state.delegations.keys()) | in_view


def promote(
    state: State, key: PoolKey, at: datetime, cause: str, up_to: float = math.inf
) -> tuple[State, list[Decision]]:
    """Of those in view, move up in the order of their positions whoever there is room for; the others stay.

    `up_to`: behind this position others may stand who are not in view.
    """
    decisions = []
    pool = state.pool(key)
    is_reserve = pool is not None and pool.entry is Entry.SELECTION
    for position, one in sorted(_queue(state, key)):
        registration = state.registrations[one]
        if position > up_to or (is_reserve and not state.freed.get(key)):
            break
        if at_quota(state, key, registration.delegation) or not free_for(state, key, registration.delegation, at):
            continue
        promoted = settle_dependents(state, registration.with_standing(Standing(*key, Status.CONFIRMED)), at)
        state, decision = publish(state, promoted, Decision(cause))
        decisions.append(decision)
    return state, decisions


def _queue(state: State, key: PoolKey) -> list[tuple[int, str]]:
    """Position and id of everybody in view who waits."""
    return [
        (standing.position or 0, one.id)
        for one in state.registrations.values()
        if (standing := one.standing(key[0])) and standing.pool == key and standing.status is Status.WAITLISTED
    ]
