"""HC1 text to what it claims: Base45, zlib, COSE_Sign1, CWT; bounded before any signature is known to be good."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import base45
import cbor2

# The largest QR code holds 4,296 alphanumeric characters; honest certificates have some 500 and unpack to about 1 KiB.
TEXT_LIMIT = 4296
UNPACKED_LIMIT = 32 * 1024
DEPTH_LIMIT = 16

_PREFIX = "HC1:"
_CWT_TAG = 61
_SIGN1_TAG = 18
_HEADER_ALGORITHM = 1
_HEADER_KEY_ID = 4
_CLAIM_EXPIRES = 4
_CLAIM_ISSUED = 6
_CLAIM_HEALTH = -260
_SIGN1_PARTS = 4


class UnreadableError(Exception):
    """The text is no health certificate; what it was instead is not said, because it must not be logged."""


class Kind(StrEnum):
    """What one entry proves."""

    VACCINATION = "vaccination"
    RECOVERY = "recovery"
    TEST = "test"


class Algorithm(StrEnum):
    """The two signature algorithms that every verifier of health certificates must know."""

    ES256 = "ES256"
    PS256 = "PS256"


_GROUPS = {"v": Kind.VACCINATION, "r": Kind.RECOVERY, "t": Kind.TEST}
_ALGORITHMS = {-7: Algorithm.ES256, -37: Algorithm.PS256}


@dataclass(frozen=True)
class Entry:
    """One vaccination, recovery or test, with the fields as the issuer wrote them."""

    kind: Kind
    fields: Mapping[str, Any]

    def text(self, field: str) -> str | None:
        value = self.fields.get(field)
        return value if isinstance(value, str) else None

    def number(self, field: str) -> int | None:
        value = self.fields.get(field)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def day(self, field: str) -> date | None:
        """Read a calendar day; some issuers append a time, some use CBOR's own dates."""
        value = self.fields.get(field)
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value[:10]) if isinstance(value, str) else None
        except ValueError:
            return None

    def moment(self, field: str) -> datetime | None:
        """Read an instant, in any offset that ISO 8601 knows; an issuer that wrote none means UTC."""
        value = self.fields.get(field)
        try:
            found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        except ValueError:
            return None
        if not isinstance(found, datetime):
            return None
        return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


@dataclass(frozen=True)
class HealthCertificate:
    """What a text claims; nothing of it is true before a trusted signer's signature was checked."""

    algorithm: Algorithm
    key_id: bytes
    signed_bytes: bytes
    signature: bytes
    issued_at: float | None
    expires_at: float
    entries: tuple[Entry, ...]


def read(text: str) -> HealthCertificate:
    """Unpack the text, or raise UnreadableError and nothing else."""
    protected, unprotected, payload, signature = _sign1(_cbor(_inflate(_unprefix(text))))
    header = _mapping(_cbor(protected)) if protected else {}
    claims = _mapping(_cbor(payload))
    issued = claims.get(_CLAIM_ISSUED)
    return HealthCertificate(
        algorithm=_algorithm(header, unprotected),
        key_id=_key_id(header, unprotected),
        signed_bytes=cbor2.dumps(["Signature1", protected, b"", payload]),
        signature=signature,
        issued_at=None if issued is None else _seconds(issued),
        expires_at=_seconds(claims.get(_CLAIM_EXPIRES)),
        entries=_entries(claims),
    )


def _unprefix(text: str) -> bytes:
    # The length first: a 4 MB text must cost nothing. A keyboard scanner ends its line; a space belongs to Base45.
    if len(text) > TEXT_LIMIT or not text.startswith(_PREFIX):
        raise UnreadableError
    try:
        return bytes(base45.b45decode(text.removeprefix(_PREFIX).rstrip("\r\n")))
    except ValueError:
        raise UnreadableError from None


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        unpacked = inflater.decompress(packed, UNPACKED_LIMIT)
    except zlib.error:
        raise UnreadableError from None
    if not inflater.eof:  # cut short, or a bomb: more would follow than anybody needs
        raise UnreadableError
    return unpacked


def _refuse(*_: object) -> object:
    raise UnreadableError


# Tags that no certificate needs and that cost time or memory: big numbers, regular expressions, shared references.
_COSTLY_TAGS: Mapping[int, Callable[..., Any]] = dict.fromkeys(
    (2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 256, 258, 260, 261, 43000), _refuse
)


def _cbor(encoded: bytes) -> Any:
    try:
        return cbor2.loads(encoded, max_depth=DEPTH_LIMIT, semantic_decoders=_COSTLY_TAGS)
    except Exception:  # noqa: BLE001 - hostile bytes: whatever the decoder raises means the same
        raise UnreadableError from None


def _sign1(message: Any) -> tuple[bytes, Mapping[Any, Any], bytes, bytes]:
    for tag in (_CWT_TAG, _SIGN1_TAG):  # both optional, in this order
        if isinstance(message, cbor2.CBORTag) and message.tag == tag:
            message = message.value
    if not isinstance(message, list | tuple) or len(message) != _SIGN1_PARTS:
        raise UnreadableError
    protected, unprotected, payload, signature = message
    if not (isinstance(protected, bytes) and isinstance(payload, bytes) and isinstance(signature, bytes)):
        raise UnreadableError
    return protected, unprotected if isinstance(unprotected, Mapping) else {}, payload, signature


def _mapping(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise UnreadableError
    return value


def _algorithm(protected: Mapping[Any, Any], unprotected: Mapping[Any, Any]) -> Algorithm:
    """The protected header wins. A lie here opens nothing: a key of the other family never verifies."""
    value = protected.get(_HEADER_ALGORITHM, unprotected.get(_HEADER_ALGORITHM))
    found = _ALGORITHMS.get(value) if isinstance(value, int) else None
    if found is None:
        raise UnreadableError
    return found


def _key_id(protected: Mapping[Any, Any], unprotected: Mapping[Any, Any]) -> bytes:
    """The protected header wins: an unprotected id beside it is not looked at."""
    value = protected.get(_HEADER_KEY_ID, unprotected.get(_HEADER_KEY_ID))
    if not isinstance(value, bytes):
        raise UnreadableError
    return value


def _seconds(value: Any) -> float:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:  # noqa: PLR2004 - NaN too
        raise UnreadableError
    return value


def _entries(claims: Mapping[Any, Any]) -> tuple[Entry, ...]:
    """Collect every entry of every kind: two in one certificate are legal before schema 1.3.0."""
    health = _mapping(_mapping(claims.get(_CLAIM_HEALTH)).get(1))
    found = tuple(
        Entry(kind, fields)
        for group, kind in _GROUPS.items()
        for fields in _items(health.get(group))
        if isinstance(fields, Mapping)
    )
    if not found:
        raise UnreadableError
    return found


def _items(group: Any) -> Sequence[Any]:
    return group if isinstance(group, list | tuple) else ()
