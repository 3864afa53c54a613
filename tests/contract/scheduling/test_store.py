"""What every store keeps to: the fake that other tests rest on, and the one in MongoDB."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from services.scheduling.domain import (
    BlockDesk,
    Diary,
    DraftAgenda,
    Outcome,
    PublishAgenda,
    Reason,
    Status,
    UnblockDesk,
    settle,
    wanted,
)
from services.scheduling.domain.requests import Order
from services.scheduling.store import Audit, Store
from shared.clock import Clock
from shared.errors import LostRace
from shared.messages.envelope import ReplyTo
from shared.messages.gathering import ReleaseLabel
from shared.messages.scheduling import AgendaChangeNoticed
from tests.unit.scheduling.building import (
    EARLY,
    NOON,
    SESSIONS,
    G,
    asks,
    cancelled,
    command,
    confirmed,
    definition,
    erased,
    moves,
    prefers,
    published,
    releases,
    said,
    slot,
)

AUDIT = Audit("audit-1", EARLY, "olga", "organiser", "block-desk", "desks/anna")


async def decided(store: Store, *orders: Order) -> Outcome:
    """One batch, as the handlers do it."""
    commands = [command(one) for one in orders]
    diary = (await store.load({G: wanted(commands)}))[G]
    outcome = settle(diary, commands)
    await store.commit([outcome], EARLY)
    return outcome


async def opened(store: Store, people: Iterable[str] = ("ada", "bob", "cyd")) -> None:
    await decided(store, published(), *(confirmed(one) for one in people))


async def acted(store: Store, order: Order, audit: Audit | None = None) -> Outcome:
    one = command(order)
    return await store.alone(G, wanted([one]), lambda diary: settle(diary, [one]), EARLY, audit)


async def loaded(store: Store, *orders: Order) -> Diary:
    return (await store.load({G: wanted(map(command, orders))}))[G]


async def test_what_was_never_heard_of_is_empty(store: Store) -> None:
    diary = await loaded(store, asks(), published())
    assert diary.ledger.version == 0
    assert diary.gathering is None
    assert await store.gathering(G) is None
    assert await store.booking("nothing") is None
    assert await store.registration("nobody") is None
    assert await store.preferences("nobody") is None
    assert await store.answer("nothing") is None
    assert await store.release(G, 1) is None
    assert (await store.agenda(G)).latest is None


async def test_a_batch_is_kept_and_loaded_by_what_the_next_names(store: Store) -> None:
    await opened(store)
    outcome = await decided(store, asks(), prefers("bob"))
    diary = await loaded(store, moves(), asks("bob", slot(10)))
    assert diary.gathering is not None
    assert diary.gathering.definition == definition()
    assert diary.ledger.version == 2
    assert diary.ledger.sequence == 2  # the agenda and the booking
    assert diary.registrations.keys() == {"ada", "bob"}
    assert diary.bookings == outcome.after.bookings
    experts = {claim for claim in outcome.after.bookings["booking-ada"].claims if ":expert:" in claim}
    assert {claim for claim, who in diary.claims.items() if who == "booking-ada"} >= experts
    assert await store.preferences("bob") == outcome.after.preferences["bob"]
    assert await store.answer("booking-ada") == outcome.after.answers["booking-ada"]


async def test_a_repeat_finds_its_answer_and_writes_nothing(store: Store) -> None:
    await opened(store)
    first = await decided(store, asks(), asks("bob"))
    again = await decided(store, asks(), asks("bob"))
    assert not again.decided
    assert again.after.answers == first.after.answers
    assert again.after.answers["booking-bob"].alternatives
    assert (await loaded(store, asks())).ledger.version == 2


async def test_a_key_is_found_under_another_submission(store: Store) -> None:
    await opened(store)
    await decided(store, asks(key="k"))
    outcome = await decided(store, asks("ada", slot(10), "second", key="k"))
    assert outcome.after.answers["second"].reason is Reason.IDEMPOTENCY_MISMATCH
    assert (await loaded(store, asks(key="k"))).keys == {"k": "booking-ada"}


async def test_who_decided_on_an_older_ledger_loses(store: Store) -> None:
    await opened(store)
    late = await loaded(store, asks("bob"))
    await decided(store, asks("ada"))
    with pytest.raises(LostRace) as lost:
        await store.commit([settle(late, [command(asks("bob"))])], EARLY)
    assert not lost.value.duplicate  # the keys it found taken are the other writer's: the record is not at fault
    booking = await store.booking("booking-ada")
    assert booking is not None
    assert booking.live
    assert await store.booking("booking-bob") is None


async def test_the_ledger_alone_fences_what_shares_no_document(store: Store) -> None:
    await opened(store)
    late = await loaded(store, confirmed("yan"))
    await decided(store, confirmed("zoe"))
    with pytest.raises(LostRace) as lost:
        await store.commit([settle(late, [command(confirmed("yan"))])], EARLY)
    assert not lost.value.duplicate
    late = await loaded(store, confirmed("yan"))
    await acted(store, DraftAgenda(()))
    with pytest.raises(LostRace):
        await store.commit([settle(late, [command(confirmed("yan"))])], EARLY)
    assert await store.registration("yan") is None


async def test_one_ledger_that_moved_takes_the_whole_batch_along(store: Store) -> None:
    await opened(store)
    elsewhere = confirmed("xan").model_copy(update={"gathering_id": "elsewhere"})
    late = await loaded(store, confirmed("yan"))
    there = (await store.load({"elsewhere": wanted([command(elsewhere)])}))["elsewhere"]
    await decided(store, confirmed("zoe"))
    batch = [settle(there, [command(elsewhere)]), settle(late, [command(confirmed("yan"))])]
    with pytest.raises(LostRace):
        await store.commit(batch, EARLY)
    assert await store.registration("xan") is None
    await store.commit(batch[:1], EARLY)
    assert await store.registration("xan") is not None


async def test_a_late_release_frees_nobody_elses_time(store: Store) -> None:
    await opened(store)
    await decided(store, asks("ada"))
    stale = await loaded(store, releases("ada", 2))
    await decided(store, releases("ada"), asks("bob"))
    now = await loaded(store, releases("ada", 2))
    await store.commit([settle(replace(stale, ledger=now.ledger), [command(releases("ada", 2))])], EARLY)
    assert len(list(await store.expert_claims(G))) == 2


async def test_two_who_begin_a_gathering_at_once_do_not_both_win(store: Store) -> None:
    first, second = await loaded(store, published()), await loaded(store, confirmed())
    await store.commit([settle(first, [command(published())])], EARLY)
    with pytest.raises(LostRace):
        await store.commit([settle(second, [command(confirmed())])], EARLY)


async def test_a_claim_is_held_once_even_if_a_decision_did_not_see_it(store: Store) -> None:
    await opened(store)
    await decided(store, asks("ada"))
    blind = replace(await loaded(store, confirmed("bob", 2)), claims={})
    with pytest.raises(LostRace):
        await store.commit([settle(blind, [command(asks("bob"))])], EARLY)


async def test_moving_and_releasing_hands_the_claims_on(store: Store) -> None:
    await opened(store)
    await decided(store, asks("ada"), asks("bob", slot(10)))
    outcome = await decided(store, releases("bob"), moves("ada"), asks("cyd"))
    assert [one.status for one in outcome.after.bookings.values()].count(Status.RELEASED) == 1
    assert [one.slot.id for one in await store.bookings_at(G, "anna")] == [slot(0), slot(10)]
    assert sorted(await store.expert_claims(G)) == [
        f"{G}:expert:anna:20211210T12{one}Z" for one in ("00", "05", "10", "15")
    ]


async def test_a_request_that_waits_is_found_by_what_it_waits_for(store: Store) -> None:
    await decided(store, published())
    commands = [command(asks("ada"))]
    diary = (await store.load({G: wanted(commands)}))[G]
    waiting = replace(commands[0], reply_to=ReplyTo(3, "request-1"), correlation_id="trace-1")
    await store.commit([settle(diary, [waiting])], EARLY)
    now = Clock().wall()
    assert await store.overdue(now - timedelta(seconds=60)) == []
    assert await store.overdue(now + timedelta(seconds=1)) == [waiting]
    assert not (await decided(store, asks("ada"))).decided
    assert not (await loaded(store, confirmed("bob"))).waiting
    outcome = await decided(store, confirmed("ada"))
    assert list(outcome.revived) == [waiting]
    assert (await store.overdue(now + timedelta(seconds=1))) == []
    booking = await store.booking("booking-ada")
    assert booking is not None
    assert booking.topic == "sealed-topic"


async def test_a_request_that_came_before_its_gathering_is_found_when_it_is_published(store: Store) -> None:
    await decided(store, confirmed("ada"), asks("ada"), prefers("ada"))
    outcome = await decided(store, published())
    assert len(list(outcome.revived)) == 2
    assert [type(one).__name__ for one in said(outcome)] == ["AgendaPublished", "SlotBooked"]


async def test_a_cancelled_person_frees_what_they_held(store: Store) -> None:
    await opened(store)
    await decided(store, asks("ada"))
    await decided(store, cancelled("ada"))
    assert not await store.expert_claims(G)
    assert [one.status for one in await store.bookings_of("ada")] == [Status.RELEASED]
    assert await store.bookings_at(G, "anna") == []


async def test_an_erased_person_leaves_ids_alone(store: Store) -> None:
    await opened(store)
    await decided(store, asks("ada"), prefers("ada"))
    await decided(store, erased("ada"))
    assert await store.preferences("ada") is None
    assert [one.topic for one in await store.bookings_of("ada")] == [None]
    registration = await store.registration("ada")
    assert registration is not None
    assert registration.erased
    assert registration.parts == ()


async def test_a_narrower_window_finds_every_meeting(store: Store) -> None:
    await opened(store)
    await decided(store, asks("ada"), asks("bob", slot(0, "marc")))
    await decided(store, published(2, desks=[]))
    assert await store.bookings_at(G, "anna") == []
    assert await store.bookings_at(G, "marc") == []
    gathering = await store.gathering(G)
    assert gathering is not None
    assert gathering.version == 2
    assert not gathering.desks


async def test_a_block_that_is_given_back_leaves_nothing(store: Store) -> None:
    await opened(store)
    await acted(store, BlockDesk("away", "anna", NOON, NOON + timedelta(minutes=10)), AUDIT)
    await acted(store, UnblockDesk("away"), replace(AUDIT, id="audit-2"))
    assert await store.blocks_at(G) == []
    assert not await store.expert_claims(G)
    assert (await decided(store, asks("ada"))).after.answers["booking-ada"].reason is None


async def test_staff_decide_on_what_stands_and_are_recorded(store: Store) -> None:
    await opened(store)
    await decided(store, asks("ada"), asks("bob", slot(20)))
    outcome = await acted(store, BlockDesk("away", "anna", NOON, NOON + timedelta(minutes=10), "train"), AUDIT)
    assert [type(one).__name__ for one in said(outcome)] == ["SlotReleased"]
    assert await store.blocks_at(G, "anna") == [outcome.after.blocks["away"]]
    assert len(list(await store.expert_claims(G))) == 4
    after = await decided(store, asks("cyd"))
    assert after.after.answers["booking-cyd"].reason is Reason.SLOT_TAKEN
    assert after.before.ledger.sequence == 4
    assert after.before.blocks == outcome.after.blocks
    assert await store.blocks_at(G) == [*outcome.after.blocks.values()]
    kinds = [type(one).__name__ async for one in store.export(G)]
    assert sorted(kinds) == ["Audit", "Booking", "Booking"]
    assert [one async for one in store.export("elsewhere")] == []


async def test_a_staff_act_that_is_refused_leaves_no_trace(store: Store) -> None:
    await opened(store)

    def refuse(_: Diary) -> Outcome:
        raise KeyError("not now")

    order = BlockDesk("away", "anna", NOON, NOON + timedelta(minutes=10))
    with pytest.raises(KeyError):
        await store.alone(G, wanted([command(order)]), refuse, EARLY, AUDIT)
    assert (await loaded(store, asks())).ledger.version == 1
    assert [one async for one in store.export(G)] == []


async def test_a_batch_that_was_overtaken_by_staff_loses(store: Store) -> None:
    await opened(store)
    late = await loaded(store, asks("bob"))
    await acted(store, BlockDesk("away", "anna", NOON, NOON + timedelta(minutes=10)))
    with pytest.raises(LostRace):
        await store.commit([settle(late, [command(asks("bob"))])], EARLY)


async def test_releases_of_the_agenda_are_numbered_and_kept(store: Store) -> None:
    await opened(store)
    first = await store.agenda(G)
    assert first.latest is not None
    assert first.working == definition().agenda.sessions
    await acted(store, DraftAgenda(first.working[:1]))
    assert (await store.agenda(G)).edition == 1
    assert (await store.agenda(G)).latest == first.latest
    outcome = await acted(store, PublishAgenda(ReleaseLabel.OFFICIAL))
    second = (await store.agenda(G)).latest
    assert second == outcome.after.agenda.latest
    assert await store.releases(G) == [first.latest, second]
    assert await store.release(G, 1) == first.latest
    assert len(SESSIONS) == 2


async def test_a_release_knows_who_must_attend_and_who_has_a_meeting(store: Store) -> None:
    must = SESSIONS[1] | {"starts": "2021-12-10T12:00", "ends": "2021-12-10T12:30", "mandatory": True}
    await decided(store, published(sessions=[SESSIONS[0], must]), confirmed("ada"), confirmed("bob"))
    await decided(store, asks("ada"))
    await acted(store, DraftAgenda(definition().agenda.sessions[:1]))
    told = said(await acted(store, PublishAgenda(ReleaseLabel.DRAFT)))
    noticed = [one.registration_id for one in told if isinstance(one, AgendaChangeNoticed)]
    assert noticed == ["ada", "bob"]
    again = await decided(store, published(2, sessions=[SESSIONS[0], must | {"mandatory": False}]))
    assert [type(one).__name__ for one in said(again)] == ["AgendaPublished"]
    last = await decided(store, published(3, sessions=SESSIONS[:1]))
    assert [one.registration_id for one in said(last) if isinstance(one, AgendaChangeNoticed)] == ["ada"]


async def test_gatherings_are_committed_together(store: Store) -> None:
    other = confirmed("zoe").model_copy(update={"gathering_id": "other"})
    commands = {G: [command(published())], "other": [command(other)]}
    diaries = await store.load({one: wanted(theirs) for one, theirs in commands.items()})
    await store.commit([settle(diaries[one], theirs) for one, theirs in commands.items()], EARLY)
    found = await store.registration("zoe")
    assert found is not None
    assert found.gathering_id == "other"
    assert await store.gathering(G) is not None
