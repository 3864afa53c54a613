"""A ticket follows its registration, whatever order the facts come in."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.checkin.domain import Ticket, counts, erase, hear, join, tell
from services.checkin.domain.holding import RegistrationFact
from shared.messages.checkin import AttendanceRecorded, TicketIssued, TicketRevoked
from shared.messages.registration import (
    PartState,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationPending,
    RegistrationWaitlisted,
)
from tests.support.checkin import DOOR, GATHERING, OPEN_AT, PART, confirmed, definition, numbering, state

BLANK = Ticket("r1", GATHERING)
DEFINITION = definition()


def changed(version: int, *parts: PartState, substituted: bool = False) -> RegistrationChanged:
    return RegistrationChanged(
        gathering_id=GATHERING,
        registration_id="r1",
        delegation="escp-4x-01",
        version=version,
        accepted_at=OPEN_AT,
        parts=parts or (state(),),
        substituted=substituted,
    )


def follow(*facts: RegistrationFact, start: Ticket = BLANK) -> tuple[Ticket, list[str]]:
    """Where the ticket ends up, and the kinds of facts told on the way."""
    told: list[str] = []
    ticket = start
    for fact in facts:
        ticket, said = tell(ticket, hear(ticket, fact, numbering), DEFINITION)
        told += [type(one).__name__ for one in said]
    return ticket, told


def test_a_confirmed_place_in_person_makes_a_ticket_for_its_doors() -> None:
    after = hear(BLANK, confirmed(), numbering)
    ticket, said = tell(BLANK, after, DEFINITION)
    assert ticket.number() == numbering("r1", 0)
    assert ticket.said == 1
    [issued] = said
    assert isinstance(issued, TicketIssued)
    assert issued.doors == (DOOR, "policy-event-day-2")
    assert issued.version == 1


@pytest.mark.parametrize(
    ("mode", "status"), [("remote", "confirmed"), ("in-person", "waitlisted"), ("in-person", "awaiting-selection")]
)
def test_without_a_confirmed_place_in_person_there_is_no_ticket(mode: str, status: str) -> None:
    ticket, told = follow(confirmed("r1", 1, state(mode=mode, status=status)))
    assert ticket.number() is None
    assert told == []


@pytest.mark.parametrize("parts", [(state(status="cancelled"),), (state(mode="remote"),)])
def test_a_lost_place_revokes_the_ticket_and_a_new_one_gets_a_new_number(parts: tuple[PartState, ...]) -> None:
    ticket, told = follow(confirmed(), changed(2, *parts), changed(3))
    assert told == ["TicketIssued", "TicketRevoked", "TicketIssued"]
    assert ticket.numbers == (numbering("r1", 0), numbering("r1", 1))
    assert ticket.number() == numbering("r1", 1)


def test_another_door_is_told_and_keeps_the_number() -> None:
    ticket, told = follow(confirmed(), changed(2, state(), state("site-visit")))
    assert told == ["TicketIssued", "TicketIssued"]
    assert ticket.number() == numbering("r1", 0)
    assert ticket.doors(DEFINITION) == (DOOR, "policy-event-day-2", "site-visit")


def test_a_change_that_opens_no_other_door_says_nothing() -> None:
    assert follow(confirmed(), changed(2, state(), state("site-visit", status="waitlisted")))[1] == ["TicketIssued"]


def test_a_substitution_voids_the_old_number_also_when_it_is_heard_late() -> None:
    in_order, told = follow(confirmed(), changed(2, substituted=True))
    assert told == ["TicketIssued", "TicketRevoked", "TicketIssued"]
    late, told = follow(confirmed(), confirmed("r1", 2), changed(2, substituted=True))
    assert told == ["TicketIssued", "TicketRevoked", "TicketIssued"]
    assert late == in_order


def test_a_generation_counts_as_soon_as_any_fact_says_it_and_none_brings_an_older_one_back() -> None:
    told: list[RegistrationFact] = [
        confirmed("r1", 2).model_copy(update={"generation": 1}),
        changed(2, substituted=True),
        confirmed("r1", 3),
    ]
    for heard in range(1, len(told) + 1):
        ticket, _ = follow(confirmed(), *told[:heard])
        assert [ticket.opens_to(generation) for generation in (0, 1, 2)] == [False, True, True]
    of_old, _ = follow(confirmed(), changed(2, substituted=True), changed(3, substituted=True))
    assert of_old.generation == 2


def test_a_substitution_without_a_ticket_makes_none() -> None:
    remote = state(mode="remote")
    ticket, told = follow(confirmed("r1", 1, remote), changed(2, remote, substituted=True))
    assert told == []
    assert ticket.substitutions == {2}


def test_without_its_gathering_a_ticket_has_no_doors() -> None:
    _, said = tell(BLANK, hear(BLANK, confirmed(), numbering), None)
    assert [one.doors for one in said if isinstance(one, TicketIssued)] == [()]


def test_an_erased_person_leaves_nothing_and_does_not_come_back() -> None:
    held, _ = follow(confirmed("r1", 3))
    held = replace(held, admitted={DOOR: OPEN_AT}, attended={(PART, "in-person"): OPEN_AT}, revision=4)
    gone, said = tell(held, erase(held, 5), DEFINITION)
    assert [type(one) for one in said] == [TicketRevoked]
    assert (gone.parts, gone.numbers, gone.admitted, gone.attended) == ((), (), {}, {})
    assert (gone.version, gone.revision, gone.said) == (5, 4, 2)
    assert follow(confirmed("r1", 9), start=gone) == (gone, [])
    assert join(gone, PART, OPEN_AT) is None


def test_joining_online_is_recorded_once() -> None:
    ticket, _ = follow(confirmed("r1", 1, state(mode="remote")))
    first = join(ticket, PART, OPEN_AT)
    assert first is not None
    ticket, said = first
    assert said == [
        AttendanceRecorded(gathering_id=GATHERING, registration_id="r1", part=PART, mode="remote", attended_at=OPEN_AT)
    ]
    assert join(ticket, PART, datetime(2022, 1, 1, tzinfo=UTC)) == (ticket, [])


@pytest.mark.parametrize("parts", [(state(),), (state(mode="remote", status="cancelled"),), (state("site-visit"),)])
def test_joining_takes_a_confirmed_remote_place(parts: tuple[PartState, ...]) -> None:
    assert join(follow(confirmed("r1", 1, *parts))[0], PART, OPEN_AT) is None


def test_to_join_is_to_be_there_from_an_hour_before_a_part_begins_until_it_ends() -> None:
    part = DEFINITION.part(PART)
    assert part is not None
    opens, moment = part.starts - timedelta(hours=1), timedelta(microseconds=1)
    asked = (opens - timedelta(days=1), opens - moment, opens, part.starts, part.ends - moment, part.ends)
    assert [counts(part, at) for at in asked] == [False, False, True, True, True, False]
    assert counts(None, opens)  # of which nothing says when it takes place


STATES = st.builds(
    state,
    part=st.sampled_from([PART, "site-visit"]),
    mode=st.sampled_from(["in-person", "remote"]),
    status=st.sampled_from(["confirmed", "waitlisted", "cancelled", "declined"]),
)
KINDS: list[type[Any]] = [
    RegistrationConfirmed,
    RegistrationWaitlisted,
    RegistrationPending,
    RegistrationDeclined,
    RegistrationChanged,
    RegistrationCancelled,
]


@st.composite
def histories(draw: st.DrawFn) -> list[RegistrationFact]:
    """What registration says of one registration: per version one state, under one or two topics."""
    facts: list[RegistrationFact] = []
    for version in range(1, draw(st.integers(1, 5)) + 1):
        parts = tuple({one.part: one for one in draw(st.lists(STATES, min_size=1, max_size=2))}.values())
        for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True)):
            substituted = {"substituted": draw(st.booleans())} if kind is RegistrationChanged else {}
            facts.append(
                kind(
                    gathering_id=GATHERING,
                    registration_id="r1",
                    delegation=None,
                    version=version,
                    accepted_at=OPEN_AT,
                    parts=parts,
                    **substituted,
                )
            )
    return facts


@given(histories(), st.data())
def test_any_order_of_topics_ends_with_the_same_doors(facts: list[RegistrationFact], data: st.DataObject) -> None:
    straight, _ = follow(*facts)
    shuffled, _ = follow(*data.draw(st.permutations(facts)))
    assert (shuffled.version, shuffled.parts, shuffled.live) == (straight.version, straight.parts, straight.live)
    assert shuffled.substitutions == straight.substitutions


@given(histories())
def test_facts_delivered_twice_change_and_say_nothing(facts: list[RegistrationFact]) -> None:
    once, told = follow(*facts)
    assert follow(*itertools.chain(facts, facts)) == (once, told)


@given(histories())
def test_a_number_that_was_revoked_never_comes_back(facts: list[RegistrationFact]) -> None:
    ticket, good, revoked = BLANK, None, set[str]()
    for fact in facts:
        ticket = hear(ticket, fact, numbering)
        if ticket.number() != good and good is not None:
            revoked.add(good)
        good = ticket.number()
        assert good not in revoked
