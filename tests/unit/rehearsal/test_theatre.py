"""The house a rehearsal is played in: its own, and nobody else's."""

import fcntl
import random
import socket
from pathlib import Path

import pytest

from cli.rehearsal.passes import Passes
from cli.rehearsal.theatre import NotReady, Theatre, _harmless, is_free
from cli.state import State


def test_what_points_at_real_servers_is_left_outside() -> None:
    given = {"FOYER_MONGO": "mongodb://real", "FOYER_KAFKA": "real:9092", "FOYER_LOG_LEVEL": "debug", "PATH": "/bin"}

    assert _harmless(given) == {"FOYER_LOG_LEVEL": "debug", "PATH": "/bin"}


async def test_a_rehearsal_that_is_being_played_is_left_alone(tmp_path: Path) -> None:
    played = tmp_path / "demo"
    played.mkdir()
    (played / "journal.jsonl").write_text("theirs")
    with (played / "lock").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(NotReady, match="already running"):
            await Theatre(State(played)).open(Passes.make(random.Random(1)))  # noqa: S311

    assert (played / "journal.jsonl").read_text() == "theirs"


def test_a_taken_port_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not is_free(taken.getsockname()[1])
