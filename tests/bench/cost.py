"""What processes cost: their CPU time and memory, as the kernel counts them."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
USER, SYSTEM = 11, 12  # fields of stat behind the name, which may itself hold blanks and brackets
MEBI = 1024 * 1024


def cpu_seconds(stat: str) -> float:
    """User and system time in the text of `/proc/<pid>/stat`; children that were waited for are not in it."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[USER]) + int(fields[SYSTEM])) / TICKS


def resident_mib(status: str) -> float:
    """Memory in the text of `/proc/<pid>/status`."""
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024 / MEBI


def cpu(pids: Mapping[str, int]) -> dict[str, float]:
    """CPU seconds of each process so far."""
    return {name: cpu_seconds(text) for name, text in _read(pids, "stat").items()}


def memory(pids: Mapping[str, int]) -> dict[str, float]:
    """MiB of each process."""
    return {name: resident_mib(text) for name, text in _read(pids, "status").items()}


def _read(pids: Mapping[str, int], file: str) -> dict[str, str]:
    texts = {}
    for name, pid in pids.items():
        with suppress(FileNotFoundError, ProcessLookupError):  # it has just ended
            texts[name] = Path(f"/proc/{pid}/{file}").read_text()
    return texts


def per_request(before: Mapping[str, float], after: Mapping[str, float], requests: int) -> dict[str, float]:
    """Milliseconds that each process spent on one request; of those that ran all the time."""
    return {name: 1000 * (after[name] - was) / max(requests, 1) for name, was in before.items() if name in after}
