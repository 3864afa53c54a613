"""Whom a release of the agenda concerns: those who must attend what moved, or have something around it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from services.scheduling.domain import (
    Assignment,
    Diary,
    DraftAgenda,
    EncounterStatus,
    Meeting,
    MeetingSlot,
    PublishAgenda,
)
from shared.messages.gathering import ReleaseLabel
from shared.messages.scheduling import AgendaChange, AgendaChangeNoticed
from tests.unit.scheduling.building import (
    NOON,
    SESSIONS,
    G,
    after,
    asks,
    cancelled,
    confirmed,
    definition,
    empty,
    erased,
    published,
    releases,
    run,
    said,
    slot,
    stars,
)

TALK: dict[str, Any] = {"session": "talk", "part": "day", "starts": "2021-12-10T11:00", "ends": "2021-12-10T12:00"}
PEOPLE = ("ada", "bob", "cyd")


def gathering(*sessions: dict[str, Any], **also: Any) -> Diary:
    return after(empty(), published(sessions=[*SESSIONS, *sessions], **also), *(confirmed(who) for who in PEOPLE))


def told(diary: Diary, *sessions: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    """By registration, what a release of these sessions tells them."""
    facts = noticed(diary, *sessions)
    return {one.registration_id: [(line.session, line.change) for line in one.changes] for one in facts}


def noticed(diary: Diary, *sessions: dict[str, Any]) -> list[AgendaChangeNoticed]:
    draft = DraftAgenda(definition(sessions=[*SESSIONS, *sessions]).agenda.sessions)
    outcome = run(after(diary, draft), PublishAgenda(ReleaseLabel.DRAFT))
    return [one for one in said(outcome) if isinstance(one, AgendaChangeNoticed)]


def test_who_has_a_meeting_within_an_hour_of_the_old_or_the_new_time_is_told() -> None:
    """The desks open at 13:00, by the gathering's clock."""
    diary = after(gathering(TALK), asks("ada", slot(0)), asks("bob", slot(10)))
    assert told(diary, TALK | {"starts": "2021-12-10T10:30"}) == {"ada": [("talk", "moved")]}
    assert told(diary, TALK | {"starts": "2021-12-10T16:00", "ends": "2021-12-10T17:00"}) == {
        "ada": [("talk", "moved")]
    }
    both = {"ada": [("talk", "moved")], "bob": [("talk", "moved")]}
    assert told(diary, TALK | {"starts": "2021-12-10T14:00", "ends": "2021-12-10T15:00"}) == both
    assert told(diary) == {"ada": [("talk", "removed")]}


def test_a_meeting_that_was_given_up_concerns_nobody() -> None:
    diary = after(gathering(TALK), asks("ada", slot(0)), releases("ada"))
    assert told(diary) == {}


def test_who_must_attend_what_moved_is_told() -> None:
    must = TALK | {"mandatory": True}
    assert set(told(gathering(must), must | {"starts": "2021-12-10T11:30"})) == {*PEOPLE}
    assert set(told(after(gathering(must), cancelled("bob"), erased("cyd")))) == {"ada"}


def test_who_starred_what_moved_is_told_whatever_else_they_have() -> None:
    diary = after(gathering(TALK), stars("bob", "talk"), stars("cyd", "opening"))
    assert told(diary, TALK | {"starts": "2021-12-10T11:30"}) == {"bob": [("talk", "moved")]}
    assert told(diary) == {"bob": [("talk", "removed")]}
    assert told(diary, TALK) == {}


def test_a_star_of_somebody_who_comes_no_more_tells_nobody() -> None:
    starred = after(gathering(TALK), stars("bob", "talk"), stars("cyd", "talk"), stars("ada", "talk"))
    diary = after(starred, cancelled("bob"), erased("cyd"), stars("ada", "talk", 2, starred=False))
    assert told(diary) == {}


def test_another_room_at_the_same_time_is_told_with_its_name() -> None:
    must = TALK | {"mandatory": True, "room": "hall"}
    late = TALK | {"session": "late", "starts": "2021-12-10T16:00", "ends": "2021-12-10T17:00", "room": "hall"}
    diary = after(gathering(must, late), stars("ada", "late"))
    moved = noticed(diary, must | {"room": "attic"}, late)
    assert {one.registration_id for one in moved} == {*PEOPLE}
    assert {one.changes for one in moved} == {(AgendaChange(session="talk", change="changed", room="attic"),)}
    [of_ada] = noticed(diary, must, late | {"room": None})
    assert of_ada.registration_id == "ada"
    assert of_ada.changes == (AgendaChange(session="late", change="changed"),)


def test_a_session_that_moves_to_another_room_as_well_says_both() -> None:
    diary = after(gathering(TALK | {"room": "hall"}), stars("ada", "talk"))
    [notice] = noticed(diary, TALK | {"starts": "2021-12-10T11:30", "room": "attic"})
    assert notice.changes == (AgendaChange(session="talk", change="moved", room="attic"),)


def test_a_session_that_is_new_or_reads_otherwise_disturbs_nobody() -> None:
    must = TALK | {"mandatory": True}
    assert told(gathering(), must) == {}
    assert told(gathering(must), must | {"title": {"en": "Another title"}}) == {}


def test_a_room_and_a_meeting_of_two_are_told_of_too_and_each_person_once() -> None:
    starts_at, ends_at = NOON, NOON + timedelta(minutes=10)
    meeting = Meeting("m", G, "day", ("ada", "bob"), MeetingSlot(starts_at, ends_at))
    room = Assignment("a", G, "practices", "ada", "water", starts_at, ends_at)
    late = TALK | {"session": "late", "starts": "2021-12-10T14:00", "ends": "2021-12-10T15:00"}
    diary = replace(gathering(TALK, late), meetings={"m": meeting}, assignments={"a": room})
    both = [("talk", "removed"), ("late", "removed")]
    assert told(diary) == {"ada": both, "bob": both}
    gone = replace(diary, meetings={"m": replace(meeting, status=EncounterStatus.CANCELLED)})
    assert set(told(gone)) == {"ada"}


def test_a_definition_with_another_agenda_tells_the_same_people() -> None:
    diary = after(gathering(TALK), asks("ada", slot(0)))
    outcome = run(diary, published(2))
    facts = [one for one in said(outcome) if isinstance(one, AgendaChangeNoticed)]
    assert [(one.registration_id, one.release) for one in facts] == [("ada", 2)]
