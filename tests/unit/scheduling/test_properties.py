"""What holds whatever comes, in whatever order, however often."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain import (
    BlockDesk,
    Command,
    Diary,
    LapseHolds,
    MoveBooking,
    Outcome,
    Purpose,
    ReleaseBooking,
    Request,
    UnblockDesk,
    WalkIn,
    is_request,
    settle,
)
from services.scheduling.domain.placing import Seat, Wish
from services.scheduling.domain.requests import Order
from tests.unit.scheduling.building import (
    DESKS,
    EARLY,
    NOON,
    asks,
    cancelled,
    changed,
    command,
    confirmed,
    desk_with,
    empty,
    erased,
    holds,
    moves,
    opened,
    prefers,
    published,
    releases,
    said,
    slot,
    waits,
)

PEOPLE = ("ada", "bob", "cyd")
slots = st.builds(slot, st.sampled_from([0, 10, 20, 30, 40, 50]), st.sampled_from(["anna", "marc"]))
people = st.sampled_from(PEOPLE)
numbers = st.integers(1, 2)


@st.composite
def bookings(draw: st.DrawFn) -> Request:  # noqa: PLR0911  one line a request
    who = draw(people)
    booking = f"booking-{who}-{draw(numbers)}"
    match draw(st.sampled_from(["ask", "ask", "move", "release", "prefer", "hold", "wait", "any"])):
        case "ask":
            return asks(who, draw(slots), booking)
        case "move":
            return moves(who, draw(slots), draw(numbers), booking)
        case "release":
            return releases(who, draw(numbers), booking)
        case "hold":
            return holds(who, draw(slots), draw(numbers))
        case "wait":
            return waits(who, draw(st.sampled_from(["anna", "marc"])), draw(numbers), leave=draw(st.booleans()))
        case "any":
            return asks(who, draw(st.sampled_from(["any", "any-20211210T1210Z"])), booking)
        case _:
            return prefers(who, draw(numbers))


facts = st.one_of(
    st.builds(confirmed, people, st.integers(1, 5)),
    st.builds(changed, people, st.integers(1, 5), st.sampled_from(["confirmed", "waitlisted"])),
    st.builds(cancelled, people, st.integers(1, 5)),
    st.builds(erased, people),
    st.builds(published, st.integers(1, 4)),
    st.integers(1, 4).map(lambda version: published(version, desks=desk_with(closes="2021-12-10T13:20"))),
)
spans = st.builds(
    lambda number, start, length: BlockDesk(
        f"block-{number}", "anna", NOON + timedelta(minutes=start), NOON + timedelta(minutes=start + length)
    ),
    numbers,
    st.integers(-10, 50),
    st.integers(1, 30),
)
blocks = st.one_of(spans, st.builds(UnblockDesk, st.builds(lambda number: f"block-{number}", numbers)))
acts = st.one_of(
    st.builds(ReleaseBooking, st.builds(lambda who, n: f"booking-{who}-{n}", people, numbers), people),
    st.builds(MoveBooking, st.builds(lambda who, n: f"booking-{who}-{n}", people, numbers), people, slots),
    st.builds(WalkIn, st.builds(lambda n: f"walk-in-{n}", numbers), people, st.sampled_from(["anna", "marc"])),
    st.just(LapseHolds()),
)
queue = st.builds(waits, people, st.sampled_from(["anna", "marc"]), st.integers(3, 6))
minutes = st.integers(0, 45).map(lambda number: timedelta(minutes=number))


def distinct(commands: Iterable[Command]) -> list[Command]:
    """One submission id stands for one content: the gateway derives it."""
    found: dict[str, Command] = {}
    for one in commands:
        found.setdefault(one.message.submission_id() if is_request(one.message) else f"{len(found)}", one)
    return list(found.values())


histories = st.lists(st.one_of(bookings(), bookings(), facts, blocks), max_size=25).map(
    lambda orders: distinct(map(command, orders))
)
starts = st.sampled_from([empty(), opened()])


def owners(diary: Diary) -> dict[str, str]:
    return {claim: who for who, claims in held(diary) for claim in claims}


def held(diary: Diary) -> list[tuple[str, frozenset[str]]]:
    found = [(one.id, one.claims) for one in diary.bookings.values()]
    found += [(one.id, one.claims) for one in diary.blocks.values()]
    return found + [(one.id, one.claims) for one in diary.holds.values()]


def held_twice(diary: Diary) -> list[str]:
    claims = Counter(claim for _, theirs in held(diary) for claim in theirs)
    return [claim for claim, times in claims.items() if times > 1]


@given(starts, st.lists(st.tuples(st.one_of(bookings(), facts, acts), minutes), max_size=25))
def test_claims_follow_whoever_holds_them_while_the_clock_goes_on(
    start: Diary, history: list[tuple[Order, timedelta]]
) -> None:
    diary, at = start, EARLY
    for order, passed in history:
        at += passed
        outcome = settle(diary, [command(order, at)])
        for holder, freed in outcome.freed.items():
            assert all(diary.claims.get(claim, holder) == holder for claim in freed)
        before = {claim for claims in outcome.freed.values() for claim in claims}
        assert not [claim for claim in outcome.taken if claim in diary.claims and claim not in before]
        diary = outcome.after
        assert held_twice(diary) == []
        assert diary.claims == owners(diary)
        swept = settle(diary, [command(LapseHolds(), at)]).after
        assert all(one.expires_at > at for one in swept.holds.values())
        offered = [(one.registration_id, one.slot.desk) for one in diary.holds.values() if one.purpose is Purpose.OFFER]
        assert len(offered) == len(set(offered))
        forms = [one.registration_id for one in diary.holds.values() if one.purpose is Purpose.FORM]
        assert len(forms) == len(set(forms))


@given(starts, histories)
def test_nobody_and_no_desk_is_ever_in_two_meetings(start: Diary, history: list[Command]) -> None:
    diary = start
    for one in history:
        outcome = settle(diary, [one])
        diary = outcome.after
        assert held_twice(diary) == []
        assert diary.claims == owners(diary)


@given(st.lists(st.one_of(bookings(), blocks), max_size=25))
def test_an_expert_never_has_more_than_they_take_in_all(history: list[Order]) -> None:
    diary = opened(desks=desk_with(per_expert=2, per_person=None))
    for one in distinct(map(command, history)):
        diary = settle(diary, [one]).after
        assert sum(one.live and one.slot.desk == "anna" for one in diary.bookings.values()) <= 2


@given(
    st.lists(st.tuples(st.one_of(bookings(), queue, blocks, acts), st.sampled_from([0, 0, 10])), max_size=25),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, 1, 2]),
)
def test_whoever_has_an_offer_can_take_it(
    history: list[tuple[Order, int]], first: int | None, second: int | None
) -> None:
    """At two desks of one expert, whatever each of them takes."""
    both = ((DESKS[0], first), (DESKS[1], second))
    diary = opened(desks=[desk | {"expert": "Anna Expert", "per_expert": most} for desk, most in both])
    at = EARLY
    for order, passed in history:
        at += timedelta(minutes=passed)
        diary = settle(diary, [command(order, at)]).after
        assert diary.gathering is not None
        for one in diary.holds.values():
            if one.purpose is Purpose.OFFER:
                seat = Wish(diary, diary.gathering, one.registration_id, at).place(one.slot.id)
                assert isinstance(seat, Seat)


@given(starts, histories)
def test_what_is_delivered_twice_changes_nothing(start: Diary, history: list[Command]) -> None:
    once = settle(start, history)
    again = settle(once.after, [one for one in history if is_request(one.message)])
    assert not again.decided
    for one in history:
        twice = settle(settle(start, [one]).after, [one])
        assert not twice.decided


@given(starts, histories)
def test_each_request_gets_one_answer_or_waits(start: Diary, history: list[Command]) -> None:
    outcome = settle(start, history)
    asked = {one.message.submission_id() for one in history if is_request(one.message)}
    assert asked == set(outcome.after.answers) | set(outcome.after.waiting)
    assert not set(outcome.after.answers) & set(outcome.after.waiting)
    causes = Counter(one.cause for message, one in outcome.said if is_request(one.message))
    assert all(times == 1 for times in causes.values())


@given(starts, histories)
def test_versions_of_a_booking_count_one_by_one(start: Diary, history: list[Command]) -> None:
    versions: dict[str, int] = {}
    for fact in said(settle(start, history)):
        version, booking = getattr(fact, "version", None), getattr(fact, "booking_id", "")
        if version is not None:
            assert version == versions.get(booking, 0) + 1
            versions[booking] = version


@given(st.lists(bookings(), max_size=15), st.lists(bookings(), max_size=15), st.randoms())
def test_unrelated_desks_do_not_disturb_each_other(ours: list[Request], theirs: list[Request], random: object) -> None:
    mine = distinct(command(one) for one in ours if one.registration_id == "ada" and at_desk(one, "anna"))
    others = distinct(command(one) for one in theirs if one.registration_id != "ada" and at_desk(one, "marc"))
    mixed = list(mine)
    for one in others:
        mixed.insert(random.randint(0, len(mixed)), one)  # type: ignore[attr-defined]
    assert answers(settle(opened(), mixed)) >= answers(settle(opened(), in_order(mine, mixed)))


def at_desk(request: Request, desk: str) -> bool:
    place: str = getattr(request, "slot_id", getattr(request, "desk", desk))
    return place.startswith(desk)


def in_order(mine: list[Command], mixed: list[Command]) -> list[Command]:
    return [one for one in mixed if one in mine]


def answers(outcome: Outcome) -> set[tuple[str, str | None, str | None]]:
    return {
        (one.submission_id, one.reason, one.booking.slot.id if one.booking is not None else None)
        for one in outcome.after.answers.values()
    }
