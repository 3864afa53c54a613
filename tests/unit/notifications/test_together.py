"""Mails of working groups and of meetings of two: both are told, each in their own words."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from services.notifications.domain import Notification, Template, View, evolve, hear, suppression
from services.notifications.domain.state import Registration
from services.notifications.mails.letter import Letter, Person
from services.notifications.mails.letters import write
from services.notifications.mails.letters.frame import Stationery
from shared import tokens
from shared.messages.base import Message
from shared.messages.envelope import Received
from shared.messages.gathering import Join, Partnering
from shared.messages.registration import PartState
from shared.messages.scheduling import MeetingCancelled, MeetingScheduled, RoomAssigned, RoomReleased
from tests.unit.notifications.samples import G, R, brief, stationery

AT = datetime(2021, 11, 23, 13, tzinfo=UTC)
TWO = {"gathering_id": "g", "meeting_id": "m", "registration_ids": ("ann", "bob"), "part": "main", "slot_id": "s"}
TIMES = {"starts_at": AT, "ends_at": AT + timedelta(minutes=15)}
SEAT = {"gathering_id": "g", "assignment_id": "a", "registration_id": "ann", "session": "s", "room": "north"} | TIMES
BOB = Person("Bob Builder", "bob@example.org", "en", organisation="Works")


def heard(message: Message, cause: str = "cause") -> Received[Message]:
    return Received(
        message=message,
        id=message.subject(),
        subject=message.subject(),
        time=AT,
        sequence=1,
        correlation_id=None,
        causation_id=cause,
        topic=message.topic,
        partition=0,
        offset=0,
    )


def told(*messages: Message) -> tuple[Notification, ...]:
    return hear(View(), [heard(message) for message in messages]).notifications


@pytest.fixture
def paper(tmp_path: Path) -> Stationery:
    return stationery(tmp_path)


def test_both_who_meet_are_told_once_however_often_it_is_said() -> None:
    scheduled = MeetingScheduled(**TWO, **TIMES, version=1)
    mails = told(scheduled, scheduled)
    assert sorted(one.registration_id or "" for one in mails) == ["ann", "bob"]
    assert len({one.id for one in mails}) == 2


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (MeetingScheduled(**TWO, **TIMES, version=1), MeetingCancelled(**TWO, **TIMES, version=2, reason="released")),
        (RoomAssigned(**SEAT, version=1), RoomAssigned(**SEAT | {"room": "south"}, version=2)),
        (RoomAssigned(**SEAT, version=1), RoomReleased(**SEAT, version=2, reason="reassigned")),
    ],
)
def test_what_has_changed_since_makes_an_unsent_mail_void(first: Message, then: Message) -> None:
    mail = told(first)[0]
    known = evolve(View(), heard(then)).versions[mail.about or ""]
    assert suppression(mail, None, known) is not None
    assert suppression(told(then)[0], None, known) is None


def test_who_attends_nothing_any_more_is_sent_to_no_meeting() -> None:
    gone = Registration("ann", "g", 2, (PartState(part="main", mode="in-person", status="cancelled", reason=None),))
    for message in (MeetingScheduled(**TWO, **TIMES, version=1), RoomAssigned(**SEAT, version=1)):
        assert suppression(told(message)[0], gone, 0) is not None


def rows(letter: Letter) -> dict[str, str]:
    return {row.label: row.value for card in letter.cards for row in card.rows}


def entry(letter: Letter) -> tuple[str, str, int]:
    calendar = Calendar.from_ical(letter.calendars[0].content)
    event = calendar.walk("VEVENT")[0]
    return str(calendar["method"]), str(event["uid"]).partition("@")[0], int(str(event["sequence"]))


def test_a_meeting_names_the_other_side_the_time_and_the_table(paper: Stationery) -> None:
    letter = write(replace(brief(Template.MEETING_SCHEDULED), other=BOB), paper)
    assert "Bob Builder, Works" in letter.subject
    assert rows(letter)["With"] == "Bob Builder, Works"
    assert rows(letter)["Where"] == "Table 4"
    assert entry(letter) == ("REQUEST", "m1", 1)


def online(paper: Stationery, *, is_remote: bool, join: str | None = "https://meet.example.org/$meeting") -> Letter:
    """What one of two is told of a meeting at no table."""
    told = brief(Template.MEETING_SCHEDULED)
    fact = MeetingScheduled(**TWO | {"registration_ids": (R, "o"), "gathering_id": "g"}, **TIMES, version=2)
    terms = Partnering(part="site-visit-1", join=None if join is None else Join(url=join))
    definition = told.definition.model_copy(update={"partnering": terms})
    return write(
        replace(
            told,
            notification=replace(told.notification, content=fact),
            definition=definition,
            other=BOB,
            is_remote=is_remote,
        ),
        paper,
    )


def links(letter: Letter) -> list[str]:
    return [row.href for card in letter.cards for row in card.rows if row.href]


def where(letter: Letter) -> tuple[str, str | None]:
    return next((row.value, row.beside) for card in letter.cards for row in card.rows if row.label == "Where")


def test_both_sides_of_a_meeting_at_no_table_get_a_link_of_their_own(paper: Stationery) -> None:
    for is_remote, says in ((True, "Bob Builder, Works has a link"), (False, "Bob Builder, Works takes part remotely")):
        letter = online(paper, is_remote=is_remote)
        place, how = where(letter)
        assert (place, says in (how or "")) == ("Online", True)
        [link] = links(letter)
        assert link == paper.links.join(tokens.Join(R, G, "meeting:m"))
        assert b"Online" in letter.calendars[0].content


def test_where_no_address_is_set_up_both_are_told_so(paper: Stationery) -> None:
    for is_remote in (True, False):
        letter = online(paper, is_remote=is_remote, join=None)
        assert links(letter) == []
        assert "no address" in (where(letter)[1] or "")


def test_a_meeting_at_a_table_has_no_link(paper: Stationery) -> None:
    letter = write(replace(brief(Template.MEETING_SCHEDULED), other=BOB, is_remote=True), paper)
    assert (links(letter), where(letter)) == ([], ("Table 4", None))


def cancelled_by(who: str | None, paper: Stationery) -> Iterable[str | None]:
    fact = MeetingCancelled(**TWO | {"registration_ids": (R, "o")}, **TIMES, version=2, reason="released", by=who)
    letter = write(replace(brief(Template.MEETING_CANCELLED, content=fact), other=BOB), paper)
    assert entry(letter) == ("CANCEL", "m", 2)
    return [card.note for card in letter.cards]


def test_who_gave_a_meeting_up_is_not_told_that_the_other_side_did(paper: Stationery) -> None:
    assert cancelled_by("o", paper) == ["The other side had to give it up. We are sorry."]
    assert cancelled_by(R, paper) == ["It was released as asked."]


def test_an_erased_person_is_named_to_nobody(paper: Stationery) -> None:
    letter = write(replace(brief(Template.MEETING_CANCELLED), other=None), paper)
    assert rows(letter)["With"] == "an attendee"


def test_a_room_says_where_and_where_it_was(paper: Stationery) -> None:
    letter = write(brief(Template.ROOM_ASSIGNED), paper)
    assert (rows(letter)["Room"], rows(letter)["Before"]) == ("north", "south")
    assert entry(letter) == ("REQUEST", "a1", 2)
    assert entry(write(brief(Template.ROOM_RELEASED), paper)) == ("CANCEL", "a1", 3)


def test_a_new_time_in_the_definition_alone_raises_the_sequence(paper: Stationery) -> None:
    before = brief(Template.RESCHEDULED)
    assert [entry(write(replace(before, edition=edition), paper))[2] for edition in (1, 2)] == [0, 1]


def test_what_lasts_two_days_says_both_in_utc_as_well(paper: Stationery) -> None:
    besides = [row.beside or "" for card in write(brief(Template.CONFIRMED), paper).cards for row in card.rows]
    assert "22 Nov 08:00 \N{EN DASH} 23 Nov 11:30 UTC" in besides[0]
