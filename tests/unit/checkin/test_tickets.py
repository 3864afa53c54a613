"""A ticket has one spelling, one gathering and one signature; anything else opens nothing."""

import base64
import re
from pathlib import Path

import pytest
import segno
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.checkin.tickets import ForgedError, Press, UnknownError, drawn, numbering, press_from
from shared import secrets
from shared.tokens import Tokens

KEY = Ed25519PrivateKey.generate()
PRESS = Press(KEY)
NUMBER = "00112233445566778899aabbccddeeff"
TEXT = PRESS.print("clusters", NUMBER)


def refusal(text: str, gathering_id: str = "clusters", press: Press = PRESS) -> type[Exception]:
    with pytest.raises((ForgedError, UnknownError)) as refused:
        press.read(text, gathering_id)
    return refused.type


@given(st.binary(min_size=16, max_size=16), st.text(max_size=64))
def test_what_is_printed_can_be_read(number: bytes, gathering_id: str) -> None:
    assert PRESS.read(PRESS.print(gathering_id, number.hex()), gathering_id) == number.hex()


def test_a_ticket_is_short_and_of_the_letters_that_a_qr_code_packs_best() -> None:
    assert re.fullmatch("[A-Z2-7]{141}", TEXT)
    assert PRESS.print("clusters", NUMBER) == TEXT


@pytest.mark.parametrize(
    "text",
    [
        TEXT.lower(), TEXT + "===", TEXT[:-1], TEXT + "A", " " + TEXT[1:], TEXT + "\n", TEXT.replace("A", "a", 1),
        "", "WIFI:T:WPA;S:x;;", "https://example.org/", "HC1:" + "A" * 137, "\x00" * 141, "1" * 141, "é" * 141,
        "A" * 4096,
    ],
)  # fmt: skip
def test_another_spelling_or_a_stranger_code_is_unknown(text: str) -> None:
    assert refusal(text) is UnknownError


def test_the_spare_bit_of_the_last_letter_makes_no_second_spelling() -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    twin = TEXT[:-1] + alphabet[alphabet.index(TEXT[-1]) ^ 1]
    assert base64.b32decode(twin + "===") == base64.b32decode(TEXT + "===")
    assert refusal(twin) is UnknownError


@given(st.integers(0, 87), st.integers(0, 7))
def test_no_flipped_bit_survives(byte: int, bit: int) -> None:
    raw = bytearray(base64.b32decode(TEXT + "==="))
    raw[byte] ^= 1 << bit
    assert refusal(base64.b32encode(raw).decode().rstrip("=")) is ForgedError


def test_a_payload_under_another_tickets_signature_is_forged() -> None:
    one, other = (base64.b32decode(text + "===") for text in (TEXT, PRESS.print("clusters", "ff" * 16)))
    assert refusal(base64.b32encode(one[:24] + other[24:]).decode().rstrip("=")) is ForgedError


def test_another_key_is_forged_and_another_gathering_is_unknown() -> None:
    assert refusal(Press(Ed25519PrivateKey.generate()).print("clusters", NUMBER)) is ForgedError
    assert refusal(PRESS.print("workshop", NUMBER)) is UnknownError


def test_a_replaced_key_still_reads_what_it_printed() -> None:
    fresh = Ed25519PrivateKey.generate()
    assert Press(fresh, [KEY.public_key()]).read(TEXT, "clusters") == NUMBER
    assert refusal(TEXT, press=Press(fresh)) is ForgedError


def test_keys_come_from_the_secrets_directory_older_ones_too(tmp_path: Path) -> None:
    secrets.create(tmp_path)
    text = press_from(tmp_path).print("clusters", NUMBER)
    (tmp_path / "ticket.pem").rename(tmp_path / "ticket-2021.pem")
    secrets.signing_key.cache_clear()
    secrets.create(tmp_path)
    press = press_from(tmp_path)
    assert press.read(text, "clusters") == NUMBER
    assert len(press.public_keys) == 2
    assert press.print("clusters", NUMBER) != text


def test_numbers_are_128_bits_and_follow_from_their_cause(tmp_path: Path) -> None:
    secrets.create(tmp_path)
    number = numbering(Tokens(tmp_path))
    seen = {number(f"registration-{n}", before) for n in range(500) for before in range(2)}
    assert len(seen) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in seen)
    assert number("a", 0) == number("a", 0)


def test_the_picture_is_a_small_code_that_reads_back() -> None:
    code = segno.make_qr(TEXT, mode="alphanumeric", error="m", boost_error=False)
    assert code.designator == "6-M"
    assert drawn(TEXT, "svg").startswith(b"<?xml")
    assert drawn(TEXT, "pdf").startswith(b"%PDF")
    rows = [bytes(0 if dark else 255 for dark in row) for row in code.matrix_iter(scale=4, border=4)]
    image = memoryview(b"".join(rows)).cast("B", (len(rows), len(rows)))
    assert zxingcpp.read_barcodes(image)[0].text == TEXT
