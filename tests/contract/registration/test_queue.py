"""Queues as every store keeps them: who moves up is the first who may, whatever a batch happens to have in view."""

from datetime import timedelta

from services.registration.domain import Command, State
from services.registration.promotion import move_up
from tests.contract.registration.acting import batch, decided, state_of
from tests.contract.registration.conftest import Kept
from tests.support.registration import AT, OPEN, apply, cancel, status, with_pool


async def moved_up(kept: Kept, *commands: Command) -> State:
    after, decisions = decided(await state_of(kept.store, *commands), commands)
    after, _ = await move_up(kept.store, after, AT + timedelta(hours=1), decisions[-1].cause)
    return after


async def test_who_joins_in_a_batch_does_not_pass_those_who_wait_longer(kept: Kept) -> None:
    """Two places come free, but the second of the queue may not have one: the third does, not who just came."""
    await kept.put(with_pool(OPEN, capacity=2, places_per_delegation={"max": 1}))
    queue = (apply("w1", delegation="d1"), apply("w2", delegation="d1"), apply("w3"))
    await batch(kept.store, apply("a"), apply("b"), *queue)

    after = await moved_up(kept, cancel("a"), cancel("b", name="x2"), apply("new"))

    assert [status(after, one, "talk") for one in ("w1", "w3", "new")] == ["confirmed", "confirmed", "waitlisted"]


async def test_who_joins_in_a_batch_does_not_pass_their_own_delegation(kept: Kept) -> None:
    """Of places kept for delegations: d1's three fill the page, and d2's first, who is not on it, still comes first."""
    places = {"max": 2, "reserved": 1, "release_at": "2021-11-12T00:00"}
    await kept.put(with_pool(OPEN, capacity=3, places_per_delegation=places))
    people = ((one, one[:2]) for one in ("d1a", "d2a", "d1b", "d1c", "d1d", "d2b"))
    await batch(kept.store, *(apply(name, delegation=mine) for name, mine in people))

    after = await moved_up(kept, cancel("d1a"), cancel("d2a", name="x2"), apply("d2new", delegation="d2"))

    assert [status(after, one, "talk") for one in ("d1b", "d2b", "d2new")] == ["confirmed", "confirmed", "waitlisted"]
