"""What every store of registration keeps of a batch, and refuses: one suite, in memory and on MongoDB."""

import asyncio
from dataclasses import replace

import pytest

from services.registration.domain import (
    Apply,
    Command,
    Former,
    Reason,
    decide,
    erase,
)
from services.registration.handlers import wanted
from services.registration.store import Commit, Wanted
from shared.errors import LostRace
from tests.contract.registration.acting import batch, decided, insist, one, state_of
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
)


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
    await batch(kept.store, change("a", person="person-z", attendee={"name": "z"}, answers={"diet": "none"}))
    found = await one(kept.store, "a")
    assert found.attendee == {"attendee": {"name": "z"}, "answers": {"diet": "none"}, "consents": {}}
    assert (found.person, found.generation) == ("person-z", 1)


async def test_whoever_handed_on_is_kept_until_either_is_erased(kept: Kept) -> None:
    await batch(kept.store, apply("a", delegation="d1"), apply("b", delegation="d2"))
    taking = change("a", person="person-z", attendee={"name": "z"})
    await batch(kept.store, taking, change("b", name="y", person="person-y", attendee={"name": "y"}))
    await batch(kept.store, taking)  # from the log, read again
    found = {one.registration_id: one for one in await kept.formers()}
    assert found["a"] == Former("a", 1, "person-a", {}, ("talk",))
    assert (found["a"].attendee, found["b"].attendee) == ({"name": "a"}, {"name": "b"})
    before = await state_of(kept.store, cancel("a", generation=1))
    after, decision = erase(before, before.registrations["a"], AT, "act")
    assert decision is not None
    await kept.store.commit([Commit(before, after, [decision])])
    assert [one.registration_id for one in await kept.formers()] == ["b"]
    before = await state_of(kept.store)
    await kept.store.commit([Commit(before, before, forgotten=["person-b"])])
    assert await kept.formers() == []


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


async def test_a_key_that_another_writer_took_is_not_the_records_fault(kept: Kept) -> None:
    """Both say their first fact under the same number: who comes second must decide anew, however often that is."""
    before = await state_of(kept.store, apply("a"))
    await batch(kept.store, apply("b"))
    after, decisions = decided(before, [apply("a")])
    with pytest.raises(LostRace) as lost:
        await kept.store.commit([Commit(before, after, decisions)])
    assert not lost.value.duplicate


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
    await batch(kept.store, replace(apply("c"), key=command.key))
    [part] = (await one(kept.store, "c")).parts
    assert part.reason is Reason.IDEMPOTENCY_MISMATCH
