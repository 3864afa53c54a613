"""France, November 2021, as data: the boundary of each rule, to the day and to the second."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.rehearsal import dcc
from services.checkin.credentials import Policy, Reason, RecoveryRule, SampleRule, VaccinationRule, judge
from services.checkin.credentials.health import Entry, Kind

PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2021, 11, 22, 9, 0, tzinfo=PARIS)
PFIZER, JANSSEN = "EU/1/20/1528", "EU/1/20/1525"
FRANCE = Policy(
    valid_from=datetime(2021, 9, 30, tzinfo=PARIS),
    valid_until=datetime(2021, 11, 29, tzinfo=PARIS),
    vaccination=VaccinationRule(
        days_after_complete=7,
        days_after_complete_by_product={JANSSEN: 28},
        products=frozenset({PFIZER, "EU/1/20/1507", "EU/1/20/1529", JANSSEN}),
    ),
    recovery=RecoveryRule(from_day=11, to_day=180),
    test=SampleRule(max_age=timedelta(hours=72)),
)
GROUPS = {"v": Kind.VACCINATION, "r": Kind.RECOVERY, "t": Kind.TEST}


def entries(health: dict[str, list[dict[str, object]]]) -> list[Entry]:
    return [Entry(GROUPS[group], fields) for group, listed in health.items() for fields in listed]


def accepted(health: dict[str, list[dict[str, object]]], at: datetime = AT, policy: Policy = FRANCE) -> bool:
    return judge(entries(health), policy, at).satisfied


def days_ago(days: int) -> date:
    return AT.date() - timedelta(days=days)


@pytest.mark.parametrize(
    ("age", "good"),
    [
        (timedelta(hours=71, minutes=59, seconds=59), True),
        (timedelta(hours=72), True),
        (timedelta(hours=72, seconds=1), False),
        (timedelta(0), True),
        (timedelta(seconds=-1), False),
    ],
)
def test_a_sample_is_good_for_72_hours_to_the_second(age: timedelta, good: bool) -> None:  # noqa: FBT001
    assert accepted(dcc.sample(AT - age)) is good


def test_the_hours_of_a_sample_are_real_hours_when_the_clocks_change() -> None:
    autumn = datetime(2021, 11, 1, 9, 0, tzinfo=PARIS)  # an hour was repeated on 31 October
    sampled = autumn.astimezone(UTC) - timedelta(hours=72)
    assert accepted(dcc.sample(sampled.astimezone(PARIS)), autumn)
    assert not accepted(dcc.sample(sampled.astimezone(PARIS) - timedelta(seconds=1)), autumn)


@pytest.mark.parametrize(
    "written",
    ["2021-11-21T10:00:00Z", "2021-11-21T11:00:00+01:00", "2021-11-21T11:00:00+0100", "2021-11-21T10:00:00.123456789Z",
     "2021-11-21T11+01", "2021-11-21T10:00:00"],
)  # fmt: skip
def test_sample_times_are_read_however_issuers_write_them(written: str) -> None:
    sample = dcc.sample(AT)
    sample["t"][0]["sc"] = written
    assert accepted(sample)


@pytest.mark.parametrize("written", ["yesterday", "", None, 7, "2021-13-45T99:00:00Z"])
def test_a_sample_without_a_time_proves_nothing(written: object) -> None:
    sample = dcc.sample(AT)
    sample["t"][0]["sc"] = written
    assert not accepted(sample)


def test_a_time_that_the_encoding_itself_marks_is_read() -> None:
    assert accepted({"t": [{"sc": AT - timedelta(hours=1), "tr": "260415000"}]})


def test_a_positive_test_is_no_proof() -> None:
    assert not accepted(dcc.sample(AT - timedelta(hours=1), negative=False))


@pytest.mark.parametrize(("days", "good"), [(6, False), (7, True), (300, True), (-1, False)])
def test_a_complete_course_counts_from_the_seventh_day(days: int, good: bool) -> None:  # noqa: FBT001
    assert accepted(dcc.vaccination(days_ago(days))) is good


@pytest.mark.parametrize(("days", "good"), [(27, False), (28, True)])
def test_janssen_counts_from_the_28th_day(days: int, good: bool) -> None:  # noqa: FBT001
    assert accepted(dcc.vaccination(days_ago(days), dose=1, series=1, product=JANSSEN)) is good


@pytest.mark.parametrize(
    ("dose", "series", "good"), [(1, 2, False), (2, 2, True), (2, 1, True), (3, 4, False), (0, 0, False)]
)
def test_a_course_is_complete_when_doses_reach_the_series(dose: int, series: int, good: bool) -> None:  # noqa: FBT001
    assert accepted(dcc.vaccination(days_ago(30), dose, series)) is good


@pytest.mark.parametrize("product", [PFIZER, JANSSEN])
def test_from_the_third_dose_there_is_no_wait(product: str) -> None:
    assert accepted(dcc.vaccination(days_ago(0), dose=3, series=3, product=product))
    assert not accepted(dcc.vaccination(days_ago(-1), dose=3, series=3, product=product))


def test_a_product_that_is_not_listed_is_refused_and_without_a_list_any_is_good() -> None:
    other = dcc.vaccination(days_ago(30), product="EU/1/99/0000")
    assert not accepted(other)
    assert accepted(other, policy=Policy(vaccination=VaccinationRule()))


@pytest.mark.parametrize(("field", "value"), [("dn", None), ("dn", True), ("sd", "2"), ("dt", 7), ("dt", "2021-99-99")])
def test_a_vaccination_without_its_numbers_proves_nothing(field: str, value: object) -> None:
    shown = dcc.vaccination(days_ago(30))
    shown["v"][0][field] = value
    assert not accepted(shown)


@pytest.mark.parametrize("day", ["2021-11-01T00:00:00", datetime(2021, 11, 1, tzinfo=UTC), date(2021, 11, 1)])
def test_days_are_read_however_issuers_write_them(day: object) -> None:
    shown = dcc.vaccination(days_ago(30))
    shown["v"][0]["dt"] = day
    assert accepted(shown)


@pytest.mark.parametrize(("days", "good"), [(10, False), (11, True), (180, True), (181, False)])
def test_a_recovery_counts_from_day_11_to_day_180(days: int, good: bool) -> None:  # noqa: FBT001
    assert accepted(dcc.recovery(days_ago(days))) is good


def test_another_disease_is_no_proof() -> None:
    shown = dcc.recovery(days_ago(30))
    shown["r"][0]["tg"] = "6142004"
    assert not accepted(shown)


def test_one_good_entry_of_two_is_enough() -> None:
    assert accepted(dcc.recovery(days_ago(2)) | dcc.vaccination(days_ago(30)))


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (datetime(2021, 9, 29, 23, 59, 59, tzinfo=PARIS), Reason.POLICY_NOT_IN_FORCE),
        (datetime(2021, 9, 30, tzinfo=PARIS), Reason.ACCEPTED),
        (datetime(2021, 11, 28, 23, 59, 59, tzinfo=PARIS), Reason.ACCEPTED),
        (datetime(2021, 11, 29, tzinfo=PARIS), Reason.POLICY_NOT_IN_FORCE),
    ],
)
def test_a_policy_is_in_force_between_its_dates(at: datetime, reason: Reason) -> None:
    assert judge(entries(dcc.sample(at - timedelta(hours=1))), FRANCE, at).reason is reason


def test_a_kind_that_the_policy_does_not_name_is_refused() -> None:
    assert not accepted(dcc.sample(AT), policy=Policy())


@given(st.integers(-400, 400), st.sampled_from([PFIZER, JANSSEN]), st.integers(1, 2))
def test_waiting_longer_never_takes_a_vaccination_away(days: int, product: str, dose: int) -> None:
    shown = dcc.vaccination(days_ago(0), dose, dose, product)
    moment = datetime(2021, 11, 22, 9, tzinfo=UTC)
    policy = Policy(vaccination=FRANCE.vaccination)
    if accepted(shown, moment + timedelta(days=days), policy):
        assert accepted(shown, moment + timedelta(days=days + 1), policy)
