"""CPU time and memory, as the kernel writes them."""

import os
import time
from pathlib import Path

import pytest

from tests.bench import cost

STAT = "4711 (a (strange) name) S 1 4711 4711 0 -1 4194304 900 0 0 0 250 150 7000 8000 20 0 9 0 100 1000 200 0\n"
STATUS = "Name:\tpython\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\nThreads:\t9\n"


def test_cpu_time_is_user_and_system_time_without_that_of_children() -> None:
    assert cost.cpu_seconds(STAT) == pytest.approx(400 / os.sysconf("SC_CLK_TCK"))


def test_memory_is_what_is_resident_now_not_what_was_once() -> None:
    assert cost.resident_mib(STATUS) == 100


def test_a_process_that_works_costs_what_it_says_itself() -> None:
    own = {"this": os.getpid()}
    began = time.process_time()
    before = cost.cpu(own)
    while time.process_time() - began < 0.2:
        sum(range(1000))
    assert cost.cpu(own)["this"] - before["this"] == pytest.approx(time.process_time() - began, abs=0.05)


def test_a_process_that_has_ended_is_left_out() -> None:
    nobody = int(Path("/proc/sys/kernel/pid_max").read_text()) + 1
    assert list(cost.memory({"this": os.getpid(), "gone": nobody})) == ["this"]


def test_what_was_started_meanwhile_is_not_charged() -> None:
    assert cost.per_request({"old": 1.0, "ended": 1.0}, {"old": 3.0, "new": 9.0}, 1000) == {"old": 2.0}
