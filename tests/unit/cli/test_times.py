"""Times and durations as a person types them."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from cli.times import parse_duration, parse_moment


def test_a_moment_is_read_with_its_offset() -> None:
    assert parse_moment("2021-11-08T09:00+01:00") == datetime(2021, 11, 8, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2021-11-08T09:00", "soon", ""])
def test_a_moment_without_its_offset_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_moment(text)


def test_durations_have_one_unit() -> None:
    assert parse_duration("90m") == timedelta(minutes=90)
    assert parse_duration("30d") == timedelta(days=30)


@pytest.mark.parametrize("text", ["12", "h", "-1h", "1h30m", "9999999d"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_duration(text)
