"""What every store of registration keeps and refuses: one suite, on the fake and on MongoDB."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from services.registration.domain import (
    LIVE,
    Apply,
    Command,
    Decision,
    Invitation,
    Reason,
    Registration,
    State,
    Status,
    decide,
    erase,
)
from services.registration.handlers import wanted
from services.registration.store import Act, Audit, Commit, NewInvitation, Reader, Store, Task, Wanted
from shared.errors import LostRace
from tests.contract.registration.conftest import Kept
from tests.support.registration import (
    AT,
    FORUM,
    GATHERING,
    OPEN,
    REMOTE,
    apply,
    cancel,
    change,
    definition,
    with_pool,
)


async def state_of(store: Store, *commands: Command) -> State:
    return (await store.begin(wanted(commands) or {GATHERING: Wanted()}))[GATHERING]


async def batch(store: Store, *commands: Command) -> State:
    """Load, decide, commit: one batch as the handlers do it."""
    before = await state_of(store, *commands)
    after, decisions = decided(before, commands)
    await store.commit([Commit(before, after, decisions)])
    return after


async def insist(store: Store, *commands: Command) -> State:
    """As the bus does: who lost decides again."""
    while True:
        with suppress(LostRace):
            return await batch(store, *commands)


def decided(state: State, commands: Sequence[Command]) -> tuple[State, list[Decision]]:
    decisions = []
    for command in commands:
        state, decision = decide(state, command, f"cause-{command.id}")
        decisions += [decision] if decision else []
    return state, decisions


async def one(store: Store, name: str) -> Registration:
    return (await store.load({GATHERING: Wanted(registrations={name})}))[GATHERING].registrations[name]


@pytest.fixture(autouse=True)
async def published(kept: Kept) -> None:
    await kept.put()


async def test_a_registration_comes_back_as_it_was_decided(kept: Kept) -> None:
    command = apply("a", OPEN, FORUM, delegation="d1")
    after = await batch(kept.store, command)
    loaded = await state_of(kept.store, command)
    assert loaded.registrations == after.registrations
    assert loaded.registrations["a"].attendee == command.attendee
    assert loaded.persons == after.persons
    assert loaded.keys == after.keys
    assert loaded.delegations == after.delegations
    assert loaded.definition == definition()
    assert loaded.ledger.pools == after.ledger.pools
    assert loaded.ledger.version == after.ledger.version + 1


async def test_what_is_decided_is_told_with_gapless_sequences(kept: Kept) -> None:
    await batch(kept.store, apply("a"), apply("b", FORUM))
    await batch(kept.store, apply("c"), cancel("a"))
    told = await kept.told()
    assert [sequence for sequence, _ in told] == [1, 2, 3, 4, 5]
    assert [kind.removeprefix("foyer.") for _, kind in told] == [
        "gathering-published",
        "registration-confirmed",
        "registration-declined",
        "registration-waitlisted",
        "registration-cancelled",
    ]
    assert (await state_of(kept.store)).ledger.sequence == 5


async def test_who_read_before_another_wrote_has_lost_and_wrote_nothing(kept: Kept) -> None:
    first, second = apply("a", REMOTE), apply("b", REMOTE)
    before = await state_of(kept.other, second)
    await batch(kept.store, first)
    after, decisions = decided(before, [second])
    with pytest.raises(LostRace):
        await kept.other.commit([Commit(before, after, decisions)])
    assert "b" not in (await state_of(kept.other, second)).registrations
    await insist(kept.other, second)
    assert (await kept.store.load({GATHERING: Wanted()}))[GATHERING].ledger.pools[REMOTE].confirmed == 2


async def test_a_replica_learns_that_another_one_wrote(kept: Kept) -> None:
    await batch(kept.store, apply("a"))
    await batch(kept.other, apply("b"))
    await insist(kept.store, apply("c"))  # what it remembered was not true any more
    await insist(kept.other, apply("d"))
    for store in (kept.store, kept.other):
        assert (await store.load({GATHERING: Wanted()}))[GATHERING].ledger.pools[OPEN].waiting == 3


async def test_the_first_to_write_to_a_new_gathering_wins(kept: Kept) -> None:
    def of_another(name: str) -> Apply:
        return replace(apply(name), gathering_id="another")

    befores = [(await kept.store.load(wanted([of_another(name)])))["another"] for name in "ab"]
    outcomes = []
    for name, before in zip("ab", befores, strict=True):
        after, decisions = decided(before, [of_another(name)])
        assert after.registrations[name].parts[0].reason is Reason.UNKNOWN_GATHERING
        outcomes.append(kept.store.commit([Commit(before, after, decisions)]))
    assert [type(one) for one in await asyncio.gather(*outcomes, return_exceptions=True)].count(LostRace) == 1


async def test_two_gatherings_are_written_together_or_not_at_all(kept: Kept) -> None:
    here, there = apply("a"), replace(apply("b"), gathering_id="another")
    before = await kept.store.load(wanted([here, there]))
    await batch(kept.other, apply("c"))
    commits = []
    for command in (there, here):
        after, decisions = decided(before[command.gathering_id], [command])
        commits.append(Commit(before[command.gathering_id], after, decisions))
    with pytest.raises(LostRace):
        await kept.store.commit(commits)
    assert not (await kept.store.load(wanted([there])))["another"].registrations


async def test_a_change_is_kept_with_its_key_and_its_refusal(kept: Kept) -> None:
    await batch(kept.store, apply("a"), apply("b"))
    moved, refused = change("a", REMOTE), cancel("b", "forum", name="x1")
    stale = cancel("b", name="x2", generation=7)
    await batch(kept.store, moved, refused, stale)
    loaded = await state_of(kept.store, moved, refused, stale)
    assert loaded.answered == {"c1", "x1", "x2"}
    assert loaded.refusals == {"x1": Reason.UNKNOWN_PART, "x2": Reason.NOT_ELIGIBLE}
    assert loaded.keys["key-c1"] == "c1"
    assert (loaded.registrations["a"].version, loaded.registrations["b"].version) == (2, 2)
    again = change("a", OPEN, name="c2", key="key-c1")
    assert (await state_of(kept.store, again)).keys == {"key-a": "a", "key-c1": "c1"} | {}


async def test_a_refusal_that_changes_nothing_does_not_pass_for_a_new_registration(kept: Kept) -> None:
    await batch(kept.store, apply("a", delegation="d1"))
    await batch(kept.store, change("a", person="person-z", attendee={"name": "z"}))
    await batch(kept.store, cancel("a", name="x1"), cancel("a", name="x2"))  # with the key of who handed it on
    assert (await one(kept.store, "a")).version == 2
    steps: list[Command] = [
        apply("b", delegation="d1"),
        change("b", name="c2", person="person-y", attendee={"name": "y"}),
    ]
    await batch(kept.store, *steps, cancel("b", name="x3"))
    kept_one = await one(kept.store, "b")
    assert (kept_one.version, kept_one.person, kept_one.is_live) == (2, "person-y", True)


async def test_personal_data_that_was_not_loaded_stays(kept: Kept) -> None:
    await batch(kept.store, apply("a"), apply("w"))
    [waiting] = await kept.store.candidates(GATHERING, OPEN, 5, seen=frozenset())
    before = await kept.store.bring(await state_of(kept.store), [replace(waiting, attendee=None)])
    after, decisions = decided(before, [cancel("w")])
    await kept.store.commit([Commit(before, after, decisions)])
    found = await one(kept.store, "w")
    assert (found.version, found.is_live) == (2, False)
    assert found.attendee is not None
    assert found.attendee["attendee"] == {"name": "w"}


async def test_a_colleague_takes_over_with_none_of_the_others_answers(kept: Kept) -> None:
    await batch(kept.store, apply("a", delegation="d1", answers={"diet": "vegan"}))
    await batch(kept.store, change("a", person="person-z", attendee={"name": "z"}, answers={"shoe": "42"}))
    found = await one(kept.store, "a")
    assert found.attendee == {"attendee": {"name": "z"}, "answers": {"shoe": "42"}, "consents": {}}
    assert (found.person, found.generation) == ("person-z", 1)


async def test_who_cancels_may_register_anew_in_the_same_batch(kept: Kept) -> None:
    await batch(kept.store, apply("a"))
    await batch(kept.store, cancel("a"), apply("b", person="person-a"))
    assert (await one(kept.store, "b")).is_live
    assert not (await one(kept.store, "a")).is_live


async def test_one_person_cannot_live_twice_whatever_path_it_took(kept: Kept) -> None:
    await batch(kept.store, apply("a"))
    before = (await kept.store.load({GATHERING: Wanted()}))[GATHERING]
    after, decisions = decided(before, [apply("b", person="person-a")])
    with pytest.raises(LostRace) as lost:
        await kept.store.commit([Commit(before, after, decisions)])
    assert lost.value.duplicate


async def test_an_erased_person_leaves_an_id_that_a_late_repeat_finds(kept: Kept) -> None:
    command = apply("a", OPEN, REMOTE)
    await batch(kept.store, command)
    before = await state_of(kept.store, command)
    after, decision = erase(before, before.registrations["a"], AT, "act")
    assert decision is not None
    await kept.store.commit([Commit(before, after, [decision])])
    loaded = await state_of(kept.store, command)
    found = loaded.registrations["a"]
    assert (found.person, found.attendee, found.parts, found.erased_at) == ("", None, (), AT)
    assert decide(loaded, command, "again") == (loaded, None)
    assert loaded.persons == {}
    await batch(kept.store, apply("b", person="person-a"))
    assert (await one(kept.store, "b")).is_live


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


async def test_an_invitation_is_used_freed_and_revoked(kept: Kept) -> None:
    issued = NewInvitation(
        Invitation("i1", None, "d1", 2), GATHERING, "code", {"name": "D1", "email": "d1@example.org"}
    )

    async def issue(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, invitations=[issued]), None

    await kept.store.alone(GATHERING, issue)
    await batch(kept.store, apply("a", FORUM, delegation="d1", invitation="code"))
    loaded = (await kept.store.load({GATHERING: Wanted(codes={"code"})}))[GATHERING]
    assert loaded.invitations == {"code": replace(issued.invitation, used=1)}
    await batch(kept.store, cancel("a", "forum"))
    again = (await kept.store.load({GATHERING: Wanted(registrations={"a"})}))[GATHERING]
    assert again.invitations == {"code": issued.invitation}

    async def revoke(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, revoked=["i1"]), None

    await kept.store.alone(GATHERING, revoke)
    gone = (await kept.store.load({GATHERING: Wanted(codes={"code"})}))[GATHERING].invitations["code"]
    assert gone.revoked


async def test_staffs_work_is_kept_whole_with_its_answer(kept: Kept) -> None:
    task, act = Task("t1", GATHERING, "cancel", "talk"), Act("act", "digest", {"decided": 2})

    async def work(reader: Reader) -> tuple[Commit, str]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        audit = [Audit(AT, "me", "organiser", "waive", "delegations/d1")]
        waiver = ("d1", "forum", "ill")
        return Commit(before, before, audit=audit, tasks=[task], act=act, waiver=waiver), "done"

    assert await kept.store.alone(GATHERING, work) == "done"
    assert await kept.store.act("act") == act
    assert await kept.store.act("other") is None
    assert await kept.store.task("t1") == task
    assert await kept.store.waivers(GATHERING) == {("d1", "forum"): "ill"}

    async def finish(reader: Reader) -> tuple[Commit, None]:
        before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
        return Commit(before, before, finished=["t1"], act=Act("lasting", lasting=True)), None

    await kept.store.alone(GATHERING, finish)
    assert await kept.store.task("t1") is None
    assert await kept.store.act("lasting") == Act("lasting", lasting=True)


async def test_staffs_work_that_fails_leaves_nothing(kept: Kept) -> None:
    version = (await state_of(kept.store)).ledger.version

    async def work(_: Reader) -> tuple[Commit, None]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await kept.store.alone(GATHERING, work)
    assert (await state_of(kept.store)).ledger.version == version


async def test_a_batch_that_read_before_staff_wrote_has_lost(kept: Kept) -> None:
    command = apply("a")
    before = await state_of(kept.other, command)
    await kept.put()
    after, decisions = decided(before, [command])
    with pytest.raises(LostRace):
        await kept.other.commit([Commit(before, after, decisions)])
    assert (await batch(kept.other, command)).ledger.definition_version == 2


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


async def test_staff_and_batches_at_once_lose_nothing(kept: Kept) -> None:
    await kept.put(with_pool(OPEN, capacity=8))

    async def note(number: int) -> None:
        async def work(reader: Reader) -> tuple[Commit, None]:
            before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
            return Commit(before, before, act=Act(f"note{number}")), None

        await kept.other.alone(GATHERING, work)

    people = [apply(f"n{n}", delegation="d1" if n % 3 == 0 else None) for n in range(12)]
    batches = [insist((kept.store, kept.other)[n % 2], one) for n, one in enumerate(people)]
    await asyncio.gather(*batches, *(note(number) for number in range(5)))
    state = (await kept.store.load({GATHERING: Wanted(delegations={"d1"})}))[GATHERING]
    assert state.count(OPEN).confirmed <= 8
    assert state.confirmed_of("d1", OPEN) <= 2
    told = await kept.told()
    assert [sequence for sequence, _ in told] == list(range(1, len(told) + 1))
    assert state.ledger.sequence == len(told)
