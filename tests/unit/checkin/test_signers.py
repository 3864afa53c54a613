"""Trust lists and signer certificates that are not as they should be."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from cli.rehearsal import dcc
from services.checkin.credentials import Signer, TrustList
from services.checkin.credentials.der import key_and_usages

GOOD = dcc.Issuer.make(usages=[dcc.USAGES[dcc.TEST]])


def test_one_unreadable_signer_leaves_the_others_in_force() -> None:
    signers: list[object] = [*dcc.trust_list(GOOD)["signers"]]
    signers += [{"certificate": "!"}, {"certificate": "AAAA"}, {}, None, 7, {"certificate": 7}]
    trust = TrustList.from_json(json.dumps({"signers": signers}))
    assert len(trust) == 1
    assert trust.unreadable == 6


@pytest.mark.parametrize("content", ["[]", "{}", '{"signers": {}}', "7", "no json"])
def test_another_kind_of_file_is_said_aloud(content: str) -> None:
    with pytest.raises(ValueError, match=r"trust list|Expecting"):
        TrustList.from_json(content)


def test_a_base64_text_may_be_broken_into_lines() -> None:
    lines = base64.encodebytes(GOOD.certificate).decode()
    assert len(TrustList.from_json(json.dumps({"signers": [{"certificate": lines}]}))) == 1


def test_a_curve_that_no_health_certificate_uses_is_refused() -> None:
    other = dcc.Issuer(ec.generate_private_key(ec.SECP384R1()), b"")
    with pytest.raises(ValueError, match="P-256 or RSA"):
        Signer.from_der(dcc._self_signed(other.key, (), {}))


def test_a_key_of_an_unknown_kind_is_refused() -> None:
    spki = key_and_usages(GOOD.certificate)[0]
    unknown = spki.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0209"))
    with pytest.raises(ValueError, match="known kind"):
        Signer.from_der(GOOD.certificate.replace(spki, unknown))


@given(st.binary(max_size=200))
def test_rubbish_is_no_certificate(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Signer.from_der(raw)


@pytest.mark.parametrize("hollow", ["3000", "30023000", "3004300230003000"])
def test_a_hollow_certificate_is_refused(hollow: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Signer.from_der(bytes.fromhex(hollow))


@given(st.integers(0, len(GOOD.certificate) - 1))
def test_a_truncated_certificate_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Signer.from_der(GOOD.certificate[:size])


@given(st.integers(0, len(GOOD.certificate) - 1), st.integers(0, 255))
def test_a_damaged_certificate_is_read_or_refused_and_nothing_else(at: int, byte: int) -> None:
    damaged = GOOD.certificate[:at] + bytes([byte]) + GOOD.certificate[at + 1 :]
    try:
        Signer.from_der(damaged)
    except ValueError:
        return
