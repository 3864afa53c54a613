"""Who may sign: the trust list and, per signer, the public key and the kinds it is entitled to."""

import base64
import binascii
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from services.checkin.credentials import der
from services.checkin.credentials.health import Algorithm, HealthCertificate, Kind

KEY_ID_SIZE = 8
_HALF_SIGNATURE = 32
_ES256 = ec.ECDSA(hashes.SHA256())
_PS256 = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)

# 1.3.6.1.4.1[.0].1847.2021.1.{1,2,3}; the form with the zero stands in older certificates.
_USAGES = {
    bytes.fromhex(prefix) + bytes((number,)): kind
    for prefix in ("2b060104018e378f6501", "2b06010401008e378f6501")
    for number, kind in ((1, Kind.TEST), (2, Kind.VACCINATION), (3, Kind.RECOVERY))
}


@dataclass(frozen=True)
class Signer:
    """One signer certificate. It is valid because it is on the list; its own dates and issuer are not judged."""

    key_id: bytes
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey
    kinds: frozenset[Kind]  # empty: any

    @classmethod
    def from_der(cls, certificate: bytes, key_id: bytes | None = None) -> "Signer":
        """Read a signer; raises ValueError when it has no usable key, or its key usage cannot be told.

        The walk is ours because one real national signer is not strict DER: the library raises on all its extensions,
        and reading that as "no limit" would let it sign everything, while refusing it would turn honest people away.
        """
        public_key, usages = der.key_and_usages(certificate)
        try:
            key = serialization.load_der_public_key(public_key)
        except UnsupportedAlgorithm as error:
            raise ValueError("this key is of no known kind") from error
        return cls(
            key_id=key_id if key_id is not None else hashlib.sha256(certificate).digest()[:KEY_ID_SIZE],
            key=_usable(key),
            kinds=frozenset(_USAGES[usage] for usage in usages if usage in _USAGES),
        )

    def may_sign(self, kind: Kind) -> bool:
        return not self.kinds or kind in self.kinds

    def signed(self, certificate: HealthCertificate) -> bool:
        try:
            if isinstance(self.key, rsa.RSAPublicKey):
                if certificate.algorithm is not Algorithm.PS256:
                    return False
                self.key.verify(certificate.signature, certificate.signed_bytes, _PS256, hashes.SHA256())
            else:
                if certificate.algorithm is not Algorithm.ES256 or len(certificate.signature) != 2 * _HALF_SIGNATURE:
                    return False
                self.key.verify(_dss(certificate.signature), certificate.signed_bytes, _ES256)
        except InvalidSignature:
            return False
        return True


def _usable(key: object) -> ec.EllipticCurvePublicKey | rsa.RSAPublicKey:
    if isinstance(key, rsa.RSAPublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise ValueError("health certificates are signed with P-256 or RSA")


def _dss(signature: bytes) -> bytes:
    halves = signature[:_HALF_SIGNATURE], signature[_HALF_SIGNATURE:]
    return encode_dss_signature(*(int.from_bytes(half) for half in halves))


class TrustList:
    """The signers of one file. A list with an unreadable signer still serves the others, and says how many it lost."""

    def __init__(self, signers: Iterable[Signer] = (), unreadable: int = 0) -> None:
        self._by_id: dict[bytes, list[Signer]] = defaultdict(list)
        for signer in signers:
            self._by_id[signer.key_id].append(signer)
        self.unreadable = unreadable

    def __len__(self) -> int:
        return sum(len(same) for same in self._by_id.values())

    def signers(self, key_id: bytes) -> tuple[Signer, ...]:
        return tuple(self._by_id.get(key_id, ()))

    @classmethod
    def from_json(cls, text: str | bytes) -> "TrustList":
        """Read `{"signers": [{"certificate": base64 DER, "kid": base64, optional}]}`; ValueError if it is not that."""
        content = json.loads(text)
        listed = content.get("signers") if isinstance(content, dict) else None
        if not isinstance(listed, list):
            raise ValueError('a trust list is {"signers": [{"certificate": "base64 DER"}]}')  # noqa: TRY004 - a file
        signers, unreadable = [], 0
        for item in listed:
            try:
                signers.append(_signer(item))
            except (ValueError, KeyError, TypeError):
                unreadable += 1
        return cls(signers, unreadable)


def _signer(item: dict[str, str]) -> Signer:
    key_id = item.get("kid") if isinstance(item, dict) else None
    return Signer.from_der(_base64(item["certificate"]), None if key_id is None else _base64(key_id))


def _base64(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, AttributeError) as error:
        raise ValueError("this is not base64") from error
