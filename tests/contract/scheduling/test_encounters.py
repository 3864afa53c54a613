"""What every store keeps to about rooms, meetings, profiles, proposals and the jobs that make these."""

from dataclasses import replace
from datetime import timedelta

from services.scheduling.domain import (
    DiscardProposal,
    KeepProposal,
    Latecomer,
    LeftOut,
    PlaceLatecomers,
    Proposal,
    PublishProposal,
    Topic,
)
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering
from services.scheduling.store import Job, JobState, Store
from shared.clock import Clock
from tests.contract.scheduling.test_store import acted, decided, loaded
from tests.unit.scheduling.building import (
    EARLY,
    FAIR,
    GROUPS,
    G,
    cancelled,
    changed,
    confirmed,
    erased,
    prefers,
    published,
    shows,
)

PEOPLE = ("ada", "bob", "cyd")


def rooms(number: int = 1, **room_of: str) -> Proposal:
    people = tuple(groups.Person(who, ("water",), "FR") for who in room_of)
    places = tuple(
        groups.Place(who, room, 1, (groups.Missed("energy", (groups.Bar.OUTWEIGHED,)),))
        for who, room in room_of.items()
    )
    found = groups.Assignment(
        people=people,
        rooms=(groups.Room("water", 2), groups.Room("energy", 2)),
        rules=groups.Rules(apart=(("ada", "cyd"),)),
        places=places,
        figures=groups.Figures(len(people), len(people), (1, 0), 0, 0, 0),
        is_proven=True,
    )
    return Proposal(f"rooms-{number}", G, EARLY, found, (LeftOut(("dan",), "conflict", "water"),))


def schedule(*pairs: tuple[str, str], number: int = 1, slot: str = "20211210T0800Z") -> Proposal:
    met = tuple(partnering.Meeting(pair, slot, table) for table, pair in enumerate(pairs, 1))
    shares = tuple(partnering.Share(who, 1, 0, ()) for pair in pairs for who in pair)
    figures = partnering.Figures(len(met), len(met), len(met), len(shares), 0, len(shares), 1.0)
    return Proposal(f"meetings-{number}", G, EARLY, partnering.Schedule(met, figures, shares, (), ()))


async def opened(store: Store) -> None:
    await decided(
        store, published(working_groups=GROUPS, partnering=FAIR), *(confirmed(who, mode="in-person") for who in PEOPLE)
    )


async def test_rooms_are_published_in_one_go_and_found_again(store: Store) -> None:
    await opened(store)
    await acted(store, KeepProposal(rooms(ada="water", bob="energy")))
    assert await store.proposal("rooms-1") == rooms(ada="water", bob="energy")
    outcome = await acted(store, PublishProposal("rooms-1", Topic.WORKING_GROUPS))
    found = await store.assignments_in(G)
    assert {one.registration_id: one.room for one in found} == {"ada": "water", "bob": "energy"}
    assert await store.assignments_of("ada") == [one for one in found if one.registration_id == "ada"]
    assert set(await store.attendee_claims(G)) == {claim for one in found for claim in one.claims}
    assert [plan.topic for plan in await store.plans_in(G)] == [Topic.WORKING_GROUPS]
    assert await store.latecomers_in(G) == [Latecomer(G, "cyd")]
    assert await store.untried() == {G}
    assert len(outcome.said) == 2
    assert [one.published for one in await store.proposals_in(G)] == [True]


async def test_a_latecomer_is_placed_and_leaves_the_list(store: Store) -> None:
    await opened(store)
    await acted(store, KeepProposal(rooms(ada="water", bob="energy")))
    await acted(store, PublishProposal("rooms-1", Topic.WORKING_GROUPS))
    await decided(store, prefers("cyd", groups=("water",)))
    await acted(store, PlaceLatecomers((("ada", "FR"), ("bob", "FR"), ("cyd", "FR"))))
    found = {one.registration_id: one.room for one in await store.assignments_in(G)}
    assert found["cyd"] == "energy"  # she is kept apart from ada
    assert await store.untried() == set()
    await decided(store, cancelled("cyd"))
    (one,) = await store.assignments_of("cyd")
    assert not one.live
    assert one.version == 2
    assert not [claim for claim in await store.attendee_claims(G) if ":cyd:" in claim]


async def test_meetings_take_both_people_and_the_table(store: Store) -> None:
    await opened(store)
    await decided(store, prefers("ada", meet=("bob",)), shows("ada"))
    await acted(store, KeepProposal(schedule(("ada", "bob"))))
    await acted(store, PublishProposal("meetings-1", Topic.PARTNERING))
    (met,) = await store.meetings_in(G)
    assert await store.meetings_of("bob") == [met]
    diary = await loaded(store, cancelled("ada"))
    assert diary.meetings == {met.id: met}
    assert met.claims <= diary.claims.keys()
    await decided(store, erased("ada"))
    (gone,) = await store.meetings_of("bob")
    assert not gone.live
    assert await store.profile("ada") is None
    assert await store.wishes_in(G) == []


async def test_a_person_who_has_something_then_is_left_out(store: Store) -> None:
    await opened(store)
    await acted(store, KeepProposal(rooms(ada="water", bob="energy")))
    await acted(store, KeepProposal(schedule(("ada", "bob"), slot="20211210T0845Z")))  # while the groups meet
    await acted(store, PublishProposal("rooms-1", Topic.WORKING_GROUPS))
    await acted(store, PublishProposal("meetings-1", Topic.PARTNERING, leave_out=True))
    assert await store.meetings_in(G) == []


async def test_a_draft_goes_and_nothing_of_who_is_erased_stays_in_one(store: Store) -> None:
    await opened(store)
    await acted(store, KeepProposal(rooms(1, ada="water", bob="energy")))
    await acted(store, KeepProposal(rooms(2, ada="water", bob="energy")))
    await acted(store, DiscardProposal("rooms-2"))
    assert await store.proposal("rooms-2") is None
    await decided(store, erased("ada"))
    left = await store.proposal("rooms-1")
    assert left is not None
    assert left.people == {"bob"}
    assert left.version == 2


async def test_a_colleague_is_in_no_draft_that_was_made_of_the_former_holders_wishes(store: Store) -> None:
    await opened(store)
    taken_over = changed().model_copy(update={"substituted": True, "generation": 1})
    drawn = rooms(2, ada="water", bob="energy")
    await acted(store, KeepProposal(rooms(1, ada="water", bob="energy"), {"ada": 0, "bob": 0}))
    await decided(store, taken_over)
    await acted(store, KeepProposal(drawn, {"ada": 0, "bob": 0}))  # asked before, answered now
    await acted(store, KeepProposal(replace(drawn, id="rooms-3"), {"ada": 1, "bob": 0}))
    kept = [await store.proposal(f"rooms-{number}") for number in (1, 2, 3)]
    assert [one.people for one in kept if one is not None] == [{"bob"}, {"bob"}, {"ada", "bob"}]


async def test_who_attends_shows_and_wishes_is_listed(store: Store) -> None:
    await opened(store)
    await decided(
        store, confirmed("dan", status="waitlisted"), shows("bob", sealed="text"), prefers("bob", no_thanks=("ada",))
    )
    assert [one.id for one in await store.attending(G, "day")] == ["ada", "bob", "cyd"]
    (profile,) = await store.profiles_in(G)
    assert (profile.registration_id, profile.of, profile.sealed) == ("bob", "profile-bob-1", "text")
    assert await store.profile("bob") == profile
    assert [one.no_thanks for one in await store.wishes_in(G)] == [("ada",)]
    kinds = [type(one).__name__ async for one in store.export(G)]
    assert kinds == ["Profile"]


async def test_a_job_is_begun_once_and_ends_once(store: Store, clock: Clock) -> None:
    now = clock.wall().replace(microsecond=0)
    job = Job("job-1", G, Topic.PARTNERING, now, now, phase="waiting")
    assert await store.begin(job)
    assert not await store.begin(job)
    further = replace(job, phase="meetings", done=3, total=9, beat_at=now + timedelta(seconds=1))
    assert await store.report(further)
    assert await store.job("job-1") == further
    await store.stop("job-1")
    assert not await store.report(replace(further, state=JobState.DONE))
    assert [one.state for one in await store.jobs_in(G)] == [JobState.CANCELLED]
