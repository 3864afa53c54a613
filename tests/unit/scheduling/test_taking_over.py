"""A colleague takes a registration over: the key of whoever held it before opens nothing at scheduling any more."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from services.scheduling.domain import Diary, Plan, Reason, Request, Topic
from shared.messages.registration import RegistrationChanged
from shared.messages.scheduling import SlotRefused
from tests.unit.scheduling.building import (
    EARLY,
    FAIR,
    G,
    after,
    asks,
    backs,
    changed,
    empty,
    erased,
    gives_up,
    holds,
    moves,
    notes,
    opened,
    prefers,
    published,
    questions,
    releases,
    run,
    said,
    says_yes,
    shows,
    slot,
    stars,
    waits,
)

EVERYTHING: Mapping[str, Request] = {
    "book": asks(booking="second", slot_id=slot(30)),
    "move": moves(),
    "release": releases(),
    "wish": prefers(),
    "hold": holds(slot_id=slot(20)),
    "star": stars(),
    "wait": waits(desk="marc", number=2),
    "leave": waits(desk="marc", number=3, leave=True),
    "ask": questions(),
    "back": backs("ada", "question-bob-1"),
    "introduce": shows(),
    "agree": says_yes(),
    "give up": gives_up("meeting"),
    "note": notes("meeting"),
}


def substituted(version: int = 2, generation: int = 1, **also: Any) -> RegistrationChanged:
    return changed(version=version).model_copy(update={"substituted": True, "generation": generation, **also})


def asked_with(generation: int, request: Request) -> Request:
    return request.model_copy(update={"generation": generation})


@pytest.fixture
def diary() -> Diary:
    """Ada has a meeting and a turn, Bob has asked a question, and then somebody takes Ada's registration over."""
    return after(opened(partnering=FAIR), published(2, partnering=FAIR), asks(), waits(desk="marc"), questions("bob"))


@pytest.mark.parametrize("name", EVERYTHING)
def test_who_held_it_before_is_refused_and_changes_nothing(diary: Diary, name: str) -> None:
    request, theirs = EVERYTHING[name], after(diary, substituted())
    outcome = run(theirs, request)
    [submission] = outcome.after.answers.keys() - theirs.answers.keys()
    of_booking = name in {"move", "release"}
    expected = Reason.NO_SUCH_BOOKING if of_booking else Reason.NOT_REGISTERED
    assert outcome.after.answers[submission].reason is expected
    assert {one.reason for one in said(outcome) if isinstance(one, SlotRefused)} <= {"not-registered"}
    for kept in ("bookings", "holds", "waiters", "preferences", "profiles", "stars", "questions", "voices", "meetings"):
        assert getattr(outcome.after, kept) == getattr(theirs, kept)


@pytest.mark.parametrize("name", EVERYTHING)
def test_the_colleague_is_answered_as_the_holder_was(diary: Diary, name: str) -> None:
    """Also before the fact is heard: their key is signed, so registration has decided it already."""
    request = EVERYTHING[name]
    before = run(diary, request).after.answers
    theirs = asked_with(1, request)
    assert run(after(diary, substituted()), theirs).after.answers == before
    assert run(diary, theirs).after.answers == before


def told() -> Diary:
    """Ada has said what one can say of oneself, and Bob too."""
    everything = (asks(), prefers(no_thanks=("cyd",)), shows(), stars(), questions(), waits(desk="marc"))
    return after(opened(), published(2), *everything, prefers("bob"), shows("bob"), stars("bob"), asks("bob", slot(10)))


def kept(diary: Diary, who: str = "ada") -> dict[str, Any]:
    return {
        "wishes": diary.preferences.get(who),
        "profile": diary.profiles.get(who),
        "stars": [one for one in diary.stars if one.registration_id == who],
        "topic": diary.bookings[f"booking-{who}"].topic,
    }


NOTHING: Mapping[str, Any] = {"wishes": None, "profile": None, "stars": [], "topic": None}


def test_what_the_former_holder_said_is_not_the_colleagues() -> None:
    """The meeting, the turn and a question that bears no name are."""
    before = told()
    assert None not in kept(before).values()
    theirs = after(before, substituted())
    assert kept(theirs) == NOTHING
    assert kept(theirs, "bob") == kept(before, "bob")
    assert theirs.bookings["booking-ada"].live
    assert (theirs.waiters, theirs.questions) == (before.waiters, before.questions)


def test_what_the_colleague_says_before_the_fact_is_heard_stays() -> None:
    early = after(told(), asked_with(1, shows(number=2, sealed="theirs")))
    assert kept(early) == {**NOTHING, "profile": early.profiles["ada"]}
    assert kept(after(early, substituted()))["profile"].sealed == "theirs"


def test_a_change_by_the_same_holder_takes_nothing_away() -> None:
    before = told()
    assert kept(after(before, changed())) == kept(before)
    theirs = after(before, substituted(), asked_with(1, shows(number=2, sealed="theirs")))
    assert kept(after(theirs, substituted(version=3)))["profile"].sealed == "theirs"


def test_whom_the_former_holder_never_wanted_to_meet_can_be_met_by_the_colleague() -> None:
    plan = Plan(G, Topic.PARTNERING, "p", EARLY)
    diary = replace(opened(partnering=FAIR), plans={Topic.PARTNERING: plan})
    wished = after(diary, prefers(no_thanks=("bob",)), prefers("bob", meet=("ada",)))
    assert after(wished, says_yes()).answers["yes-ada-bob-1"].reason is Reason.NOT_MUTUAL
    assert after(wished, asked_with(1, says_yes())).answers["yes-ada-bob-1"].reason is None


def test_the_newest_fact_says_who_holds_it_whichever_is_heard_first() -> None:
    diary = after(opened(), substituted(version=4, generation=2), substituted(version=2, generation=1))
    assert diary.registrations["ada"].generation == 2
    assert not diary.registrations["ada"].opens_to(1)


def test_a_fact_without_the_number_hands_nothing_back() -> None:
    diary = after(opened(), substituted(), changed(version=3))
    assert diary.registrations["ada"].generation == 1
    assert after(diary, erased(version=4)).registrations["ada"].generation == 1


def test_what_waited_for_the_registration_is_refused_if_it_is_somebody_elses_by_then() -> None:
    waiting = after(empty(), published(), asks(), asked_with(1, asks(booking="theirs", slot_id=slot(10))))
    assert len(waiting.waiting) == 2
    answers = after(waiting, substituted()).answers
    assert answers["booking-ada"].reason is Reason.NOT_REGISTERED
    assert answers["theirs"].reason is None
