"""The door: a ticket passes once, and only who may; every scan has one answer, for ever."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.checkin.domain import (
    Admission,
    DoorList,
    Outcome,
    Refusal,
    Scan,
    ScanReusedError,
    Shown,
    Ticket,
    decide,
    evolve,
)
from services.checkin.domain.door import Method
from services.checkin.domain.holding import hear
from shared.messages import Message
from shared.messages.checkin import AttendanceRecorded, AttendeeAdmitted, EntryRefused
from shared.messages.gathering import Door
from shared.messages.registration import PartState
from tests.support.checkin import DOOR, GATHERING, OPEN_AT, PART, confirmed, definition, numbering, state

DEFINITION = definition()
DOORS = {door.door: door for door in DEFINITION.doors}
SEEN = Shown(satisfied=True, method=Method.MANUAL)
CHECKED = Shown(satisfied=True, method=Method.AUTOMATIC)
FAILED = Shown(satisfied=False, method=Method.AUTOMATIC)
ALL_SHOWN = {"id-document": SEEN, "health": CHECKED}


def holder(registration_id: str = "r1", *parts: PartState) -> Ticket:
    return hear(Ticket(registration_id, GATHERING), confirmed(registration_id, 1, *parts), numbering)


def standing(*tickets: Ticket) -> DoorList:
    return DoorList({ticket.registration_id: ticket for ticket in tickets or (holder(),)})


def scan(scan_id: str = "s1", **about: Any) -> Scan:
    who = {} if about.keys() & {"registration_id", "unread"} else {"number": numbering("r1", 0)}
    known: dict[str, Any] = {
        "gathering_id": GATHERING,
        "door": DOOR,
        "digest": "same",
        "at": OPEN_AT,
        "controller_id": "door-1",
        "role": "door",
        "shown": ALL_SHOWN,
    }
    return Scan(scan_id, **known | who | about)


def pass_through(doors: DoorList, *scans: Scan) -> tuple[DoorList, list[Admission], list[Message]]:
    answers, said = [], []
    for one in scans:
        answer = decide(doors, one, DEFINITION, DOORS[one.door])
        doors, facts = evolve(doors, answer, DOORS[one.door].part)
        answers.append(answer)
        said += facts
    return doors, answers, said


def answer(one: Scan, *tickets: Ticket) -> Admission:
    return pass_through(standing(*tickets), one)[1][0]


def test_who_shows_all_is_admitted_and_was_there() -> None:
    _, [found], said = pass_through(standing(), scan())
    assert (found.outcome, found.reason, found.registration_id) == (Outcome.ADMITTED, None, "r1")
    results = {one.requirement_id: (one.satisfied, one.method) for one in found.requirements}
    assert results == {"id-document": (True, "manual"), "health": (True, "automatic")}
    admitted, attended = said
    assert isinstance(admitted, AttendeeAdmitted)
    assert (admitted.part, admitted.override, admitted.admitted_at) == (PART, False, OPEN_AT)
    assert isinstance(attended, AttendanceRecorded)
    assert attended.mode == "in-person"


def test_a_reminder_is_recorded_only_where_somebody_said_so() -> None:
    found = answer(scan(shown=ALL_SHOWN | {"mask": SEEN}))
    assert "mask" in {one.requirement_id for one in found.requirements}


def test_a_second_scan_is_refused_with_the_time_of_the_first() -> None:
    later = OPEN_AT + timedelta(minutes=5)
    _, [_, found], said = pass_through(standing(), scan("s1"), scan("s2", at=later))
    assert (found.outcome, found.reason, found.first_admitted_at) == (
        Outcome.REFUSED, Refusal.ALREADY_ADMITTED, OPEN_AT,
    )  # fmt: skip
    assert isinstance(said[-1], EntryRefused)
    assert len(said) == 3


def test_each_door_admits_once_and_attendance_of_a_part_is_recorded_once() -> None:
    tomorrow = scan("s2", door="policy-event-day-2", at=OPEN_AT + timedelta(days=1))
    _, answers, said = pass_through(standing(), scan("s1"), tomorrow)
    assert [one.outcome for one in answers] == ["admitted", "admitted"]
    assert [type(one) for one in said] == [AttendeeAdmitted, AttendanceRecorded, AttendeeAdmitted]


def test_the_same_scan_has_the_same_answer_and_one_effect() -> None:
    doors, [first], said = pass_through(standing(), scan())
    again, [second], silence = pass_through(doors, scan(at=OPEN_AT + timedelta(hours=20)))
    assert (second, again, silence) == (first, doors, [])
    assert len(said) == 2


def test_a_scan_id_that_comes_back_with_another_ticket_gets_nobodys_answer() -> None:
    doors, _, _ = pass_through(standing(), scan())
    with pytest.raises(ScanReusedError):
        decide(doors, scan(digest="other"), DEFINITION, DOORS[DOOR])


@pytest.mark.parametrize("unread", [Refusal.FORGED, Refusal.UNKNOWN_TICKET])
def test_a_ticket_that_is_none_is_refused_and_names_nobody(unread: Refusal) -> None:
    found = answer(scan(unread=unread, override="I know them"))
    assert found == Admission(found.scan, Outcome.REFUSED, unread)


@pytest.mark.parametrize(
    "one",
    [
        scan(number=numbering("nobody", 0)),
        scan(registration_id="nobody"),
        scan(gathering_id="another"),
    ],
)
def test_a_ticket_of_nobody_here_is_unknown(one: Scan) -> None:
    assert answer(one).reason is Refusal.UNKNOWN_TICKET


def test_an_erased_person_is_unknown() -> None:
    assert answer(scan(registration_id="r1"), replace(holder(), erased=True)).reason is Refusal.UNKNOWN_TICKET


def test_an_old_number_is_revoked() -> None:
    renewed = replace(holder(), numbers=(numbering("r1", 0), numbering("r1", 1)))
    assert answer(scan(), renewed).reason is Refusal.REVOKED
    assert answer(scan(number=numbering("r1", 1)), renewed).outcome is Outcome.ADMITTED


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((state(status="cancelled"),), Refusal.REVOKED),
        ((state(mode="remote"),), Refusal.WRONG_MODE),
        ((state(status="waitlisted"),), Refusal.WRONG_PART),
        ((state("site-visit"),), Refusal.WRONG_PART),
    ],
)
def test_without_a_place_in_person_in_this_part_nobody_enters(parts: tuple[PartState, ...], reason: Refusal) -> None:
    found = answer(scan(registration_id="r1", override="please"), holder("r1", *parts))
    assert (found.outcome, found.reason, found.registration_id) == (Outcome.REFUSED, reason, "r1")


def test_a_ticket_for_another_part_is_told_so() -> None:
    assert answer(scan(), holder("r1", state("site-visit"))).reason is Refusal.WRONG_PART


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (DOORS[DOOR].opens, None),
        (DOORS[DOOR].opens - timedelta(seconds=1), Refusal.DOOR_CLOSED),
        (DOORS[DOOR].closes - timedelta(milliseconds=1), None),
        (DOORS[DOOR].closes, Refusal.DOOR_CLOSED),
        (datetime(2021, 11, 22, 22, 59, tzinfo=UTC), Refusal.DOOR_CLOSED),
        (datetime(2021, 11, 22, 23, 0, tzinfo=UTC), Refusal.WRONG_DAY),  # midnight in Paris
        (datetime(2021, 11, 20, 9, 0, tzinfo=UTC), Refusal.WRONG_DAY),
    ],
)
def test_a_door_is_open_between_its_hours_on_its_own_calendar(at: datetime, reason: Refusal | None) -> None:
    assert answer(scan(at=at)).reason == reason


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ({}, Refusal.REQUIREMENT_MISSING),
        ({"id-document": SEEN}, Refusal.REQUIREMENT_MISSING),
        ({"health": CHECKED}, Refusal.REQUIREMENT_MISSING),
        ({"id-document": SEEN, "health": FAILED}, Refusal.REQUIREMENT_FAILED),
        ({"health": FAILED}, Refusal.REQUIREMENT_FAILED),
    ],
)
def test_every_requirement_must_be_met(shown: Mapping[str, Shown], reason: Refusal) -> None:
    found = answer(scan(shown=shown))
    assert found.reason is reason
    unmet = {one.requirement_id for one in found.requirements if not one.satisfied}
    assert unmet == {"id-document", "health"} - {name for name, one in shown.items() if one.satisfied}


def test_a_registration_fact_was_checked_with_the_registration() -> None:
    door = Door.model_validate(DOORS[DOOR].model_dump() | {"requires": [{"id": "member", "kind": "registration-fact"}]})
    found = decide(standing(), scan(shown={}), DEFINITION, door)
    assert [(one.satisfied, one.method) for one in found.requirements] == [(True, "automatic")]


@pytest.mark.parametrize(
    ("about", "waived"),
    [
        ({"at": DOORS[DOOR].closes}, Refusal.DOOR_CLOSED),
        ({"at": OPEN_AT + timedelta(days=3)}, Refusal.WRONG_DAY),
        ({"shown": {}}, Refusal.REQUIREMENT_MISSING),
        ({"shown": {"health": FAILED}}, Refusal.REQUIREMENT_FAILED),
        ({"shown": {}, "at": DOORS[DOOR].closes}, Refusal.DOOR_CLOSED),
    ],
)
def test_an_override_waives_hours_and_requirements_and_is_said(about: dict[str, Any], waived: Refusal) -> None:
    _, [found], said = pass_through(standing(), scan(override="The minister", **about))
    assert (found.outcome, found.waived) == (Outcome.ADMITTED, waived)
    assert isinstance(said[0], AttendeeAdmitted)
    assert said[0].override


def test_an_override_that_was_not_needed_is_none() -> None:
    assert answer(scan(override="just in case")).waived is None


def test_an_override_admits_nobody_twice() -> None:
    _, [_, found], _ = pass_through(standing(), scan("s1"), scan("s2", override="again"))
    assert found.reason is Refusal.ALREADY_ADMITTED


def test_two_offline_devices_that_admitted_one_ticket_are_shown_as_a_conflict() -> None:
    log = [scan("s1", offline=True, device="a"), scan("s2", offline=True, device="b")]
    doors, answers, said = pass_through(standing(), *log)
    assert [one.outcome for one in answers] == [Outcome.ADMITTED, Outcome.CONFLICT]
    assert set(doors.answered) == {"s1", "s2"}
    assert isinstance(said[-1], EntryRefused)
    assert pass_through(doors, *log)[1:] == (answers, [])


SCANS = st.builds(
    scan,
    scan_id=st.sampled_from([f"s{n}" for n in range(8)]),
    registration_id=st.sampled_from(["r1", "r2", "nobody"]),
    door=st.sampled_from(sorted(DOORS)),
    at=st.sampled_from([OPEN_AT, OPEN_AT + timedelta(hours=3), OPEN_AT + timedelta(days=1)]),
    shown=st.sampled_from([{}, ALL_SHOWN, {"health": FAILED}]),
    override=st.sampled_from([None, "because"]),
    offline=st.booleans(),
)
PEOPLE = (holder("r1", state(), state("site-visit")), holder("r2"))


@given(st.lists(SCANS, max_size=20))
def test_nobody_passes_a_door_twice(scans: list[Scan]) -> None:
    _, _, said = pass_through(standing(*PEOPLE), *scans)
    admitted = [(one.registration_id, one.door) for one in said if isinstance(one, AttendeeAdmitted)]
    assert len(admitted) == len(set(admitted))


@given(st.lists(SCANS, max_size=20))
def test_scans_delivered_twice_change_and_say_nothing(scans: list[Scan]) -> None:
    doors, answers, _ = pass_through(standing(*PEOPLE), *scans)
    assert pass_through(doors, *scans) == (doors, answers, [])


@given(st.lists(SCANS, max_size=20))
def test_each_scan_has_exactly_one_answer_and_one_fact(scans: list[Scan]) -> None:
    _, answers, said = pass_through(standing(*PEOPLE), *scans)
    assert len(answers) == len(scans)
    told = [one.scan_id for one in said if isinstance(one, AttendeeAdmitted | EntryRefused)]
    assert sorted(told) == sorted({one.scan_id for one in scans})


@given(st.lists(SCANS, max_size=20))
def test_people_do_not_disturb_each_other(scans: list[Scan]) -> None:
    scans = list({one.scan_id: one for one in scans}.values())
    _, together, _ = pass_through(standing(*PEOPLE), *scans)
    alone = [one for one in scans if one.registration_id == "r1"]
    _, apart, _ = pass_through(standing(*PEOPLE), *alone)
    assert apart == [one for one in together if one.scan.registration_id == "r1"]
