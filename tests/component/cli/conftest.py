"""A terminal for the `foyer` command, over a state directory of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from shared import secrets

Foyer = Callable[..., Result]


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("FOYER_STATE", str(tmp_path))
    for name in ("FOYER_KAFKA", "FOYER_MONGO", "FOYER_SMTP", "FOYER_SECRETS", "FOYER_CLOCK_FILE"):
        monkeypatch.delenv(name, raising=False)
    yield tmp_path
    secrets.key.cache_clear()


@pytest.fixture
def foyer(state: Path) -> Foyer:  # noqa: ARG001
    """Runs a command and gives its exit code, stdout and stderr."""

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, list(words))

    return run
