"""Who holds which secrets."""

from pathlib import Path

import pytest

from cli import keyring
from shared import secrets


@pytest.fixture
def keyrings(tmp_path: Path) -> Path:
    secrets.create(tmp_path / "secrets")
    keyring.hand_out(tmp_path / "secrets", tmp_path / "keyrings")
    return tmp_path / "keyrings"


def _holders(keyrings: Path, name: str) -> set[str]:
    return {file.parent.name for file in keyrings.glob(f"*/{name}")}


def test_every_secret_that_is_made_is_somebodys(keyrings: Path) -> None:
    for name in (*secrets.SYMMETRIC, *secrets.SEALS, *secrets.SIGNING):
        assert _holders(keyrings, name), name


def test_what_is_sealed_for_one_service_is_opened_by_it_and_sealed_by_the_gateway_alone(keyrings: Path) -> None:
    assert _holders(keyrings, "seal-registration.json") == {"registration", "gateway"}
    assert _holders(keyrings, "seal-scheduling.json") == {"scheduling", "gateway"}


def test_only_the_gateway_reads_staff_tokens_and_signs_receipts(keyrings: Path) -> None:
    assert _holders(keyrings, "staff.key") == {"gateway"}
    assert _holders(keyrings, "receipt.pem") == {"gateway"}


def test_notifications_sign_no_more_of_staff_s_keys_than_an_expert_s_own(keyrings: Path) -> None:
    assert _holders(keyrings, "desk.key") == {"gateway", "notifications"}


def test_only_checkin_signs_tickets(keyrings: Path) -> None:
    assert _holders(keyrings, "ticket.pem") == {"checkin"}


def test_nobody_else_on_the_machine_can_read_them(keyrings: Path) -> None:
    assert all(file.stat().st_mode & 0o077 == 0 for file in keyrings.glob("*/*"))


def test_a_changed_key_is_handed_out_anew(keyrings: Path) -> None:
    folder = keyrings.parent / "secrets"
    (folder / "join.key").write_bytes(b"new")

    keyring.hand_out(folder, keyrings)

    assert (keyrings / "checkin" / "join.key").read_bytes() == b"new"
