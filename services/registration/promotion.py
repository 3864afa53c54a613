"""Moving queues: load who could move up, let the rules decide, until nobody can."""

from datetime import datetime

from services.registration.domain import (
    Decision,
    PoolKey,
    State,
    at_rest,
    full_delegations,
    newly_waiting,
    promote,
    quota,
    vacancies,
)
from services.registration.store import Reader, Task

AT_ONCE = 500  # promotions in one commit; the rest is a task
CANDIDATES = 100  # loaded at a time


async def move_up(
    reader: Reader, state: State, at: datetime, cause: str
) -> tuple[State, list[Decision], tuple[Task, ...]]:
    """Promote from every queue that may move. What would make the commit too large comes back as tasks."""
    decisions: list[Decision] = []
    while vacant := vacancies(state, at):
        if len(decisions) >= AT_ONCE:
            return state, decisions, tuple(promotion_task(state, one.key) for one in vacant)
        vacancy = vacant[0]
        limit = min(vacancy.places or CANDIDATES, CANDIDATES) + len(decisions)
        state, moved = await _move(reader, state, vacancy.key, limit, at, cause)
        decisions += moved
        if not moved:
            state = at_rest(state, vacancy.key)
    return state, decisions, ()


async def _move(
    reader: Reader, state: State, key: PoolKey, limit: int, at: datetime, cause: str
) -> tuple[State, list[Decision]]:
    gathering_id, most = state.ledger.gathering_id, quota(state, key)
    stored = frozenset[str]() if most is None else await reader.full(gathering_id, key, most)
    full = (stored - state.delegations.keys()) | full_delegations(state, key)
    candidates = await reader.candidates(gathering_id, key, limit, full)
    state = await reader.bring(state, [one for one in candidates if one.id not in state.registrations])
    known = {one.id: one for one in [*candidates, *newly_waiting(state, key)]}
    return promote(state, key, list(known.values()), at, cause)


def promotion_task(state: State, key: PoolKey) -> Task:
    gathering_id = state.ledger.gathering_id
    return Task(f"{gathering_id}:promote:{key[0]}:{key[1]}", gathering_id, "promote", *key)
