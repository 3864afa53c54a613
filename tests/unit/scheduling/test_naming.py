"""What a batch asks the store for."""

from services.scheduling.domain import BlockDesk, Command, Gathering, PublishAgenda, wanted
from shared.messages.gathering import ReleaseLabel
from shared.messages.scheduling import AgendaPublished
from tests.unit.scheduling.building import (
    NOON,
    G,
    asks,
    command,
    confirmed,
    definition,
    moves,
    prefers,
    published,
    releases,
    slot,
)

GATHERING = Gathering(G, 1, definition())


def test_requests_name_their_people_bookings_and_ticks() -> None:
    names = wanted(map(command, (asks(), moves("bob"), releases("cyd"), prefers("dan"))))
    assert names.registrations == {"ada", "bob", "cyd", "dan"}
    assert names.bookings == {"booking-bob", "booking-cyd"}
    assert names.submissions == {"booking-ada", "move-bob-1", "release-cyd-1", "prefer-dan-1"}
    assert len(names.keys) == 4
    assert names.slots == {("ada", slot(0)), ("bob", slot(10))}
    assert names.experts
    assert not names.learned
    assert not names.everybody
    assert names.attendee_claims(GATHERING) == {
        f"{G}:attendee:ada:20211210T1200Z",
        f"{G}:attendee:ada:20211210T1205Z",
        f"{G}:attendee:bob:20211210T1210Z",
        f"{G}:attendee:bob:20211210T1215Z",
    }


def test_a_slot_that_is_not_on_the_grid_has_no_ticks() -> None:
    names = wanted([command(asks(slot_id="nothing"))])
    assert names.attendee_claims(GATHERING) == set()
    assert names.attendee_claims(None) == set()


def test_facts_name_those_whose_requests_may_wait_for_them() -> None:
    names = wanted([command(confirmed())])
    assert (names.registrations, names.learned) == ({"ada"}, {"ada"})
    assert not names.experts
    names = wanted([command(published())])
    assert names.published
    assert names.everybody
    assert names.agenda


def test_staff_name_what_they_act_on() -> None:
    assert wanted([command(BlockDesk("b", "anna", NOON, NOON))]).everybody
    assert wanted([command(PublishAgenda(ReleaseLabel.DRAFT))]).agenda


def test_other_messages_name_nothing() -> None:
    names = wanted([Command(AgendaPublished(gathering_id=G, release=1, label="draft"), "c", NOON)])
    assert not names.registrations
