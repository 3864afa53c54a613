"""Compact JWS (RFC 7515), written: PyJWT reads them, but its way of writing costs more than most signatures."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import orjson


def header(**members: str) -> bytes:
    """The encoded first segment, which is the same for all tokens of a kind."""
    return base64url(orjson.dumps(members))


def compact(header: bytes, claims: Mapping[str, Any], sign: Callable[[bytes], bytes]) -> str:
    content = b".".join((header, base64url(orjson.dumps(claims))))
    return b".".join((content, base64url(sign(content)))).decode()


def base64url(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
