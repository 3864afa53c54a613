"""The `foyer` command as a person meets it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from cli.main import main
from shared.clock import Clock
from shared.tokens import Role, Tokens

from .conftest import Foyer


def test_init_makes_secrets_for_their_owner_alone(foyer: Foyer, state: Path) -> None:
    assert foyer("init").exit_code == 0

    files = list((state / "secrets").iterdir())
    assert files
    assert all(file.stat().st_mode & 0o077 == 0 for file in files)


def test_init_never_changes_a_secret_that_is_there(foyer: Foyer, state: Path) -> None:
    foyer("init")
    before = (state / "secrets" / "staff.key").read_bytes()

    foyer("init", "--keyrings", str(state / "keyrings"))

    assert (state / "secrets" / "staff.key").read_bytes() == before
    assert (state / "keyrings" / "gateway" / "staff.key").read_bytes() == before


def test_a_token_is_printed_alone_and_good_for_what_was_asked(foyer: Foyer, state: Path) -> None:
    foyer("init")

    printed = foyer("token", "--role", "coordinator", "--gathering", "a,b", "--scope", "escp-4x-01", "--ttl", "2h")

    token = printed.stdout.strip()
    staff = Tokens(state / "secrets").read_staff(token, Clock().wall() + timedelta(minutes=119))
    assert (staff.role, staff.gatherings, staff.scope) == (Role.COORDINATOR, ("a", "b"), "escp-4x-01")


def test_the_help_of_token_names_desk_and_delegation_with_an_example_of_each(foyer: Foyer) -> None:
    words = " ".join(foyer("token", "--help").stdout.split())
    assert all(word in words for word in ("desk", "delegation", "--scope arnault-morisson", "--scope escp-4x-01"))


@pytest.mark.parametrize(
    "words",
    [
        ("token", "--role", "king"),
        ("token", "--role", "attendee"),
        ("token", "--role", "door", "--ttl", "long"),
        ("dead-letters", "show", "nobody", "1"),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_exit_code_2(foyer: Foyer, words: tuple[str, ...]) -> None:
    assert foyer(*words).exit_code == 2


def test_the_clock_is_moved_forward(foyer: Foyer, state: Path) -> None:
    ahead = Clock().wall() + timedelta(days=30)

    assert foyer("clock", "set", ahead.isoformat()).exit_code == 0

    assert abs(Clock(state / "clock").now() - ahead) < timedelta(seconds=30)
    assert foyer("clock", "show").stdout.startswith(ahead.isoformat()[:10])


def test_the_clock_is_never_moved_back(foyer: Foyer, state: Path) -> None:
    result = foyer("clock", "set", "2021-11-08T09:00+01:00")

    assert result.exit_code == 1
    assert "only moved forward" in result.stderr
    assert not (state / "clock").exists()


def test_the_doctor_finds_what_is_ill_and_says_so_for_programs_too(
    foyer: Foyer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOYER_REGISTRATION_URL", "http://127.0.0.1:9")
    result = foyer("doctor", "--json")

    findings = {finding["what"]: finding for finding in map(json.loads, result.stdout.splitlines())}
    assert result.exit_code == 1
    assert findings["clock"][""] == "ok"
    assert findings["secrets"][""] == "ILL"
    assert "foyer init" in findings["secrets"]["finding"]
    assert findings["registration"]["finding"].startswith("nobody listens at http://127.0.0.1:9")


def test_the_documents_are_printed_to_stdout(foyer: Foyer) -> None:
    assert json.loads(foyer("openapi").stdout)["openapi"].startswith("3.")
    assert foyer("asyncapi").stdout.startswith("asyncapi: 3.")


@pytest.mark.usefixtures("state")
def test_what_goes_wrong_is_one_line_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FOYER_KAFKA", "127.0.0.1:9")
    monkeypatch.setattr("sys.argv", ["foyer", "topics", "plan"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 1
    assert capsys.readouterr().err == "the broker at 127.0.0.1:9 does not answer\n"
