"""`make bench`: an echo, an accepted and a decided registration, alternating, driven by wrk; ratios to the echo."""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from cli.state import CHECKOUT, State
from deploy.local import ports

HERE = Path(__file__).parent
STATE = Path(".foyer/bench")
GATHERING = {
    "gathering": "bench",
    "title": "Bench",
    "timezone": "Europe/Paris",
    "parts": [
        {"part": "talk", "starts": "2099-01-01T09:00", "ends": "2099-01-01T18:00", "modes": {"remote": {}}},
    ],
}
PATIENCE = 180.0


@dataclass(frozen=True)
class Way:
    """One way through the system: its name, where it is asked, and what must come back."""

    name: str
    url: str
    prefer: str
    expected: str


@dataclass(frozen=True)
class Measured:
    path: str
    concurrency: int
    per_second: float
    p50_ms: float
    p99_ms: float
    unexpected: int


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--seconds", type=int, default=6, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many is shown")
    parser.add_argument("--concurrency", default="1,16,64,256")
    parser.add_argument("--json", type=Path, default=STATE / "result.json")
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: install it (`apt-get install wrk`) and run this again")
    os.chdir(CHECKOUT)
    with ExitStack() as running:
        gateway = running.enter_context(foyer())
        echo = running.enter_context(echoing())
        paths = [
            Way("echo", f"{echo}/echo", "wait=5", "decided"),
            Way("accepted", f"{gateway}/v1/gatherings/bench/registrations", "respond-async", "accepted"),
            Way("decided", f"{gateway}/v1/gatherings/bench/registrations", "wait=5", "decided"),
        ]
        found = []
        for concurrency in map(int, asked.concurrency.split(",")):
            rounds = [measure(path, concurrency, asked.seconds) for _ in range(asked.rounds) for path in paths]
            found += [median(path, rounds) for path in paths]
    show(found)
    asked.json.write_text(json.dumps([asdict(one) for one in found], indent=1))
    if any(one.unexpected for one in found):
        sys.exit("some answers were not what was asked for: the figures above do not count")


@contextmanager
def foyer() -> Iterator[str]:
    """The whole system with its own state, and a gathering that everybody fits in."""
    shutil.rmtree(STATE, ignore_errors=True)
    port = ports.any_free()
    environment = os.environ | {"FOYER_STATE": str(STATE), "FOYER_PORT": str(port), "FOYER_LIMITS": "off"}
    url = f"http://127.0.0.1:{port}"
    with child([sys.executable, "-m", "deploy.local"], environment):
        state = State(STATE)
        wait_for(state.tokens.exists)
        staff = {"Authorization": f"Bearer {json.loads(state.tokens.read_text())['organiser']}"}
        wait_for(lambda: httpx.put(f"{url}/v1/gatherings/bench", json=GATHERING, headers=staff).is_success)
        httpx.post(f"{url}/v1/gatherings/bench/publish", headers=staff).raise_for_status()
        yield url


@contextmanager
def echoing() -> Iterator[str]:
    port = ports.any_free()
    options = ["--port", str(port), "--no-access-log", "--log-level", "warning"]
    with child([sys.executable, "-m", "uvicorn", "tests.bench.echo:app", *options], dict(os.environ)):
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: httpx.get(f"{url}/openapi.json").is_success)
        yield url


@contextmanager
def child(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=sys.stderr)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(ready: Any) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            if ready():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    sys.exit("it did not come up in time")


def measure(path: Way, concurrency: int, seconds: int) -> Measured:
    command = ["wrk", "-t", str(min(2, concurrency)), "-c", str(concurrency), "-d", f"{seconds}s", "--timeout", "10s"]
    command += ["-s", str(HERE / "register.lua"), path.url]
    run = f"{path.name}{concurrency}x{time.monotonic_ns()}"
    environment = os.environ | {"BENCH_PREFER": path.prefer, "BENCH_RUN": run}
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    result = json.loads(answer.split("RESULT ")[1])
    good = result[path.expected]
    unexpected = result["requests"] - good + result["errors"]
    rate = good / result["seconds"]
    return Measured(path.name, concurrency, rate, result["p50_ms"], result["p99_ms"], unexpected)


def median(path: Way, rounds: list[Measured]) -> Measured:
    own = [one for one in rounds if one.path == path.name]
    return Measured(
        path.name,
        own[0].concurrency,
        statistics.median(one.per_second for one in own),
        statistics.median(one.p50_ms for one in own),
        statistics.median(one.p99_ms for one in own),
        sum(one.unexpected for one in own),
    )


def show(found: list[Measured]) -> None:
    table = Table(title="Registrations, driven by wrk; everything on this machine")
    for column in ("path", "concurrency", "per second", "÷ echo", "p50 ms", "p99 ms"):
        table.add_column(column, justify="left" if column == "path" else "right")
    echo = {one.concurrency: one.per_second for one in found if one.path == "echo"}
    for one in found:
        ratio = one.per_second / echo[one.concurrency]
        cells = (f"{one.per_second:,.0f}", f"{ratio:.2f}", f"{one.p50_ms:.1f}", f"{one.p99_ms:.1f}")
        table.add_row(one.path, str(one.concurrency), *cells)
    Console().print(table)


if __name__ == "__main__":
    main()
