"""A machine whose own clock is wrong, one process at a time: by libfaketime, which reads in a file how far."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

LIBRARY = "*/faketime/libfaketimeMT.so.1"
REREAD_AFTER = 1  # seconds
PRELOADED = Path(__file__).parent / "preloaded"


def library() -> Path | None:
    """Where Debian's package `libfaketime` puts it; nothing where it is not installed."""
    return next(iter(Path("/usr/lib").glob(LIBRARY)), None)


def environment(library: Path, file: Path) -> Mapping[str, str]:
    """Of a process whose wall clock is as far off as `file` says; its timers go by another clock, which is right."""
    put(file, timedelta())
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file.resolve()),
        "FAKETIME_CACHE_DURATION": str(REREAD_AFTER),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": str(PRELOADED),
    }


def put(file: Path, ahead: timedelta) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(f"{ahead.total_seconds():+.0f}\n")
    draft.replace(file)
