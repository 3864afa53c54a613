"""When invitations that nobody took up are chased."""

from datetime import UTC, datetime, timedelta

from services.registration.domain import chased_if_issued_by
from tests.support.registration import FORUM, OPEN, definition, with_pool

CLOSES = datetime(2021, 11, 22, 18, tzinfo=UTC)  # of the one part that asks for an invitation: its end
DAY = timedelta(days=1)


def test_they_are_chased_in_the_last_three_days_and_not_the_day_after_they_came() -> None:
    assert chased_if_issued_by(definition(), CLOSES - 3 * DAY - timedelta(seconds=1)) is None
    assert chased_if_issued_by(definition(), CLOSES - 3 * DAY) == CLOSES - 4 * DAY
    assert chased_if_issued_by(definition(), CLOSES - timedelta(seconds=1)) == CLOSES - DAY - timedelta(seconds=1)
    assert chased_if_issued_by(definition(), CLOSES) is None


def test_a_part_that_is_cancelled_or_asks_for_none_chases_nobody() -> None:
    near = CLOSES - DAY
    assert chased_if_issued_by(with_pool(FORUM, cancelled=True), near) is None
    assert chased_if_issued_by(with_pool(FORUM, invitation=None), near) is None
    assert chased_if_issued_by(with_pool(OPEN, closes=None), near) == near - DAY


def test_a_deadline_of_its_own_counts() -> None:
    early = with_pool(FORUM, closes="2021-11-10T00:00")
    assert chased_if_issued_by(early, datetime(2021, 11, 8, tzinfo=UTC)) == datetime(2021, 11, 7, tzinfo=UTC)
    assert chased_if_issued_by(early, CLOSES - DAY) is None
