"""The agenda: first release, working copy, numbered releases, changes."""

from typing import Any

from services.scheduling.domain import DraftAgenda, Fault, Kind, PublishAgenda, faults
from shared.messages.gathering import ReleaseLabel, Session
from shared.messages.scheduling import AgendaPublished
from tests.unit.scheduling.building import SESSIONS, G, after, definition, empty, published, run, said


def sessions(*given: dict[str, Any]) -> tuple[Session, ...]:
    return definition(sessions=given).agenda.sessions


def only(outcome: Any) -> AgendaPublished:
    found = said(outcome)
    assert len(found) == 1
    assert isinstance(found[0], AgendaPublished)
    return found[0]


def test_the_definition_brings_the_first_release_under_its_own_label() -> None:
    outcome = run(empty(), published())
    assert only(outcome) == AgendaPublished(gathering_id=G, release=1, label="draft")
    latest = outcome.after.agenda.latest
    assert latest is not None
    assert [one.session.session for one in latest.sessions] == ["opening", "practices"]
    assert {one.revision for one in latest.sessions} == {1}


def test_a_definition_without_sessions_has_no_release() -> None:
    outcome = run(empty(), published(sessions=[]))
    assert not said(outcome)
    assert outcome.after.agenda.latest is None


def test_a_working_copy_is_seen_by_nobody_until_it_is_published() -> None:
    first = after(empty(), published())
    moved = {**SESSIONS[1], "starts": "2021-12-10T10:00"}
    drafted = run(first, DraftAgenda(sessions(SESSIONS[0], moved)))
    assert not said(drafted)
    assert drafted.after.agenda.edition == 1
    assert drafted.after.agenda.latest == first.agenda.latest
    fact = only(run(drafted.after, PublishAgenda(ReleaseLabel.OFFICIAL)))
    assert (fact.release, fact.label) == (2, "official")
    assert [(one.session, one.change) for one in fact.changes] == [("practices", "moved")]


def test_every_change_is_named_and_what_did_not_change_keeps_its_revision() -> None:
    first = after(empty(), published(sessions=[*SESSIONS, {**SESSIONS[1], "session": "gone", "room": "b"}]))
    renamed = {**SESSIONS[0], "title": {"en": "Welcome"}}
    new = {**SESSIONS[1], "session": "new", "room": "c"}
    diary = after(first, DraftAgenda(sessions(renamed, SESSIONS[1], new)), PublishAgenda(ReleaseLabel.DRAFT))
    latest = diary.agenda.latest
    assert latest is not None
    assert {one.session: one.kind for one in latest.changes} == {
        "opening": Kind.CHANGED,
        "new": Kind.ADDED,
        "gone": Kind.REMOVED,
    }
    assert {one.session.session: one.revision for one in latest.sessions} == {"opening": 2, "practices": 1, "new": 2}


def test_publishing_what_is_public_already_says_nothing() -> None:
    first = after(empty(), published())
    assert not run(first, PublishAgenda(ReleaseLabel.DRAFT)).decided
    assert only(run(first, PublishAgenda(ReleaseLabel.OFFICIAL))).changes == ()


def test_a_definition_with_another_agenda_is_the_next_release() -> None:
    first = after(empty(), published())
    assert not said(run(first, published(2)))
    outcome = run(first, published(2, sessions=SESSIONS[:1]))
    assert [one.change for one in only(outcome).changes] == ["removed"]
    assert outcome.after.agenda.edition == 0
    drafted = after(first, DraftAgenda(first.agenda.working))
    assert after(drafted, published(2, sessions=SESSIONS[:1])).agenda.edition == 2


def test_sessions_that_cannot_be_held_are_named() -> None:
    def found(*given: dict[str, Any]) -> list[Fault]:
        return list(faults(sessions(*given), definition()))

    assert found(*SESSIONS) == []
    overlapping = {**SESSIONS[1], "starts": "2021-12-10T09:30"}
    assert [(one.place, "overlaps /sessions/0" in one.detail) for one in found(SESSIONS[0], overlapping)] == [
        (("sessions", 1, "starts"), True)
    ]
    elsewhere = {**overlapping, "room": None}
    assert found(SESSIONS[0], elsewhere) == []
    within = {**SESSIONS[1], "starts": "2021-12-10T09:10", "ends": "2021-12-10T09:20"}
    assert [one.place for one in found(SESSIONS[0], within)] == [("sessions", 1, "starts")]
    assert [one.place for one in found(SESSIONS[0], SESSIONS[0] | {"room": "b"})] == [("sessions", 1, "session")]
    assert [one.place for one in found(SESSIONS[0] | {"part": "night"})] == [("sessions", 0, "part")]
    backwards = SESSIONS[0] | {"ends": "2021-12-10T09:00"}
    assert [one.place for one in found(backwards)] == [("sessions", 0, "ends")]
    early = SESSIONS[0] | {"starts": "2021-12-10T08:00"}
    assert found(early) == []  # coffee is served before the part begins
