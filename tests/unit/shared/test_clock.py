"""One clock for all processes; it moves forward, never the machine's own."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from shared import clock
from shared.clock import Clock, random_id, read_offset, set_clock, timestamp

THEN = datetime(2021, 11, 8, 8, tzinfo=UTC)


def test_without_a_file_it_is_the_machines_time(tmp_path: Path) -> None:
    for one in (Clock(), Clock(tmp_path / "none")):
        assert abs(one.now() - one.wall()) < timedelta(seconds=1)
        assert one.now().tzinfo is UTC


def test_all_who_share_the_file_read_the_moved_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "REREAD_AFTER", 0)
    file = tmp_path / "clock"
    one, other = Clock(file), Clock(file)
    set_clock(file, THEN)
    assert timedelta() <= one.now() - THEN < timedelta(seconds=5)
    assert abs(one.now() - other.now()) < timedelta(seconds=1)
    assert one.wall().year > 2021
    set_clock(file, THEN + timedelta(days=1))
    assert one.now() > THEN + timedelta(days=1)
    assert not list(tmp_path.glob("*.new"))


def test_the_file_is_not_read_at_every_question(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    set_clock(file, THEN)
    one = Clock(file)
    assert one.now().year == 2021
    file.write_text(json.dumps({"offset_seconds": 0}))
    assert one.now().year == 2021
    assert read_offset(file) == timedelta()


def test_times_are_written_in_utc_with_milliseconds() -> None:
    paris = timezone(timedelta(hours=1))
    assert timestamp(datetime(2021, 11, 22, 9, 0, 0, 999, tzinfo=paris)) == "2021-11-22T08:00:00.000Z"


def test_random_ids_are_never_the_same() -> None:
    assert len({random_id() for _ in range(1000)}) == 1000
