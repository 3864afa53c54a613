"""Stars: on sessions of the agenda that one may come to, taken back at any time."""

import pytest

from services.scheduling.domain import Diary, Reason, Star
from shared.messages import Message
from tests.unit.scheduling.building import (
    SESSIONS,
    G,
    after,
    cancelled,
    confirmed,
    empty,
    erased,
    published,
    run,
    stars,
    waitlisted,
)

TAKES_BACK = stars(number=2, starred=False)


@pytest.fixture
def diary() -> Diary:
    return after(empty(), published(), confirmed(), confirmed("bob"))


def reason(diary: Diary, submission: str = "star-ada-opening-1") -> Reason | None:
    return diary.answers[submission].reason


def test_a_session_is_starred_and_the_star_taken_back(diary: Diary) -> None:
    starred = after(diary, stars(), stars("bob"))
    assert starred.stars == {Star(G, "opening", "ada"), Star(G, "opening", "bob")}
    assert after(starred, TAKES_BACK).stars == {Star(G, "opening", "bob")}


def test_a_second_star_and_one_that_was_never_given_change_nothing(diary: Diary) -> None:
    assert after(diary, stars(), stars(number=3)).stars == after(diary, stars()).stars
    outcome = run(diary, TAKES_BACK)
    assert (outcome.after.stars, reason(outcome.after, TAKES_BACK.id)) == (frozenset(), None)


def test_a_star_delivered_twice_is_one(diary: Diary) -> None:
    assert run(after(diary, stars()), stars()).decided == ()
    assert after(diary, stars(), TAKES_BACK, stars()).stars == frozenset()


def test_a_star_on_a_session_that_is_not_there_is_refused(diary: Diary) -> None:
    refused = after(diary, stars(session="nothing"))
    assert (refused.stars, reason(refused, "star-ada-nothing-1")) == (frozenset(), Reason.UNKNOWN_SESSION)
    assert reason(after(empty(), published(sessions=[]), confirmed(), stars())) is Reason.UNKNOWN_SESSION


@pytest.mark.parametrize("fact", [cancelled(), erased(), waitlisted(version=2)], ids=["cancelled", "erased", "waits"])
def test_who_does_not_come_stars_nothing(diary: Diary, fact: Message) -> None:
    refused = after(diary, fact, stars())
    assert (refused.stars, reason(refused)) == (frozenset(), Reason.NOT_REGISTERED)


def test_a_star_is_taken_back_when_its_session_is_gone(diary: Diary) -> None:
    gone = after(diary, stars(), published(2, sessions=SESSIONS[1:]))
    assert gone.stars
    assert after(gone, TAKES_BACK).stars == frozenset()


def test_an_erasure_takes_the_stars_along(diary: Diary) -> None:
    assert after(diary, stars(), stars("bob"), erased()).stars == {Star(G, "opening", "bob")}
