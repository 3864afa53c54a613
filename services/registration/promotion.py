"""Moving queues: load who could move up, let the rules decide, until nobody can."""

from datetime import datetime

from services.registration.domain import (
    Decision,
    PoolKey,
    Registration,
    State,
    Vacancy,
    at_rest,
    holding,
    promote,
    quota,
    reserved,
    vacancies,
)
from services.registration.store import Reader

AT_ONCE = 500  # promotions in one commit; the tasks' loop sees to the rest
CANDIDATES = 100  # loaded at a time


async def move_up(reader: Reader, state: State, at: datetime, cause: str) -> tuple[State, list[Decision]]:
    """Promote from every queue that may move. A reserve list is done whole: what came free is known only now."""
    decisions: list[Decision] = []
    while vacant := vacancies(state, at):
        vacancy = next((one for one in vacant if one.reserve or len(decisions) < AT_ONCE), None)
        if vacancy is None:
            break
        state = await reader.bring(state, await _candidates(reader, state, vacancy))
        state, moved = promote(state, vacancy.key, at, cause)
        decisions += moved
        if not moved:
            state = at_rest(state, vacancy.key)
    return state, decisions


async def _candidates(reader: Reader, state: State, vacancy: Vacancy) -> list[Registration]:
    """The first who are not in view: for places that are free for anybody, and for those kept for their delegation."""
    gathering_id, key, most = state.ledger.gathering_id, vacancy.key, quota(state, vacancy.key)
    full = frozenset[str]() if most is None else await _holding(reader, state, key, most)
    seen = frozenset(state.registrations)
    found: list[Registration] = []
    if vacancy.free != 0:
        limit = CANDIDATES if vacancy.free is None else min(vacancy.free, CANDIDATES)
        found += await reader.candidates(gathering_id, key, limit, seen=seen, without=full)
    if vacancy.kept:
        served = full | await _holding(reader, state, key, reserved(state, key))
        limit = min(vacancy.kept, CANDIDATES)
        kept_for = frozenset(state.codes) - served
        found += await reader.candidates(gathering_id, key, limit, seen=seen, among=kept_for)
    return found


async def _holding(reader: Reader, state: State, key: PoolKey, places: int) -> frozenset[str]:
    return holding(state, key, places, await reader.holding(state.ledger.gathering_id, key, places))
