"""Places: how many are left for whom, and how the counts move when a standing changes."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from services.registration.domain.model import (
    Category,
    Count,
    Invitation,
    PoolKey,
    Registration,
    Standing,
    State,
    Status,
)
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


def invitable(definition: Definition) -> int | None:
    """How many places one delegation may hold in all that ask for an invitation; `None` is without limit."""
    asking = [
        pool for part in definition.parts for pool in part.modes.values() if pool.invitation and not pool.cancelled
    ]
    most = [pool.places_per_delegation.max if pool.places_per_delegation else None for pool in asking]
    known = [one for one in most if one is not None]
    return sum(known) if len(known) == len(most) else None


def record(state: State, after: Registration) -> State:
    """The state once `after` has replaced what was there: counts, queue, persons, invitations, who may move up."""
    before = state.registrations.get(after.id)
    changed: dict[str, Any] = {
        "registrations": {**state.registrations, after.id: after},
        "persons": _persons(state, before, after),
    }
    if after.key is not None and after.key not in state.keys:
        changed["keys"] = {**state.keys, after.key: after.id}
    if after.category is Category.ATTENDEE:
        books = _Books(state, after.delegation)
        old = {standing.part: standing for standing in before.parts} if before is not None else {}
        for standing in after.parts:
            if (previous := old.get(standing.part)) != standing:
                books.move(previous, standing)
        changed |= books.closed()
        changed["invitations"] = _invitations(state, before, after)
    return replace(state, **changed)


def _persons(state: State, before: Registration | None, after: Registration) -> dict[str, str]:
    here = {after.person: after.id} if after.is_live else {}
    was = {before.person: before.id} if before is not None and state.persons.get(before.person) == before.id else {}
    if was == here:
        return state.persons  # a selection decides on thousands: nothing is copied that does not change
    persons = state.persons | here
    for person in was.keys() - here.keys():
        del persons[person]
    return persons


class _Books:
    """A state's counts while one registration moves, open for writing: a rush copies the state once a decision."""

    def __init__(self, state: State, delegation: str | None) -> None:
        self._state = state
        self._delegation = delegation
        self._pools = dict(state.ledger.pools)
        self._confirmed = dict(state.delegations.get(delegation, {})) if delegation is not None else {}
        self._freed = dict(state.freed)
        self._queued = state.ledger.queued

    def move(self, old: Standing | None, new: Standing) -> None:
        if old is not None:
            self._leave(old)
            if old.status is Status.CONFIRMED and (new.status, new.pool) != (Status.WAITLISTED, old.pool):
                self._free(old.pool, 1)  # whom staff puts on the reserve list does not move up in the same breath
        self._enter(new)

    def closed(self) -> dict[str, Any]:
        """The fields of the state that have changed."""
        state, delegation = self._state, self._delegation
        ledger = replace(state.ledger, pools=self._pools, queued=self._queued)
        if delegation is None or self._confirmed == state.delegations.get(delegation, {}):
            return {"ledger": ledger, "freed": self._freed}
        delegations = {**state.delegations, delegation: self._confirmed}
        return {"ledger": ledger, "freed": self._freed, "delegations": delegations}

    def _leave(self, standing: Standing) -> None:
        match standing.status:
            case Status.CONFIRMED:
                self._confirm(standing.pool, -1)
            case Status.WAITLISTED:
                self._queue(standing.pool, -1)

    def _enter(self, standing: Standing) -> None:
        match standing.status:
            case Status.CONFIRMED:
                self._confirm(standing.pool, 1)
                self._free(standing.pool, -1)
            case Status.WAITLISTED:
                self._queue(standing.pool, 1)
                self._free(standing.pool, 0)
                self._queued = max(self._queued, standing.position or 0)

    def _confirm(self, key: PoolKey, by: int) -> None:
        count, held = self._pools.get(key, Count()), 0
        if self._delegation is not None:
            confirmed = self._confirmed.get(key, 0)
            self._confirmed[key] = confirmed + by
            pool = self._state.pool(key)
            if pool is not None and is_eligible(self._state, self._delegation):
                held = kept_for(pool, confirmed + by) - kept_for(pool, confirmed)
        self._pools[key] = Count(count.confirmed + by, count.held + held, count.waiting)

    def _free(self, key: PoolKey, by: int) -> None:
        """The queue may move, and so many more places were given up than taken."""
        self._freed[key] = max(0, self._freed.get(key, 0) + by)

    def _queue(self, key: PoolKey, by: int) -> None:
        count = self._pools.get(key, Count())
        self._pools[key] = Count(count.confirmed, count.held, count.waiting + by)


def _invitations(state: State, before: Registration | None, after: Registration) -> dict[str, Invitation]:
    by = int(uses_invitation(state, after)) - int(before is not None and uses_invitation(state, before))
    if by == 0:
        return state.invitations
    return {
        code: replace(one, used=one.used + by) if one.id == after.invitation else one
        for code, one in state.invitations.items()
    }


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
