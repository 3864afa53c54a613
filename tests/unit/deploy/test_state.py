"""The state directory's files."""

from datetime import timedelta
from pathlib import Path

from cli import state
from cli.state import State
from shared import secrets
from shared.clock import Clock
from shared.tokens import Role, Tokens


def test_a_file_is_replaced_whole_so_that_a_reader_never_sees_half(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    state.replace(file, {"processes": []})

    with file.open() as reader:
        state.replace(file, {"processes": [1]})
        assert reader.read() == '{\n  "processes": []\n}\n'

    assert state.read(file) == {"processes": [1]}
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_is_missing_or_torn_reads_as_nothing(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    assert state.read(file) == {}
    file.write_text('{"kafka":')
    assert state.read(file) == {}


def test_tokens_are_good_for_every_gathering_and_as_long_as_the_state_lives(tmp_path: Path) -> None:
    here = State(tmp_path)
    secrets.create(here.secrets)

    written = state.write_tokens(here, Clock())

    assert set(written) == {"organiser", "door", "expert", "auditor", "admin"}
    later = Clock().wall() + timedelta(days=365)
    door = Tokens(here.secrets).read_staff(written["door"], later)
    assert door.role is Role.DOOR
    assert door.covers("a-gathering-put-later")
    assert here.tokens.stat().st_mode & 0o077 == 0


def test_tokens_are_kept_from_run_to_run_until_the_secrets_change(tmp_path: Path) -> None:
    here = State(tmp_path)
    secrets.create(here.secrets)
    first = state.write_tokens(here, Clock())
    assert state.write_tokens(here, Clock()) == first

    (here.secrets / "staff.key").unlink()
    secrets.key.cache_clear()
    secrets.create(here.secrets)

    assert state.write_tokens(here, Clock()) != first
