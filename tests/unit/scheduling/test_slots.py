"""The grid: ids, ticks, and the hours that local time skips or repeats."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from services.scheduling.domain import Gathering, Slot, claim, ticks
from services.scheduling.domain.slots import claims_of
from tests.unit.scheduling.building import NOON, G, definition


def test_a_slot_is_named_after_its_desk_and_its_beginning_in_utc() -> None:
    assert Slot("arnault-morisson", datetime(2021, 12, 10, 10, 40, tzinfo=UTC), NOON).id == (
        "arnault-morisson-20211210T1040Z"
    )


def test_a_desk_of_fifty_minutes_has_five_slots_of_ten() -> None:
    slots = Gathering(G, 1, definition()).slots
    assert [one for one in slots if one.startswith("anna")] == [
        f"anna-20211210T12{minute}Z" for minute in ("00", "10", "20", "30", "40")
    ]


def test_touching_times_share_no_tick_and_overlapping_ones_do() -> None:
    ten = timedelta(minutes=10)
    first, next_, between = (set(ticks(NOON + start, NOON + start + ten)) for start in (0 * ten, ten, ten / 2))
    assert first.isdisjoint(next_)
    assert first & between
    assert between & next_


def test_ticks_are_stepped_in_utc_when_the_clocks_change() -> None:
    paris = ZoneInfo("Europe/Paris")
    before = datetime(2021, 10, 31, 2, 30, tzinfo=paris)  # happens twice: this is the first
    found = list(ticks(before, before + timedelta(hours=1)))  # wall time: 03:30 is two real hours later
    assert len(found) == 24
    assert all(later - earlier == timedelta(minutes=5) for earlier, later in pairwise(found))


def test_an_hour_that_comes_twice_is_claimed_twice() -> None:
    """Two local times that only `fold` tells apart are equal to Python."""
    first = datetime(2021, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))
    again = first.replace(fold=1)
    ten = timedelta(minutes=10)
    one, other = (claims_of(G, start, start + ten, attendee="ada") for start in (first, again))
    assert one.isdisjoint(other)


def test_a_claim_says_whose_time_it_is() -> None:
    assert claim(G, "expert", "anna", NOON) == "workshop-2021:expert:anna:20211210T1200Z"
