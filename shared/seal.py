"""Sealed fields: personal data on its way through a topic, readable only by the service it is addressed to."""

import base64
import os
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared import secrets
from shared.errors import Unavailable

NONCE = 12  # bytes, as NIST SP 800-38D recommends for AES-GCM


class BrokenSeal(Exception):
    """The field was not sealed for this record, or was altered on the way."""


class Seal:
    """AES-256-GCM with named keys: `<key id>.<base64url of nonce and ciphertext>`, bound to its record's id."""

    def __init__(self, current: str, keys: dict[str, bytes]) -> None:
        self._current = current
        self._ciphers = {kid: AESGCM(value) for kid, value in keys.items()}

    @classmethod
    def for_service(cls, directory: Path, service: str) -> "Seal":
        return cls(*secrets.seal_keys(directory, f"seal-{service}.json"))

    def seal(self, content: Any, bound_to: str) -> str:
        nonce = os.urandom(NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, orjson.dumps(content), bound_to.encode())
        return f"{self._current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, bound_to: str) -> Any:
        """Raises `Unavailable` for a key this process does not have (yet), `BrokenSeal` for anything else."""
        kid, _, encoded = sealed.partition(".")
        if (cipher := self._ciphers.get(kid)) is None:
            raise Unavailable("a record is sealed with a key that this service lacks: add it to the seal file")
        try:
            raw = base64.urlsafe_b64decode(encoded)
            return orjson.loads(cipher.decrypt(raw[:NONCE], raw[NONCE:], bound_to.encode()))
        except (ValueError, InvalidTag):
            raise BrokenSeal from None
