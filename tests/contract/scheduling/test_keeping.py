"""What every store keeps of slots that are held, offered and missed, and of questions."""

from dataclasses import replace
from datetime import timedelta

from services.scheduling.domain import (
    Act,
    BlockDesk,
    Diary,
    LapseHolds,
    ModerateQuestion,
    Outcome,
    Purpose,
    QuestionStatus,
    Reason,
    ReportMissed,
    Side,
    Star,
    settle,
    wanted,
)
from services.scheduling.store import Store
from shared.messages.scheduling import AgendaChange, AgendaChangeNoticed
from tests.contract.scheduling.test_store import AUDIT, acted, decided, loaded, opened
from tests.unit.scheduling.building import (
    DESKS,
    EARLY,
    NOON,
    SESSIONS,
    G,
    asks,
    backs,
    cancelled,
    changed,
    command,
    confirmed,
    desk_with,
    erased,
    holds,
    moves,
    prefers,
    published,
    questions,
    releases,
    said,
    shows,
    slot,
    stars,
    waits,
)


async def test_holds_turns_and_offers_are_kept_and_found_again(store: Store) -> None:
    await opened(store)
    await decided(store, holds("ada"), asks("bob", slot(10)), waits("cyd", "marc"))
    assert [one.slot.id for one in await store.holds_of("ada")] == [slot(0)]
    (offer,) = await store.holds_of("cyd")
    assert offer.purpose is Purpose.OFFER
    assert await store.turns_of("ada") == []
    assert [(waiter.desk, ahead) for waiter, ahead in await store.turns_of("cyd")] == [("marc", 0)]
    diary = await loaded(store, asks("bob", slot(0)))
    assert diary.holds.keys() == {"hold-ada-1", offer.id}
    assert [diary.claims[one] for one in diary.holds["hold-ada-1"].claims] == ["hold-ada-1"] * 2
    assert {one.registration_id for one in diary.waiters.values()} == {"cyd"}
    assert diary.registrations.keys() == {"bob", "cyd"}
    after = await decided(store, asks("ada"), asks("cyd", offer.slot.id))
    assert after.after.answers["booking-ada"].reason is None
    assert await store.holds_of("ada") == await store.holds_of("cyd") == []
    assert await store.turns_of("cyd") == []
    assert len(list(await store.expert_claims(G))) == 6


async def test_what_lapses_is_found_by_the_clock_and_freed(store: Store) -> None:
    await opened(store)
    await decided(store, holds("ada"))
    over = EARLY + timedelta(minutes=5)
    assert await store.lapsed(over - timedelta(seconds=1)) == set()
    assert await store.lapsed(over) == {G}
    one = command(LapseHolds(), over)
    await store.alone(G, wanted([one]), lambda diary: settle(diary, [one]), over)
    assert await store.lapsed(over) == set()
    assert list(await store.expert_claims(G)) == []


async def test_how_many_wait_longer_is_counted(store: Store) -> None:
    await opened(store, ("ada", "bob", "cyd"))
    await decided(store, *(asks(who, slot(10 * n)) for n, who in enumerate(("ada", "bob", "cyd"))))
    await decided(store, *(confirmed(who) for who in ("dan", "eve")))
    desks = desk_with(per_person=2, closes="2021-12-10T13:30")
    await decided(store, published(2, desks=desks), waits("dan"), waits("eve", at=EARLY + timedelta(minutes=1)))
    assert [(waiter.since, ahead) for waiter, ahead in await store.turns_of("eve")] == [
        (EARLY + timedelta(minutes=1), 1)
    ]
    outcome = await decided(store, cancelled("bob"))
    assert [type(each).__name__ for each in said(outcome)] == ["SlotReleased", "SlotOffered"]
    assert [one.slot.id for one in await store.holds_of("dan")] == [slot(10)]


async def test_a_booking_remembers_its_table_who_missed_it_and_what_it_left(store: Store) -> None:
    await decided(store, published(desks=[desk | {"table": desk["desk"]} for desk in DESKS]), confirmed("ada"))
    await decided(store, asks("ada"))
    await decided(store, moves("ada", slot(10, "marc")))
    assert [one.id for one in await store.history_at(G, "anna")] == ["booking-ada"]
    assert await store.bookings_at(G, "anna") == []
    missed = command(ReportMissed("booking-ada", "ada", Side.ATTENDEE), NOON + timedelta(minutes=10))
    await store.alone(G, wanted([missed]), lambda diary: settle(diary, [missed]), EARLY, AUDIT)
    booking = await store.booking("booking-ada")
    assert booking is not None
    assert (booking.table, booking.missed, booking.left) == ("marc", frozenset({Side.ATTENDEE}), frozenset({"anna"}))
    assert f"{G}:table:marc:20211210T1210Z" in await store.expert_claims(G)


async def test_an_expert_who_is_away_finds_whom_to_offer_another_slot(store: Store) -> None:
    await opened(store)
    await decided(store, asks("ada"), asks("bob", slot(10)))
    order = BlockDesk("ill", "anna", NOON, NOON + timedelta(hours=1), "ill", elsewhere=True)
    outcome = await acted(store, order, AUDIT)
    assert [type(one).__name__ for one in said(outcome)] == ["SlotReleased"] * 2 + ["SlotOffered"] * 2
    assert [one.slot.desk for one in await store.holds_of("ada")] == ["marc"]


async def test_whoever_has_an_offer_is_known_to_every_batch(store: Store) -> None:
    """What others do may make it useless: nobody waits here, and no request of theirs is in it."""
    full = [DESKS[0], *(DESKS[1] | {"desk": desk, "per_expert": most} for desk, most in (("marc", 1), ("marc-too", 2)))]
    await decided(store, published(desks=full), *(confirmed(who) for who in ("ada", "bob")))
    await decided(store, asks("ada"))
    await acted(store, BlockDesk("ill", "anna", NOON, NOON + timedelta(hours=1), "ill", elsewhere=True), AUDIT)
    (offer,) = await store.holds_of("ada")
    assert offer.slot.desk == "marc"
    assert (await loaded(store, prefers("bob"))).registrations.keys() == {"ada", "bob"}
    outcome = await decided(store, asks("bob", slot(40, "marc-too")))
    assert [type(one).__name__ for one in said(outcome)] == ["SlotBooked", "SlotOfferEnded"]
    assert await store.holds_of("ada") == []


async def test_who_had_another_desk_of_the_expert_who_is_away_is_offered_another_slot_too(store: Store) -> None:
    second = DESKS[0] | {"desk": "anna-too", "opens": "2021-12-10T14:00", "closes": "2021-12-10T14:30"}
    await decided(store, published(desks=[*DESKS, second]), confirmed("ada"))
    await decided(store, asks("ada", slot(60, "anna-too")))
    order = BlockDesk("ill", "anna", NOON, NOON + timedelta(hours=3), "ill", elsewhere=True)
    await acted(store, order, AUDIT)
    assert [one.slot.desk for one in await store.holds_of("ada")] == ["marc"]


async def test_stars_are_kept_taken_back_and_known_to_a_release(store: Store) -> None:
    await opened(store)
    await decided(store, stars(), stars("bob"), stars(session="practices"))
    assert await store.stars_of("ada") == {Star(G, "opening", "ada"), Star(G, "practices", "ada")}
    await decided(store, stars(number=2, starred=False))
    assert await store.stars_of("ada") == {Star(G, "practices", "ada")}
    outcome = await decided(store, published(2, sessions=[]))
    told = [(one.registration_id, one.changes) for one in said(outcome) if isinstance(one, AgendaChangeNoticed)]
    lost = [AgendaChange(session=name, change="removed") for name in ("opening", "practices")]
    assert told == [("ada", (lost[1],)), ("bob", (lost[0],))]
    await decided(store, erased("ada"))
    assert await store.stars_of("ada") == set()
    assert await store.stars_of("bob")


async def test_what_the_former_holder_said_is_gone_from_the_store(store: Store) -> None:
    await opened(store)
    await decided(store, asks(), prefers(), shows(sealed="text"), stars(), prefers("bob"), stars("bob"))
    await decided(store, changed().model_copy(update={"substituted": True, "generation": 1}))
    booking = await store.booking("booking-ada")
    assert booking is not None
    assert (booking.live, booking.topic) == (True, None)
    assert (await store.preferences("ada"), await store.profile("ada"), await store.stars_of("ada")) == (
        None,
        None,
        set(),
    )
    assert await store.preferences("bob") is not None
    assert await store.stars_of("bob")
    await decided(store, shows(number=2, sealed="theirs").model_copy(update={"generation": 1}))
    again = changed(version=3).model_copy(update={"generation": 1})
    await decided(store, again)
    assert await store.profile("ada") is not None


async def test_a_first_request_with_a_newer_key_comes_with_all_that_must_go(store: Store) -> None:
    await opened(store)
    await decided(store, asks(), prefers(), shows(sealed="text"), stars())
    await decided(store, stars(session="practices").model_copy(update={"generation": 1}))
    assert (await store.preferences("ada"), await store.profile("ada")) == (None, None)
    assert await store.stars_of("ada") == {Star(G, "practices", "ada")}


async def test_questions_are_kept_with_their_voices(store: Store) -> None:
    await opened(store)
    await decided(store, questions(), questions("bob"), backs("cyd", "question-bob-1"))
    again = await decided(store, backs("cyd", "question-bob-1", 2))
    assert again.after.questions["question-bob-1"].votes == 1
    assert [(one.id, one.votes) for one in await store.questions(G, "opening")] == [
        ("question-bob-1", 1),
        ("question-ada-1", 0),
    ]
    await acted(store, ModerateQuestion("question-ada-1", QuestionStatus.ANSWERED))
    await decided(store, erased("bob"))
    found = {one.id: one for one in await store.questions(G, "opening")}
    assert found["question-bob-1"].text is None
    assert found["question-ada-1"].status is QuestionStatus.ANSWERED


async def test_what_staff_did_under_a_key_is_kept_with_its_effect(store: Store) -> None:
    await opened(store)
    act = Act("act-1", "digest", '{"done":true}')
    names = wanted([])
    names.acts.add(act.id)
    seen = []

    def settled(diary: Diary) -> Outcome:
        seen.append(diary.acts)
        return Outcome(diary, replace(diary, acts={act.id: act}), ())

    for _ in range(2):
        await store.alone(G, names, settled, EARLY)
    assert seen == [{}, {act.id: act}]
    assert (await loaded(store, asks())).acts == {}


async def test_slots_are_given_by_the_newest_release(store: Store) -> None:
    talk = SESSIONS[0] | {"starts": "2021-12-10T13:00", "ends": "2021-12-10T13:10", "speakers": ["Anna Expert"]}
    await opened(store)
    await decided(store, published(2, sessions=[talk]))
    outcome = await decided(store, asks("ada"), asks("bob", slot(10)))
    reasons = [outcome.after.answers[f"booking-{who}"].reason for who in ("ada", "bob")]
    assert reasons == [Reason.SLOT_TAKEN, None]


async def test_who_held_a_registration_before_is_remembered_as_holding_it_no_more(store: Store) -> None:
    await opened(store)
    await decided(store, asks(), changed().model_copy(update={"substituted": True, "generation": 1}))
    kept = await store.registration("ada")
    assert kept is not None
    assert kept.generation == 1
    former = (await decided(store, releases())).after
    assert (former.answers["release-ada-1"].reason, former.bookings["booking-ada"].live) == ("no-such-booking", True)
    theirs = await decided(store, releases(number=2).model_copy(update={"generation": 1}))
    assert not theirs.after.bookings["booking-ada"].live
