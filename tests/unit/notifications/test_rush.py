"""Mails make way for a rush, and not for ever."""

from services.notifications.rush import AT_MOST, CALM_AFTER, MANY, Rush


class Now:
    at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_a_few_facts_are_no_rush() -> None:
    rush = Rush(Now())
    rush.heard(MANY - 1)
    assert rush.left <= 0


def test_mails_wait_until_it_is_calm() -> None:
    now = Now()
    rush = Rush(now)
    rush.heard(MANY)
    now.at += CALM_AFTER / 2
    rush.heard(MANY)
    assert rush.left == CALM_AFTER
    now.at += CALM_AFTER
    assert rush.left <= 0


def test_a_rush_without_end_holds_mails_up_once() -> None:
    now = Now()
    rush = Rush(now)
    waited = 0.0
    for _ in range(200):
        rush.heard(MANY)
        waited += 0.5 if rush.left > 0 else 0
        now.at += 0.5
    assert waited == AT_MOST


def test_after_a_calm_the_next_rush_counts_anew() -> None:
    now = Now()
    rush = Rush(now)
    for _ in range(100):
        rush.heard(MANY)
        now.at += 0.5
    now.at += CALM_AFTER
    rush.heard(MANY)
    assert rush.left == CALM_AFTER
