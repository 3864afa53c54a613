"""The checker must itself be checked: a good history passes, and each bent one is reported under its own id."""

import pytest

from tests.faults.checker import judge
from tests.faults.checker.counted import dose
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

    assert (counted.kills, counted.kills_inside, counted.unknown, counted.duplicates) == (1, 1, 1, 1)
    assert (counted.mails_again, counted.replayed, counted.poison) == (2, 100, 1)


@pytest.mark.parametrize(("id_", "bend"), [pytest.param(*one, id=f"{one[0]}-{one[1].__name__}") for one in BENT])
def test_a_bent_history_is_reported_under_its_own_id(id_: str, bend: Bend) -> None:
    history = good()

    bend(history)

    assert id_ in broken(history)
