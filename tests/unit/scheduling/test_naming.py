"""What a batch asks the store for."""

from datetime import timedelta

from services.scheduling.domain import (
    BlockDesk,
    Command,
    Gathering,
    LapseHolds,
    ModerateQuestion,
    MoveBooking,
    PublishAgenda,
    QuestionStatus,
    ReleaseBooking,
    Waiter,
    WalkIn,
    wanted,
)
from shared.messages.gathering import ReleaseLabel
from shared.messages.scheduling import AgendaPublished
from tests.unit.scheduling.building import (
    EARLY,
    NOON,
    G,
    asks,
    backs,
    command,
    confirmed,
    definition,
    erased,
    holds,
    moves,
    prefers,
    published,
    questions,
    releases,
    slot,
    waits,
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


def test_holds_waits_and_acts_of_staff_name_what_they_rest_on() -> None:
    hold = wanted([command(holds("ada", "any"))])
    assert (hold.slots, hold.experts) == ({("ada", "any")}, True)
    queue = wanted([command(waits("bob"))])
    assert (queue.registrations, queue.experts) == ({"bob"}, True)
    moved = wanted([command(MoveBooking("booking-ada", "ada", slot(10)))])
    assert (moved.bookings, moved.slots) == ({"booking-ada"}, {("ada", slot(10))})
    walk_in = wanted([command(WalkIn("walk-1", "cyd", "anna"))])
    assert walk_in.slots == {("cyd", "any")}
    released = wanted([command(ReleaseBooking("booking-ada", "ada"))])
    assert (released.bookings, released.slots, released.experts) == ({"booking-ada"}, set(), False)
    ill = wanted([command(BlockDesk("ill", "anna", NOON, NOON + timedelta(hours=1), elsewhere=True))])
    assert (ill.losers, ill.everybody) == ("anna", True)


def test_whoever_waits_may_be_given_something() -> None:
    names = wanted([command(releases("ada"))])
    assert not names.experts
    names.add_waiter(Waiter(G, "bob", "anna", EARLY))
    assert (names.registrations, names.experts) == ({"ada", "bob"}, True)


def test_for_any_slot_all_ticks_of_the_person_are_looked_at() -> None:
    gathering = Gathering(G, 1, definition())
    every = wanted([command(asks("ada", "any"))]).attendee_claims(gathering)
    assert len(every) == 10  # fifty minutes, of two desks at once
    assert wanted([command(asks("ada", "nothing"))]).attendee_claims(gathering) == set()
    assert wanted([command(asks("ada", "any"))]).attendee_claims(None) == set()


def test_questions_name_themselves_and_who_asks() -> None:
    asked = wanted([command(questions("ada"))])
    assert (asked.askers, asked.release) == ({"ada"}, True)
    backed = wanted([command(backs("bob"))])
    assert (backed.questions, backed.voices) == ({"question-ada-1"}, {"question-ada-1:bob"})
    assert wanted([command(ModerateQuestion("question-ada-1", QuestionStatus.OPEN))]).questions == {"question-ada-1"}
    assert wanted([command(erased("ada"))]).askers == {"ada"}
    assert wanted([command(LapseHolds())]).registrations == set()
