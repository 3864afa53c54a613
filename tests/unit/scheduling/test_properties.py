"""What holds whatever comes, in whatever order, however often."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain import BlockDesk, Command, Diary, Outcome, Request, is_request, settle
from tests.unit.scheduling.building import (
    NOON,
    asks,
    cancelled,
    changed,
    command,
    confirmed,
    desk_with,
    empty,
    erased,
    moves,
    opened,
    prefers,
    published,
    releases,
    said,
    slot,
)

PEOPLE = ("ada", "bob", "cyd")
slots = st.builds(slot, st.sampled_from([0, 10, 20, 30, 40, 50]), st.sampled_from(["anna", "marc"]))
people = st.sampled_from(PEOPLE)
numbers = st.integers(1, 2)


@st.composite
def bookings(draw: st.DrawFn) -> Request:
    who = draw(people)
    booking = f"booking-{who}-{draw(numbers)}"
    match draw(st.sampled_from(["ask", "ask", "move", "release", "prefer"])):
        case "ask":
            return asks(who, draw(slots), booking)
        case "move":
            return moves(who, draw(slots), draw(numbers), booking)
        case "release":
            return releases(who, draw(numbers), booking)
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
blocks = st.builds(
    lambda number, start, length: BlockDesk(
        f"block-{number}", "anna", NOON + timedelta(minutes=start), NOON + timedelta(minutes=start + length)
    ),
    numbers,
    st.integers(-10, 50),
    st.integers(1, 30),
)


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


def held_twice(diary: Diary) -> list[str]:
    claims = Counter(claim for one in diary.bookings.values() for claim in one.claims)
    claims.update(claim for one in diary.blocks.values() for claim in one.claims)
    return [claim for claim, times in claims.items() if times > 1]


@given(starts, histories)
def test_nobody_and_no_desk_is_ever_in_two_meetings(start: Diary, history: list[Command]) -> None:
    diary = start
    seen = set[str]()
    for one in history:
        if isinstance(one.message, BlockDesk):
            if one.message.block_id in seen:
                continue
            seen.add(one.message.block_id)
        outcome = settle(diary, [one])
        diary = outcome.after
        assert held_twice(diary) == []
        assert diary.claims == {
            **{claim: each.id for each in diary.bookings.values() for claim in each.claims},
            **{claim: each.id for each in diary.blocks.values() for claim in each.claims},
        }


@given(starts, histories)
def test_what_is_delivered_twice_changes_nothing(start: Diary, history: list[Command]) -> None:
    heard = [one for one in history if not isinstance(one.message, BlockDesk)]
    once = settle(start, heard)
    again = settle(once.after, [one for one in heard if is_request(one.message)])
    assert not again.decided
    for one in heard:
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
    return getattr(request, "slot_id", desk).startswith(desk)


def in_order(mine: list[Command], mixed: list[Command]) -> list[Command]:
    return [one for one in mixed if one in mine]


def answers(outcome: Outcome) -> set[tuple[str, str | None, str | None]]:
    return {
        (one.submission_id, one.reason, one.booking.slot.id if one.booking is not None else None)
        for one in outcome.after.answers.values()
    }
