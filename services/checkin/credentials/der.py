"""The little of X.509 that a verifier needs, read tolerantly: a public key and the extended key usages."""

from collections.abc import Iterator
from dataclasses import dataclass

_SEQUENCE = 0x30
_OBJECT_ID = 0x06
_OCTETS = 0x04
_VERSION = 0xA0
_EXTENSIONS = 0xA3
_EXTENDED_KEY_USAGE = bytes.fromhex("551d25")  # 2.5.29.37
_KEY_FIELD = 5  # after serial number, algorithm, issuer, validity, subject
_LONG_FORM = 0x80
_LONGEST_LENGTH = 4


@dataclass(frozen=True)
class _Element:
    tag: int
    whole: bytes
    content: bytes


def key_and_usages(certificate: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Return the SubjectPublicKeyInfo and the encoded object ids of the extended key usage; ValueError if malformed.

    What is not minimal (a default value spelt out, an empty sequence) is read for what it means.
    """
    signed = _children(_only(certificate, _SEQUENCE))[:1]
    fields = [field for part in signed for field in _children(_expect(part, _SEQUENCE)) if field.tag != _VERSION]
    if len(fields) <= _KEY_FIELD:
        raise ValueError("the certificate ends early")
    return _expect(fields[_KEY_FIELD], _SEQUENCE).whole, _usages(fields[_KEY_FIELD + 1 :])


def _usages(rest: list[_Element]) -> tuple[bytes, ...]:
    found: list[bytes] = []
    for block in rest:
        if block.tag != _EXTENSIONS:
            continue
        for extension in _children(_only(block.content, _SEQUENCE)):
            parts = _children(_expect(extension, _SEQUENCE))
            if len(parts) > 1 and _expect(parts[0], _OBJECT_ID).content == _EXTENDED_KEY_USAGE:
                listed = _children(_only(_expect(parts[-1], _OCTETS).content, _SEQUENCE))
                found += [_expect(usage, _OBJECT_ID).content for usage in listed]
    return tuple(found)


def _expect(element: _Element, tag: int) -> _Element:
    if element.tag != tag:
        raise ValueError(f"expected tag {tag:#x}, found {element.tag:#x}")
    return element


def _only(encoded: bytes, tag: int) -> _Element:
    elements = list(_elements(encoded))
    if len(elements) != 1:
        raise ValueError("expected exactly one element")
    return _expect(elements[0], tag)


def _children(element: _Element) -> list[_Element]:
    return list(_elements(element.content))


def _elements(encoded: bytes) -> Iterator[_Element]:
    at = 0
    while at < len(encoded):
        start, size = _length(encoded, at)
        if start + size > len(encoded):
            raise ValueError("an element is longer than what holds it")
        yield _Element(encoded[at], encoded[at : start + size], encoded[start : start + size])
        at = start + size


def _length(encoded: bytes, at: int) -> tuple[int, int]:
    """Return where the content begins and its size."""
    first = encoded[at + 1 : at + 2]
    if not first:
        raise ValueError("an element has no length")
    if first[0] < _LONG_FORM:
        return at + 2, first[0]
    count = first[0] - _LONG_FORM
    start = at + 2 + count
    if not 0 < count <= _LONGEST_LENGTH or start > len(encoded):
        raise ValueError("an element's length cannot be read")
    return start, int.from_bytes(encoded[at + 2 : start])
