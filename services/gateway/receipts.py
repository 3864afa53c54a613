"""Arrival receipts: signed by the gateway, so that anybody can check what was accepted, and when."""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared import jws, secrets
from shared.clock import timestamp


class Receipts:
    """Compact JWS (EdDSA). The same submission has the same receipt once its `accepted_at` is the owner's."""

    def __init__(self, directory: Path) -> None:
        self._key = secrets.signing_key(directory, "receipt.pem")
        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._public = {"crv": "Ed25519", "kty": "OKP", "x": jws.base64url(public).decode()}
        self._kid = jws.base64url(hashlib.sha256(orjson.dumps(self._public)).digest()).decode()  # RFC 7638
        self._header = jws.header(typ="receipt", alg="EdDSA", kid=self._kid)

    def sign(self, registration_id: str, gathering_id: str, accepted_at: datetime | str, digest: str) -> str:
        """`digest` is the SHA-256 of the canonical body."""
        moment = timestamp(accepted_at) if isinstance(accepted_at, datetime) else accepted_at
        claims = {"id": registration_id, "gathering": gathering_id, "accepted_at": moment, "sha256": digest}
        return jws.compact(self._header, claims, self._key.sign)

    def key_set(self) -> dict[str, Any]:
        return {"keys": [self._public | {"kid": self._kid, "use": "sig", "alg": "EdDSA"}]}
