"""What every store of registration finds: queues, pages, counts."""

from services.registration.domain import (
    LIVE,
    Status,
)
from services.registration.store import Wanted
from tests.contract.registration.acting import batch, state_of
from tests.contract.registration.conftest import Kept
from tests.support.registration import (
    FORUM,
    GATHERING,
    OPEN,
    apply,
    cancel,
    with_pool,
)


async def test_the_queue_is_read_in_order(kept: Kept) -> None:
    await batch(kept.store, *(apply(name) for name in ("a", "w2", "w1", "w3")), apply("d", delegation="d1"))

    async def ids(limit: int = 9, seen: str = "") -> list[str]:
        found = await kept.store.candidates(GATHERING, OPEN, limit, seen=frozenset(seen.split()))
        return [one.id for one in found]

    assert await ids() == ["w2", "w1", "w3"]
    assert await ids(limit=1) == ["w2"]
    assert await ids(seen="w2 w3") == ["w1"]
    assert await kept.store.holding(GATHERING, OPEN, 1) == {"d1"}
    assert await kept.store.holding(GATHERING, OPEN, 2) == frozenset()
    await batch(kept.store, cancel("w2"))
    assert await ids() == ["w1", "w3"]


async def test_the_queue_of_one_delegation_can_be_asked_for(kept: Kept) -> None:
    await kept.put(with_pool(OPEN, capacity=1, places_per_delegation=None))
    people = [("a", None), ("b", "d1"), ("c", None), ("d", "d2"), ("e", "d1")]
    await batch(kept.store, *(apply(name, delegation=mine) for name, mine in people))

    async def ids(**of: frozenset[str]) -> list[str]:
        return [one.id for one in await kept.store.candidates(GATHERING, OPEN, 9, seen=frozenset(), **of)]

    assert await ids() == ["b", "c", "d", "e"]
    assert await ids(without=frozenset({"d1"})) == ["c", "d"]
    assert await ids(among=frozenset({"d1"})) == ["b", "e"]
    assert await ids(among=frozenset({"d1", "d2"}), without=frozenset({"d1"})) == ["d"]
    assert await ids(among=frozenset()) == []


async def test_whoever_has_a_part_is_found_page_by_page(kept: Kept) -> None:
    await batch(kept.store, *(apply(f"n{number}") for number in range(4)), apply("z", FORUM))
    await batch(kept.store, cancel("n1"))
    first = await kept.store.of_part(GATHERING, "talk", "", 2)
    assert [one.id for one in first] == ["n0", "n2"]
    assert [one.id for one in await kept.store.of_part(GATHERING, "talk", "n2", 2)] == ["n3"]
    assert await kept.store.anybody(GATHERING, OPEN, LIVE)
    assert not await kept.store.anybody(GATHERING, OPEN, {Status.AWAITING_SELECTION})
    assert not await kept.store.anybody(GATHERING, FORUM, LIVE)


async def test_places_and_standings_are_counted_by_delegation(kept: Kept) -> None:
    people = [("a", "d1"), ("b", "d1"), ("c", "d2"), ("d", None)]
    await batch(kept.store, *(apply(name, delegation=mine) for name, mine in people))
    assert await kept.store.confirmed_by_delegation(GATHERING) == {"d1": {OPEN: 2}, "d2": {OPEN: 1}}
    standings = await kept.store.standings(GATHERING, "talk")
    assert standings == {"d1": {"confirmed": 2}, "d2": {"confirmed": 1}}


async def test_who_was_turned_down_and_came_back_is_known_to_live_elsewhere(kept: Kept) -> None:
    await batch(kept.store, apply("a", FORUM))
    await batch(kept.store, apply("b", person="person-a"))
    loaded = (await kept.store.load({GATHERING: Wanted(registrations={"a"})}))[GATHERING]
    assert loaded.persons == {"person-a": "b"}


async def test_a_definition_in_force_is_read_with_the_counts_under_it(kept: Kept) -> None:
    await batch(kept.store, apply("a", delegation="d1"))
    await kept.put(with_pool(OPEN, capacity=9, places_per_delegation={"max": 3, "reserved": 2}))
    for store in (kept.store, kept.other):
        state = await state_of(store)
        assert (state.count(OPEN).confirmed, state.count(OPEN).held) == (1, 5)
        assert state.definition is not None
        pool = state.definition.pool(*OPEN)
        assert pool is not None
        assert pool.capacity == 9
