"""Time: the one place that reads it. All processes share one clock, which a rehearsal may move forward."""

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

REREAD_AFTER = 0.25  # seconds: a moved clock is in force everywhere well within one


class Clock:
    """The real time plus an offset kept in a small file; without a file, the real time."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._offset = timedelta()
        self._read_at = float("-inf")

    def now(self) -> datetime:
        """Foyer's time, aware, in UTC."""
        return self.wall() + self._current_offset()

    def wall(self) -> datetime:
        """The machine's own time. Retention is counted in it: a database expires documents by its own clock."""
        return datetime.now(UTC)  # noqa: TID251  this is the place that may

    def _current_offset(self) -> timedelta:
        if self._file is not None and (tick := time.monotonic()) - self._read_at >= REREAD_AFTER:
            self._read_at = tick
            self._offset = read_offset(self._file)
        return self._offset


def read_offset(file: Path) -> timedelta:
    try:
        return timedelta(seconds=float(json.loads(file.read_text())["offset_seconds"]))
    except FileNotFoundError:
        return timedelta()


def set_clock(file: Path, moment: datetime) -> None:
    """Make every process that shares the file read `moment` (aware) from now on."""
    offset = moment - Clock().wall()
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps({"offset_seconds": offset.total_seconds()}))
    os.replace(draft, file)  # noqa: PTH105  atomic where a reader may be half-way


def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: `2021-11-22T08:00:00.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def random_id() -> str:
    """For what has no cause of its own: a request, a process. Nothing is decided by it."""
    return os.urandom(16).hex()
