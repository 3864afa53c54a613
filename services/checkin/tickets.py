"""The ticket: 24 bytes and an Ed25519 signature in one canonical text, short enough for a QR code read in bad light."""

import base64
import hashlib
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared import secrets
from shared.tokens import Tokens

FORM = b"\x01"
KEY_ID_SIZE = 2
GATHERING_SIZE = 5
NUMBER_SIZE = 16
SIGNATURE_SIZE = 64
TEXT_LENGTH = 141  # base32 of 88 bytes without padding

_CONTENT_SIZE = len(FORM) + KEY_ID_SIZE + GATHERING_SIZE + NUMBER_SIZE
_TEXT = re.compile(rf"[A-Z2-7]{{{TEXT_LENGTH}}}", re.ASCII)
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHIJKLMNOPQRSTUV")
_PURPOSE = b"foyer ticket\x00"  # a signature made for anything else is none here


class ForgedError(Exception):
    """It has a ticket's form and not our signature."""


class UnknownError(Exception):
    """It is no ticket of this gathering: a stranger's code, another spelling, or another gathering's ticket."""


class Press:
    """Prints and reads tickets. Older keys still read what they printed; only the current one prints."""

    def __init__(self, key: Ed25519PrivateKey, older: Sequence[Ed25519PublicKey] = ()) -> None:
        self._key = key
        self._key_id = _key_id(key.public_key())
        self._readers: dict[bytes, list[Ed25519PublicKey]] = {}
        for reader in (key.public_key(), *older):
            self._readers.setdefault(_key_id(reader), []).append(reader)

    @property
    def public_keys(self) -> tuple[str, ...]:
        """For devices that must read tickets while they are offline: raw keys in base64."""
        keys = [key for same in self._readers.values() for key in same]
        return tuple(base64.b64encode(_raw(key)).decode() for key in keys)

    def print(self, gathering_id: str, number: str) -> str:
        content = FORM + self._key_id + _tag(gathering_id) + bytes.fromhex(number)
        return _spell(content + self._key.sign(_PURPOSE + content))

    def read(self, text: str, gathering_id: str) -> str:
        """Return the ticket's number; ForgedError or UnknownError say only what kind of refusal it is."""
        content, signature = _split(text)
        if not any(_signed(key, content, signature) for key in self._readers.get(content[1 : 1 + KEY_ID_SIZE], ())):
            raise ForgedError
        if content[: len(FORM)] != FORM or content[-NUMBER_SIZE - GATHERING_SIZE : -NUMBER_SIZE] != _tag(gathering_id):
            raise UnknownError
        return content[-NUMBER_SIZE:].hex()

    def sign(self, content: bytes) -> str:
        """Sign what an offline device takes with it."""
        return base64.b64encode(self._key.sign(b"foyer roster\x00" + content)).decode()


def press_from(directory: Path) -> Press:
    """The current key is `ticket.pem`; one that it replaced stays beside it as `ticket-….pem` while tickets need it."""
    older = [secrets.signing_key(directory, file.name).public_key() for file in sorted(directory.glob("ticket-*.pem"))]
    return Press(secrets.signing_key(directory, "ticket.pem"), older)


Numbering = Callable[[str, int], str]


def numbering(tokens: Tokens) -> Numbering:
    """A ticket's number from its registration and how many came before: 128 bits that nobody outside can compute."""
    return lambda registration_id, before: tokens.identity("ticket", registration_id, str(before))


def drawn(text: str, kind: str) -> bytes:
    """The QR code as `svg` or `pdf`."""
    out = io.BytesIO()
    code = segno.make_qr(text, mode="alphanumeric", error="m", boost_error=False)
    code.save(out, kind=kind, scale=8, border=4)
    return out.getvalue()


def _split(text: str) -> tuple[bytes, bytes]:
    """As one number: the library goes through base32 letter by letter, at a door where people wait."""
    if not _TEXT.fullmatch(text):
        raise UnknownError
    number = int(text.translate(_DIGITS), 32)
    if number & 1:  # the last letter has a bit to spare: a second spelling of one ticket is none
        raise UnknownError
    ticket = (number >> 1).to_bytes(_CONTENT_SIZE + SIGNATURE_SIZE)
    return ticket[:_CONTENT_SIZE], ticket[_CONTENT_SIZE:]


def _spell(ticket: bytes) -> str:
    return base64.b32encode(ticket).decode().rstrip("=")


def _signed(key: Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, _PURPOSE + content)
    except InvalidSignature:
        return False
    return True


def _tag(gathering_id: str) -> bytes:
    return hashlib.sha256(gathering_id.encode()).digest()[:GATHERING_SIZE]


def _key_id(key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(_raw(key)).digest()[:KEY_ID_SIZE]


def _raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
