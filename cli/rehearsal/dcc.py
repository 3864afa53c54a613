"""Synthetic health certificates, signed with keys made on the spot: for the rehearsal and the tests alone."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import base45
import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

ES256 = -7
PS256 = -37
TEST, VACCINATION, RECOVERY = "test", "vaccination", "recovery"
USAGES = {
    TEST: "1.3.6.1.4.1.1847.2021.1.1",
    VACCINATION: "1.3.6.1.4.1.1847.2021.1.2",
    RECOVERY: "1.3.6.1.4.1.1847.2021.1.3",
}
OLD_USAGES = {kind: oid.replace(".1.1847.", ".1.0.1847.") for kind, oid in USAGES.items()}
EXTENDED_KEY_USAGE = x509.ObjectIdentifier("2.5.29.37")
BASIC_CONSTRAINTS = x509.ObjectIdentifier("2.5.29.19")
DEFAULT_SPELT_OUT = bytes.fromhex("3003010100")  # cA FALSE written down: not strict DER, as one national signer has it

_COVID_19 = "840539006"
_EPOCH = datetime(2021, 1, 1, tzinfo=UTC)
_YEAR = timedelta(days=365)


def vaccination(given: date, dose: int = 2, series: int = 2, product: str = "EU/1/20/1528") -> dict[str, Any]:
    entry = {
        "vp": "1119349007",
        "mp": product,
        "ma": "ORG-100030215",
        "dn": dose,
        "sd": series,
        "dt": given.isoformat(),
    }
    return {"v": [_issued(entry)]}


def recovery(first_positive: date) -> dict[str, Any]:
    valid = {"df": first_positive + timedelta(days=11), "du": first_positive + timedelta(days=180)}
    days = {name: day.isoformat() for name, day in valid.items()}
    return {"r": [_issued({"fr": first_positive.isoformat()} | days)]}


def sample(sampled_at: datetime, *, negative: bool = True) -> dict[str, Any]:
    result = "260415000" if negative else "260373001"
    return {"t": [_issued({"tt": "LP6464-4", "sc": sampled_at.isoformat(), "tr": result, "tc": "Synthetic centre"})]}


def _issued(entry: dict[str, Any]) -> dict[str, Any]:
    return {"tg": _COVID_19, **entry, "co": "XX", "is": "Synthetic issuer", "ci": "URN:UVCI:01:XX:SYNTHETIC#0"}


def _as_it_is(encoded: bytes) -> bytes:
    return encoded


@dataclass(frozen=True)
class Shape:
    """How a certificate is wrapped; the default is how most countries do it. The rest is for what else must be read."""

    tags: Sequence[int] = (18,)
    key_id: bytes | None = None  # instead of the signer's own
    key_id_protected: bool = True
    unprotected: Mapping[int, Any] = field(default_factory=dict)
    compress: Callable[[bytes], bytes] = zlib.compress
    tamper: Callable[[bytes], bytes] = _as_it_is  # changes the payload after it was signed
    prefix: str = "HC1:"


@dataclass(frozen=True)
class Issuer:
    """A signer of its own: key, certificate and key id."""

    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    certificate: bytes

    @classmethod
    def make(
        cls,
        algorithm: int = ES256,
        usages: Iterable[str] = (),
        extensions: Mapping[x509.ObjectIdentifier, bytes] | None = None,
    ) -> "Issuer":
        key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
        if algorithm == ES256:
            key = ec.generate_private_key(ec.SECP256R1())
        else:
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return cls(key, _self_signed(key, tuple(usages), extensions or {}))

    @property
    def key_id(self) -> bytes:
        return hashlib.sha256(self.certificate).digest()[:8]

    def certify(
        self,
        health: Mapping[str, Any],
        issued_at: datetime = _EPOCH,
        expires_at: datetime | None = None,
        name: str = "Synthetic Person",
        shape: Shape | None = None,
    ) -> str:
        """Sign what the entries say about a person and return the text of the QR code."""
        person = {"ver": "1.3.0", "nam": {"fn": name, "fnt": name.upper().replace(" ", "<")}, "dob": "1980-01-01"}
        until = expires_at or issued_at + _YEAR
        claims = {1: "XX", 6: int(issued_at.timestamp()), 4: int(until.timestamp()), -260: {1: person | dict(health)}}
        return self.wrap(claims, shape or Shape())

    def wrap(self, claims: Any, shape: Shape) -> str:
        """Sign any claims, also ones that no honest issuer would write."""
        key_id = self.key_id if shape.key_id is None else shape.key_id
        algorithm = ES256 if isinstance(self.key, ec.EllipticCurvePrivateKey) else PS256
        header = {1: algorithm} | ({4: key_id} if shape.key_id_protected else {})
        protected, payload = cbor2.dumps(header), cbor2.dumps(claims)
        signature = self._sign(cbor2.dumps(["Signature1", protected, b"", payload]))
        message: Any = [protected, dict(shape.unprotected), shape.tamper(payload), signature]
        for tag in reversed(shape.tags):
            message = cbor2.CBORTag(tag, message)
        packed: bytes = base45.b45encode(shape.compress(cbor2.dumps(message)))
        return shape.prefix + packed.decode()

    def _sign(self, content: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
            return self.key.sign(content, pss, hashes.SHA256())
        halves = decode_dss_signature(self.key.sign(content, ec.ECDSA(hashes.SHA256())))
        return b"".join(half.to_bytes(32) for half in halves)


def _self_signed(
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    usages: tuple[str, ...],
    extensions: Mapping[x509.ObjectIdentifier, bytes],
) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Foyer synthetic signer")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_EPOCH)
        .not_valid_after(_EPOCH + 2 * _YEAR)
    )
    if usages:
        oids = [x509.ObjectIdentifier(usage) for usage in usages]
        builder = builder.add_extension(x509.ExtendedKeyUsage(oids), critical=False)
    for oid, value in extensions.items():
        builder = builder.add_extension(x509.UnrecognizedExtension(oid, value), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def trust_list(*issuers: Issuer) -> dict[str, list[dict[str, str]]]:
    """Return the content of a trust list file that names these issuers."""
    return {"signers": [{"certificate": base64.b64encode(issuer.certificate).decode()} for issuer in issuers]}
