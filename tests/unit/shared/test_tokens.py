"""Tokens, seals and keys: nobody else can make one, and none passes for another."""

import base64
import json
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest

from shared import secrets
from shared.errors import Unavailable
from shared.seal import BrokenSeal, Seal
from shared.tokens import InvalidToken, Join, Manage, Role, Staff, Tokens

NOW = datetime(2021, 11, 1, tzinfo=UTC)
STAFF = Staff(Role.ORGANISER, ("g",), "olga", "d1")
MANAGE = Manage("r", "g", (("talk", "in-person"),), 3)
JOIN = Join("r", "g", "talk", 3)


@pytest.fixture
def tokens(secrets_directory: Path) -> Tokens:
    return Tokens(secrets_directory)


def test_what_is_signed_is_read_back(tokens: Tokens) -> None:
    assert tokens.read_staff(tokens.staff(STAFF, NOW, timedelta(hours=1)), NOW) == STAFF
    assert tokens.read_manage(tokens.manage(MANAGE)) == MANAGE
    assert tokens.read_join(tokens.join(JOIN)) == JOIN
    assert tokens.read_service(tokens.service({"actor": {}}, NOW), NOW)["actor"] == {}


def test_a_joining_link_without_a_generation_is_of_the_first(tokens: Tokens, secrets_directory: Path) -> None:
    claims = {"id": "r", "g": "g", "p": "talk"}
    key = secrets.key(secrets_directory, "join.key")
    old = jwt.encode(claims, key, algorithm="HS256", headers={"typ": "join"})
    assert tokens.read_join(old) == Join("r", "g", "talk")


def test_an_expert_s_own_key_is_never_more_than_that(tokens: Tokens, secrets_directory: Path) -> None:
    token = tokens.desk("g", "ada", NOW, timedelta(hours=1))
    assert tokens.read_staff(token, NOW) == Staff(Role.EXPERT, ("g",), "desks/ada", "ada")
    with pytest.raises(InvalidToken):
        tokens.read_staff(token, NOW + timedelta(hours=1))
    claims = {"gatherings": ["g"], "sub": "x", "scope": "ada", "role": "organiser", "exp": NOW.timestamp() + 60}
    key = secrets.key(secrets_directory, "desk.key")
    raised = jwt.encode(claims, key, algorithm="HS256", headers={"typ": "desk"})
    assert tokens.read_staff(raised, NOW).role is Role.EXPERT
    with pytest.raises(InvalidToken):
        tokens.read_staff(jwt.encode(claims, key, algorithm="HS256", headers={"typ": "staff"}), NOW)


def test_a_token_of_one_kind_opens_nothing_else(tokens: Tokens) -> None:
    made = {
        "staff": tokens.staff(STAFF, NOW, timedelta(hours=1)),
        "desk": tokens.desk("g", "ada", NOW, timedelta(hours=1)),
        "manage": tokens.manage(MANAGE),
        "join": tokens.join(JOIN),
        "service": tokens.service({"actor": {}}, NOW),
    }
    readers: dict[str, Callable[[str], Any]] = {
        "staff": lambda token: tokens.read_staff(token, NOW),
        "manage": tokens.read_manage,
        "join": tokens.read_join,
        "service": lambda token: tokens.read_service(token, NOW),
    }
    for kind, token in made.items():
        for reader, read in readers.items():
            if kind != reader and (kind, reader) != ("desk", "staff"):
                with pytest.raises(InvalidToken):
                    read(token)


def test_a_token_ends_when_it_ends(tokens: Tokens) -> None:
    token = tokens.staff(STAFF, NOW, timedelta(hours=1))
    assert tokens.read_staff(token, NOW + timedelta(minutes=59)) == STAFF
    hop = tokens.service({"actor": {}}, NOW)
    for minutes in (-5, 5):
        assert tokens.read_service(hop, NOW + timedelta(minutes=minutes)), "a clock that is five minutes off"
    for read in (
        lambda: tokens.read_staff(token, NOW + timedelta(hours=1)),
        lambda: tokens.read_service(hop, NOW + timedelta(minutes=10)),
    ):
        with pytest.raises(InvalidToken):
            read()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "." * 3,
        "{" * 10_000,
        jwt.encode({"id": "r", "g": "g", "p": [], "n": 0}, "", algorithm="none", headers={"typ": "manage"}),
        jwt.encode({"id": "r", "g": "g", "p": [], "n": 0}, "k" * 32, algorithm="HS256", headers={"typ": "manage"}),
    ],
)
def test_a_forged_token_is_none(tokens: Tokens, token: str) -> None:
    with pytest.raises(InvalidToken):
        tokens.read_manage(token)


def test_a_token_of_the_right_key_but_of_another_kind_is_none(tokens: Tokens, secrets_directory: Path) -> None:
    key = secrets.key(secrets_directory, "manage.key")
    other = jwt.encode({"id": "r", "g": "g", "p": [], "n": 0}, key, algorithm="HS256", headers={"typ": "JWT"})
    with pytest.raises(InvalidToken):
        tokens.read_manage(other)


def test_an_identity_is_the_same_for_the_same_and_depends_on_every_part(tokens: Tokens) -> None:
    assert tokens.identity("a", "b") == tokens.identity("a", "b")
    others = {tokens.identity(*parts) for parts in [("a", "b"), ("ab",), ("a", "", "b"), ("b", "a")]}
    assert len(others) == 4
    assert all(len(one) == 32 for one in others)


def test_staff_cover_the_gatherings_they_were_given() -> None:
    assert STAFF.covers("g")
    assert not STAFF.covers("h")
    assert Staff(Role.ADMIN, ("*",), "a").covers("h")


def test_secrets_are_made_once_for_their_owner_alone(tmp_path: Path) -> None:
    secrets.create(tmp_path / "s")
    first = {file.name: file.read_bytes() for file in (tmp_path / "s").iterdir()}
    secrets.create(tmp_path / "s")
    assert {file.name: file.read_bytes() for file in (tmp_path / "s").iterdir()} == first
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "s").iterdir()} == {0o600}
    assert len(secrets.key(tmp_path / "s", "staff.key")) == 32
    assert secrets.signing_key(tmp_path / "s", "ticket.pem").sign(b"x")


def test_a_secret_that_is_missing_or_of_another_kind_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="foyer init"):
        secrets.key(tmp_path, "staff.key")
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat  # noqa: PLC0415

    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "ticket.pem").write_bytes(pem)
    with pytest.raises(SystemExit, match="Ed25519"):
        secrets.signing_key(tmp_path, "ticket.pem")


SEAL = Seal("2", {"1": b"1" * 32, "2": b"2" * 32})


def test_what_is_sealed_is_opened_by_the_same_record_alone() -> None:
    sealed = SEAL.seal({"name": "Ada"}, "r1")
    assert sealed.startswith("2.")
    assert "Ada" not in sealed
    assert SEAL.open(sealed, "r1") == {"name": "Ada"}
    assert SEAL.seal({"name": "Ada"}, "r1") != sealed
    with pytest.raises(BrokenSeal):
        SEAL.open(sealed, "r2")


def test_a_broken_seal_is_broken() -> None:
    sealed = SEAL.seal({"name": "Ada"}, "r1")
    flipped = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    for wrong in (flipped, "2.", "2.AAAA", "2.é", "2.%%%", sealed[:20]):
        with pytest.raises(BrokenSeal):
            SEAL.open(wrong, "r1")


def test_an_older_key_opens_older_records_and_an_unknown_one_waits() -> None:
    old = Seal("1", {"1": b"1" * 32}).seal(1, "r")
    assert SEAL.open(old, "r") == 1
    with pytest.raises(Unavailable):
        SEAL.open(Seal("3", {"3": b"3" * 32}).seal(1, "r"), "r")
    with pytest.raises(Unavailable):
        SEAL.open("", "r")


def test_a_seal_is_read_from_its_file(tmp_path: Path) -> None:
    keys = {"current": "a", "keys": {"a": base64.b64encode(b"a" * 32).decode()}}
    (tmp_path / "seal-scheduling.json").write_text(json.dumps(keys))
    seal = Seal.for_service(tmp_path, "scheduling")
    assert Seal("a", {"a": b"a" * 32}).open(seal.seal([1], "b"), "b") == [1]


LATER = int((NOW + timedelta(hours=1)).timestamp())
GENUINE = {"role": "organiser", "gatherings": ["g"], "sub": "olga", "scope": "d1", "exp": LATER}


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in GENUINE.items() if key != name}


def staff_token(directory: Path, claims: dict[str, Any]) -> str:
    return jwt.encode(claims, secrets.key(directory, "staff.key"), algorithm="HS256", headers={"typ": "staff"})


def test_what_is_signed_by_hand_is_read_back(tokens: Tokens, secrets_directory: Path) -> None:
    assert tokens.read_staff(staff_token(secrets_directory, GENUINE), NOW) == STAFF


@pytest.mark.parametrize(
    "claims",
    [
        *({**GENUINE, "role": role} for role in ("king", "attendee", "", None, 5, ["organiser"])),
        *({**GENUINE, "exp": exp} for exp in ("soon", None, float("inf"), float("nan"), [LATER])),
        *(without(name) for name in ("exp", "role", "gatherings", "sub")),
        {**GENUINE, "gatherings": None},
        {**GENUINE, "nbf": 32_503_680_000},  # in the year 3000
        {**GENUINE, "aud": "another-service"},
        {**GENUINE, "iss": "https://another.example"},
        {},
    ],
)
def test_a_staff_token_of_the_right_key_that_says_what_none_of_ours_says_is_none(
    tokens: Tokens, secrets_directory: Path, claims: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        tokens.read_staff(staff_token(secrets_directory, claims), NOW)


@pytest.mark.parametrize("kind", ["manage", "join", "service"])
def test_so_is_one_of_any_other_kind(tokens: Tokens, secrets_directory: Path, kind: str) -> None:
    token = jwt.encode({}, secrets.key(secrets_directory, f"{kind}.key"), algorithm="HS256", headers={"typ": kind})
    readers: dict[str, Callable[[str], Any]] = {
        "manage": tokens.read_manage,
        "join": tokens.read_join,
        "service": lambda given: tokens.read_service(given, NOW),
    }
    with pytest.raises(InvalidToken):
        readers[kind](token)


def test_a_token_of_100_kb_is_none(tokens: Tokens, secrets_directory: Path) -> None:
    for token in ("a" * 100_000, "a." * 50_000, staff_token(secrets_directory, {"sub": "x" * 100_000})):
        with pytest.raises(InvalidToken):
            tokens.read_staff(token, NOW)
