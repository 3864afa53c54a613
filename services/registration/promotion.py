"""Moving queues: load who could move up, let the rules decide, until nobody can."""

import math
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
        candidates, up_to = await _candidates(reader, state, vacancy)
        state = await reader.bring(state, candidates)
        state, moved = promote(state, vacancy.key, at, cause, up_to)
        decisions += moved
        if not moved:
            state = at_rest(state, vacancy.key)
    return state, decisions


async def _candidates(reader: Reader, state: State, vacancy: Vacancy) -> tuple[list[Registration], float]:
    """The first who are not in view: for places that are free for anybody, and for those kept for their delegation.

    And the position up to which everybody is in view then: whoever stands behind it must not pass those in between.
    """
    gathering_id, key, most = state.ledger.gathering_id, vacancy.key, quota(state, vacancy.key)
    full = frozenset[str]() if most is None else await _holding(reader, state, key, most)
    seen = frozenset(state.registrations)
    found: list[Registration] = []
    up_to = math.inf
    if vacancy.free != 0:
        limit = CANDIDATES if vacancy.free is None else min(vacancy.free, CANDIDATES)
        found += await reader.candidates(gathering_id, key, limit, seen=seen, without=full)
        up_to = _end(found, key, limit)
    if vacancy.kept:
        served = full | await _holding(reader, state, key, reserved(state, key))
        limit = min(vacancy.kept, CANDIDATES)
        kept_for = frozenset(state.codes) - served
        page = await reader.candidates(gathering_id, key, limit, seen=seen, among=kept_for)
        found += page
        up_to = min(up_to, _end(page, key, limit))
    return found, up_to


def _end(page: list[Registration], key: PoolKey, limit: int) -> float:
    """The last position on a full page; behind one that is not full nobody stands."""
    last = page[-1].standing(key[0]) if len(page) == limit else None
    return math.inf if last is None or last.position is None else last.position


async def _holding(reader: Reader, state: State, key: PoolKey, places: int) -> frozenset[str]:
    return holding(state, key, places, await reader.holding(state.ledger.gathering_id, key, places))
