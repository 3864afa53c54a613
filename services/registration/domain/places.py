"""Places: how many are left for whom, and how the counts move when a standing changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from services.registration.domain.model import Category, Count, PoolKey, Registration, Standing, State, Status
from shared.messages.gathering import Definition, Pool

Confirmed = Mapping[str, Mapping[PoolKey, int]]  # delegation → its confirmed places


def kept_for(pool: Pool, confirmed: int) -> int:
    """What is still kept back for one delegation that has `confirmed` places."""
    places = pool.places_per_delegation
    return 0 if places is None else max(0, places.reserved - confirmed)


def is_eligible(state: State, delegation: str | None) -> bool:
    return (
        delegation is not None and state.definition is not None and state.definition.delegation(delegation) is not None
    )


def is_released(pool: Pool, at: datetime) -> bool:
    """Whether reserved places have gone back to everybody."""
    places = pool.places_per_delegation
    return places is None or (places.release_at is not None and at >= places.release_at)


def free_for(state: State, key: PoolKey, delegation: str | None, at: datetime) -> bool:
    """Whether one more of `delegation` fits: below the capacity less what is kept for the others."""
    pool = state.pool(key)
    if pool is None or pool.cancelled:
        return False
    if pool.capacity is None:
        return True
    count = state.count(key)
    kept = max(0, kept_back(pool, count, at) - _own(state, pool, key, delegation))
    return count.confirmed + kept < pool.capacity


def has_kept_place(state: State, key: PoolKey, delegation: str | None, at: datetime) -> bool:
    """Whether a place is kept back for this very delegation."""
    pool = state.pool(key)
    return pool is not None and not is_released(pool, at) and _own(state, pool, key, delegation) > 0


def _own(state: State, pool: Pool, key: PoolKey, delegation: str | None) -> int:
    return kept_for(pool, state.confirmed_of(delegation, key)) if is_eligible(state, delegation) else 0


def at_quota(state: State, key: PoolKey, delegation: str | None) -> bool:
    pool = state.pool(key)
    if pool is None or delegation is None or pool.places_per_delegation is None:
        return False
    most = pool.places_per_delegation.max
    return most is not None and state.confirmed_of(delegation, key) >= most


def kept_back(pool: Pool, count: Count, at: datetime) -> int:
    """The places that only the delegations they are reserved for may take now."""
    return 0 if is_released(pool, at) else count.held


def uses_invitation(state: State, registration: Registration) -> bool:
    """Whether it takes one of its invitation's places: it stands in a part that asks for one."""
    pools = (state.pool(standing.pool) for standing in registration.parts if standing.is_live)
    return registration.invitation is not None and any(pool is not None and pool.invitation for pool in pools)


def record(state: State, after: Registration) -> State:
    """The state once `after` has replaced what was there: counts, queue, persons, invitations, who may move up."""
    before = state.registrations.get(after.id)
    changed = replace(
        state,
        registrations={**state.registrations, after.id: after},
        persons=_persons(state, before, after),
        keys=state.keys if after.key is None or after.key in state.keys else {**state.keys, after.key: after.id},
    )
    if after.category is not Category.ATTENDEE:
        return changed
    old = {standing.part: standing for standing in before.parts} if before is not None else {}
    for standing in after.parts:
        previous = old.get(standing.part)
        if previous != standing:
            changed = _moved(changed, after.delegation, previous, standing)
    return _invitation_used(changed, before, after)


def _persons(state: State, before: Registration | None, after: Registration) -> dict[str, str]:
    here = {after.person: after.id} if after.is_live else {}
    was = {before.person: before.id} if before is not None and state.persons.get(before.person) == before.id else {}
    if was == here:
        return state.persons  # a selection decides on thousands: nothing is copied that does not change
    persons = state.persons | here
    for person in was.keys() - here.keys():
        del persons[person]
    return persons


def _moved(state: State, delegation: str | None, old: Standing | None, new: Standing) -> State:
    if old is not None:
        state = _leave(state, delegation, old)
        if old.status is Status.CONFIRMED and (new.status, new.pool) != (Status.WAITLISTED, old.pool):
            state = _free(state, old.pool, 1)  # whom staff puts on the reserve list does not move up in the same breath
    return _enter(state, delegation, new)


def _leave(state: State, delegation: str | None, standing: Standing) -> State:
    match standing.status:
        case Status.CONFIRMED:
            return _confirm(state, standing.pool, delegation, -1)
        case Status.WAITLISTED:
            return _queue(state, standing.pool, -1)
        case _:
            return state


def _enter(state: State, delegation: str | None, standing: Standing) -> State:
    match standing.status:
        case Status.CONFIRMED:
            return _free(_confirm(state, standing.pool, delegation, 1), standing.pool, -1)
        case Status.WAITLISTED:
            entered = _free(_queue(state, standing.pool, 1), standing.pool, 0)
            queued = max(entered.ledger.queued, standing.position or 0)
            return replace(entered, ledger=replace(entered.ledger, queued=queued))
        case _:
            return state


def _confirm(state: State, key: PoolKey, delegation: str | None, by: int) -> State:
    pool, held = state.pool(key), 0
    delegations = state.delegations
    if delegation is not None:
        confirmed = state.confirmed_of(delegation, key)
        delegations = {**delegations, delegation: {**delegations.get(delegation, {}), key: confirmed + by}}
        if pool is not None and is_eligible(state, delegation):
            held = kept_for(pool, confirmed + by) - kept_for(pool, confirmed)
    count = state.count(key)
    moved = replace(count, confirmed=count.confirmed + by, held=count.held + held)
    return replace(_with_count(state, key, moved), delegations=delegations)


def _free(state: State, key: PoolKey, by: int) -> State:
    """The queue may move, and so many more places were given up than taken."""
    return replace(state, freed={**state.freed, key: max(0, state.freed.get(key, 0) + by)})


def _queue(state: State, key: PoolKey, by: int) -> State:
    count = state.count(key)
    return _with_count(state, key, replace(count, waiting=count.waiting + by))


def _with_count(state: State, key: PoolKey, count: Count) -> State:
    return replace(state, ledger=replace(state.ledger, pools={**state.ledger.pools, key: count}))


def _invitation_used(state: State, before: Registration | None, after: Registration) -> State:
    by = int(uses_invitation(state, after)) - int(before is not None and uses_invitation(state, before))
    if by == 0:
        return state
    invitations = {
        code: replace(one, used=one.used + by) if one.id == after.invitation else one
        for code, one in state.invitations.items()
    }
    return replace(state, invitations=invitations)


def under(state: State, definition: Definition, version: int, confirmed: Confirmed) -> State:
    """The state under a definition newly in force: its pools, what they keep back, and queues that may move."""
    listed = () if definition.delegations is None else definition.delegations.eligible
    pools = {
        (part.part, mode.value): replace(
            state.count((part.part, mode.value)),
            held=sum(kept_for(pool, confirmed.get(one.id, {}).get((part.part, mode.value), 0)) for one in listed),
        )
        for part in definition.parts
        for mode, pool in part.modes.items()
    }
    ledger = replace(state.ledger, definition_version=version, pools=pools)
    return replace(state, definition=definition, ledger=ledger, freed=dict.fromkeys(pools, 0))


def overbooked(state: State, at: datetime) -> tuple[PoolKey, ...]:
    """Pools that could not hold what is taken and what is kept back."""
    return tuple(
        key
        for key, count in state.ledger.pools.items()
        if (pool := state.pool(key)) is not None
        and pool.capacity is not None
        and count.confirmed + kept_back(pool, count, at) > pool.capacity
    )
