"""No order of bookings, publications, moves, yeses and cancellations puts anybody in two places."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain import (
    ChangeProposal,
    Command,
    Diary,
    DiscardProposal,
    KeepProposal,
    LeftOut,
    PlaceLatecomers,
    Proposal,
    PublishProposal,
    SeatPerson,
    Topic,
    settle,
)
from services.scheduling.domain.encounters import meeting_id, pair
from services.scheduling.domain.requests import Order
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering
from tests.unit.scheduling.building import (
    EARLY,
    FAIR,
    GROUPS,
    SESSIONS,
    G,
    asks,
    cancelled,
    command,
    confirmed,
    erased,
    gives_up,
    moves,
    opened,
    prefers,
    published,
    releases,
    says_yes,
    slot,
)

PEOPLE = ("ada", "bob", "cyd", "dan", "eve")
SLOTS = ("20211210T0845Z", "20211210T1200Z", "20211210T1215Z", "20211210T2300Z")
AT_NOON = [SESSIONS[0], {**SESSIONS[1], "starts": "2021-12-10T13:00", "ends": "2021-12-10T13:15"}]
SMALL = {**GROUPS, "rooms": [{"room": "water", "capacity": 1}, {"room": "attic", "capacity": 3}]}

people = st.sampled_from(PEOPLE)
rooms = st.sampled_from(["water", "energy", "attic"])
numbers = st.integers(1, 3)
pairs = st.tuples(people, people).filter(lambda two: two[0] != two[1])


def rooming(number: int, room_of: dict[str, str | None]) -> Proposal:
    return Proposal(
        id=f"rooms-{number}",
        gathering_id=G,
        made_at=EARLY,
        found=groups.Assignment(
            people=tuple(groups.Person(who) for who in room_of),
            rooms=(groups.Room("water", 2), groups.Room("energy", 2)),
            rules=groups.Rules(max_per_country=2, apart=(("ada", "bob"),)),
            places=tuple(groups.Place(who, room, None) for who, room in room_of.items()),
            figures=groups.Figures(len(room_of), len(room_of), (), 0, 0, 0),
            is_proven=False,
        ),
        left_out=(LeftOut(("eve",), "conflict"),),
    )


def schedule(number: int, met: list[tuple[tuple[str, str], str, int | None]]) -> Proposal:
    meetings = tuple(partnering.Meeting(pair(*two), at, table) for two, at, table in met)
    shares = tuple(partnering.Share(who, 1, 0, (partnering.Unmet("eve", partnering.Why.NOT_MUTUAL),)) for who in PEOPLE)
    figures = partnering.Figures(len(meetings), len(meetings), 0, len(PEOPLE), 0, 0, 1.0)
    return Proposal(f"meetings-{number}", G, EARLY, partnering.Schedule(meetings, figures, shares, (), ()))


many = st.integers(1, 50)
roomings = st.builds(rooming, many, st.dictionaries(people, st.one_of(st.none(), rooms), min_size=2))
schedules = st.builds(
    schedule,
    many,
    st.lists(st.tuples(pairs, st.sampled_from(SLOTS), st.sampled_from([None, 1, 2])), min_size=1, max_size=6),
)


@st.composite
def publications(draw: st.DrawFn) -> list[Order]:
    """A draft, perhaps changed by hand, and its publication."""
    draft = draw(st.one_of(roomings, schedules))
    change = ChangeProposal(draft.id, draw(people), draw(rooms))
    last = PublishProposal(draft.id, draft.topic, leave_out=draw(st.booleans()))
    return [KeepProposal(draft), *([change] if draw(st.booleans()) else []), last]


staff = st.one_of(
    st.builds(KeepProposal, st.one_of(roomings, schedules)),
    st.builds(DiscardProposal, many.map(lambda n: f"rooms-{n}")),
    st.builds(PublishProposal, many.map(lambda n: f"rooms-{n}"), st.sampled_from(Topic), leave_out=st.booleans()),
    st.builds(SeatPerson, people, rooms),
    st.just(PlaceLatecomers(tuple((who, "FR") for who in PEOPLE))),
)
public = st.one_of(
    st.builds(lambda who, at: asks(who, slot(at), f"booking-{who}-{at}"), people, st.sampled_from([0, 10, 20])),
    st.builds(lambda who, at: moves(who, slot(at), at, f"booking-{who}-0"), people, st.sampled_from([10, 20])),
    st.builds(lambda who, at: releases(who, at, f"booking-{who}-{at}"), people, st.sampled_from([0, 10])),
    st.builds(lambda two, n: says_yes(two[0], two[1], n), pairs, numbers),
    st.builds(lambda two, n: gives_up(meeting_id(G, pair(*two)), two[0], n), pairs, numbers),
    st.builds(
        lambda who, n, no: prefers(who, n, meet=PEOPLE, no_thanks=no), people, numbers, st.sets(people).map(tuple)
    ),
)
outside = st.one_of(
    st.builds(confirmed, people, st.integers(1, 4), mode=st.sampled_from(["remote", "in-person"])),
    st.builds(cancelled, people, st.integers(1, 4)),
    st.builds(erased, people),
    st.just(published(3, working_groups=GROUPS, partnering=FAIR)),
    st.just(published(4, working_groups=SMALL, partnering={**FAIR, "slot_minutes": 20}, sessions=AT_NOON)),
    st.just(published(5)),
)
alone = st.one_of(staff, public, public, outside).map(lambda order: [order])
histories = st.lists(st.one_of(publications(), publications(), alone, alone), max_size=25).map(
    lambda runs: [order for run in runs for order in run]
)


def start() -> Diary:
    diary = opened(*PEOPLE, working_groups=GROUPS, partnering=FAIR)
    everything_at_noon = published(2, working_groups=GROUPS, partnering=FAIR, sessions=AT_NOON)
    diary = settle(diary, [command(everything_at_noon)]).after
    return settle(diary, [command(prefers(who, meet=PEOPLE)) for who in PEOPLE]).after


def commands(history: list[Order]) -> list[Command]:
    return [command(order, EARLY + timedelta(minutes=place), f"cause-{place}") for place, order in enumerate(history)]


def held(diary: Diary) -> list[tuple[str, frozenset[str]]]:
    found = [(one.id, one.claims) for one in diary.bookings.values()]
    found += [(one.id, one.claims) for one in diary.assignments.values()]
    return found + [(one.id, one.claims) for one in diary.meetings.values()]


@given(histories)
@settings(deadline=None)
def test_nobody_is_in_two_places_and_no_room_above_its_size(history: list[Order]) -> None:
    diary = start()
    for one in commands(history):
        outcome = settle(diary, [one])
        freed = {claim for claims in outcome.freed.values() for claim in claims}
        assert not [claim for claim in outcome.taken if claim in diary.claims and claim not in freed]
        diary = outcome.after
        times = Counter(claim for _, claims in held(diary) for claim in claims)
        assert [claim for claim, count in times.items() if count > 1] == []
        assert diary.claims == {claim: who for who, claims in held(diary) for claim in claims}
        live = [one for one in diary.assignments.values() if one.live]
        assert len({one.registration_id for one in live}) == len(live)
        assert diary.gathering is not None
        for room, people_in in Counter(one.room for one in live).items():
            assert people_in <= diary.gathering.group_rooms[room].capacity
        for met in (one for one in diary.meetings.values() if one.live):
            assert met.slot.id in diary.gathering.meeting_slots
            assert all(diary.registrations[who].mode_in(met.part) is not None for who in met.people)


@given(histories)
@settings(deadline=None)
def test_versions_of_rooms_and_meetings_count_one_by_one(history: list[Order]) -> None:
    versions: dict[str, int] = {}
    for message, _ in settle(start(), commands(history)).said:
        of = getattr(message, "assignment_id", None) or getattr(message, "meeting_id", None)
        if of is not None:
            assert message.version == versions.get(of, 0) + 1  # type: ignore[attr-defined]
            versions[of] = message.version  # type: ignore[attr-defined]


@given(histories, people)
@settings(deadline=None)
def test_nothing_is_left_of_who_is_erased(history: list[Order], who: str) -> None:
    diary = settle(
        settle(start(), commands(history)).after, [command(erased(who, 9), EARLY + timedelta(hours=1))]
    ).after
    assert who not in diary.preferences
    assert who not in diary.profiles
    assert who not in diary.latecomers
    assert not [one for one in diary.meetings.values() if one.live and who in one.people]
    assert not [one for one in diary.assignments.values() if one.live and one.registration_id == who]
    for proposal in diary.proposals.values():
        assert who not in proposal.people
