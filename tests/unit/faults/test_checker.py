"""The checker must itself be checked: a good history passes, and each bent one is reported under its own id."""

from dataclasses import replace

import pytest

from tests.faults.checker import judge
from tests.faults.checker.counted import Dose, dose, too_little
from tests.faults.summary import played_of, table
from tests.unit.faults.bends import BENT, Bend
from tests.unit.faults.history import History, good


def broken(history: History) -> set[str]:
    return {finding.promise.id for finding in judge(history.case()) if finding.is_broken}


def test_a_good_history_breaks_nothing_and_leaves_nothing_untested() -> None:
    findings = judge(good().case())

    assert {finding.promise.id: finding.verdict.breaches for finding in findings if finding.is_broken} == {}
    assert {finding.promise.id for finding in findings if finding.is_untested} == set()


def test_how_much_was_tested_is_counted() -> None:
    counted = dose(good().case())

    assert (counted.kills, counted.kills_inside, counted.duplicates) == (1 + 1 + 7, 1, 1)
    assert (counted.unknown, counted.unknown_resolved, counted.lost_in_restarts) == (1, 1, 1)
    assert (counted.mails_again, counted.replayed, counted.poison) == (2, 100, 1)


ENOUGH = Dose(commands=10_000, unknown_resolved=50, kills=50, kills_inside=15)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        (ENOUGH, []),
        (replace(ENOUGH, commands=9_999), ["19999 commands, and 20000 at least are due"]),
        (replace(ENOUGH, unknown_resolved=49), ["99 unknown resolved, and 100 at least are due"]),
        (replace(ENOUGH, kills=49), ["99 kills, and 100 at least are due"]),
        (replace(ENOUGH, kills_inside=14), ["29 of 100 kills inside a handler, and 30% at least are due"]),
    ],
)
def test_a_tier_that_tested_too_little_says_of_what(second: Dose, said: list[str]) -> None:
    assert list(too_little([ENOUGH, second])) == said


def test_a_tier_is_summed_up_in_one_table() -> None:
    played = [played_of(1, good().case(), []), played_of(2, good().case(), ["S1"])]

    *_, first, second, total = table(played).splitlines()

    assert first.startswith("| 1 | ")
    assert (" holds " in first, " broke S1 " in second, " broke S1 " in total) == (True, True, True)
    assert " 18 (2) " in total
    assert " 5.0 s " in total


@pytest.mark.parametrize(("id_", "bend"), [pytest.param(*one, id=f"{one[0]}-{one[1].__name__}") for one in BENT])
def test_a_bent_history_is_reported_under_its_own_id(id_: str, bend: Bend) -> None:
    history = good()

    bend(history)

    assert id_ in broken(history)
