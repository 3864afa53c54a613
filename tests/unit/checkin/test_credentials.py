"""Health certificates of synthetic signers: every trap of the format, and rubbish, answered and never raised."""

import json
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import base45
import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.rehearsal import dcc
from cli.rehearsal.dcc import Issuer, Shape
from services.checkin.credentials import Policy, Reason, SampleRule, TrustList, Verdict, verify

AT = datetime(2021, 11, 22, 9, 0, tzinfo=UTC)
LENIENT = Policy(test=SampleRule(max_age=timedelta(hours=72)))
NEGATIVE = dcc.sample(AT - timedelta(hours=10))
ISSUED = datetime(2021, 11, 21, tzinfo=UTC)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer.make()


def trusting(*issuers: Issuer) -> TrustList:
    return TrustList.from_json(json.dumps(dcc.trust_list(*issuers)))


def outcome(text: str, *issuers: Issuer, at: datetime = AT) -> Verdict:
    return verify(text, trusting(*issuers), LENIENT, at)


@pytest.mark.parametrize("tags", [(), (18,), (61, 18), (61,)])
def test_both_outer_tags_are_optional(issuer: Issuer, tags: tuple[int, ...]) -> None:
    assert outcome(issuer.certify(NEGATIVE, ISSUED, shape=Shape(tags=tags)), issuer).satisfied


def test_a_signature_of_an_rsa_key_is_good_too() -> None:
    issuer = Issuer.make(dcc.PS256)
    assert outcome(issuer.certify(NEGATIVE, ISSUED), issuer).satisfied


def test_a_signer_that_is_not_on_the_list_is_unknown(issuer: Issuer) -> None:
    text = Issuer.make().certify(NEGATIVE, ISSUED)
    assert outcome(text, issuer) == Verdict.refused(Reason.UNKNOWN_SIGNER)


def test_a_changed_content_is_forged(issuer: Issuer) -> None:
    positive = dcc.sample(AT - timedelta(hours=10), negative=False)
    text = issuer.certify(
        positive, ISSUED, shape=Shape(tamper=lambda payload: payload.replace(b"260373001", b"260415000"))
    )
    assert outcome(text, issuer) == Verdict.refused(Reason.FORGED)


def test_a_stranger_who_uses_a_trusted_key_id_is_forged(issuer: Issuer) -> None:
    text = Issuer.make().certify(NEGATIVE, ISSUED, shape=Shape(key_id=issuer.key_id))
    assert outcome(text, issuer) == Verdict.refused(Reason.FORGED)


@pytest.mark.parametrize(("theirs", "ours"), [(dcc.ES256, dcc.PS256), (dcc.PS256, dcc.ES256)])
def test_a_key_of_the_other_family_is_never_asked(theirs: int, ours: int) -> None:
    trusted = Issuer.make(ours)
    text = Issuer.make(theirs).certify(NEGATIVE, ISSUED, shape=Shape(key_id=trusted.key_id))
    assert outcome(text, trusted) == Verdict.refused(Reason.FORGED)


def test_every_signer_with_a_colliding_key_id_is_tried(issuer: Issuer) -> None:
    other = Issuer.make()
    signers = [
        {"certificate": entry["certificate"], "kid": "c2FtZWtpZDE="}
        for entry in dcc.trust_list(issuer, other)["signers"]
    ]
    trust = TrustList.from_json(json.dumps({"signers": signers}))
    for one in (issuer, other):
        text = one.certify(NEGATIVE, ISSUED, shape=Shape(key_id=b"samekid1"))
        assert verify(text, trust, LENIENT, AT).satisfied


def test_a_key_id_in_the_unprotected_header_counts_when_it_stands_alone(issuer: Issuer) -> None:
    shape = Shape(key_id_protected=False, unprotected={4: issuer.key_id})
    assert outcome(issuer.certify(NEGATIVE, ISSUED, shape=shape), issuer).satisfied


def test_the_protected_key_id_wins_over_the_unprotected_one(issuer: Issuer) -> None:
    right = Shape(unprotected={4: b"somebody"})
    wrong = Shape(key_id=b"somebody", unprotected={4: issuer.key_id})
    assert outcome(issuer.certify(NEGATIVE, ISSUED, shape=right), issuer).satisfied
    assert outcome(issuer.certify(NEGATIVE, ISSUED, shape=wrong), issuer).reason is Reason.UNKNOWN_SIGNER


def test_a_certificate_without_any_key_id_is_unreadable(issuer: Issuer) -> None:
    text = issuer.certify(NEGATIVE, ISSUED, shape=Shape(key_id_protected=False))
    assert outcome(text, issuer).reason is Reason.UNREADABLE


@pytest.mark.parametrize("usages", [dcc.USAGES, dcc.OLD_USAGES])
def test_key_usage_is_enforced_in_its_newer_and_older_form(usages: dict[str, str]) -> None:
    entitled, other = Issuer.make(usages=[usages[dcc.TEST]]), Issuer.make(usages=[usages[dcc.VACCINATION]])
    assert outcome(entitled.certify(NEGATIVE, ISSUED), entitled).satisfied
    assert outcome(other.certify(NEGATIVE, ISSUED), other).reason is Reason.SIGNER_NOT_ENTITLED


@pytest.mark.parametrize(
    "issuer",
    [
        Issuer.make(extensions={dcc.EXTENDED_KEY_USAGE: b"\x30\x00"}),
        Issuer.make(usages=["1.3.6.1.5.5.7.3.1"]),
        Issuer.make(extensions={dcc.BASIC_CONSTRAINTS: dcc.DEFAULT_SPELT_OUT}),
    ],
    ids=["an empty usage", "a usage of another world", "no usage, beside an extension that is not strict DER"],
)
def test_no_usage_of_health_certificates_means_any(issuer: Issuer) -> None:
    assert outcome(issuer.certify(NEGATIVE, ISSUED), issuer).satisfied


def test_key_usage_is_read_beside_an_extension_that_is_not_strict_der() -> None:
    sloppy = {dcc.BASIC_CONSTRAINTS: dcc.DEFAULT_SPELT_OUT}
    entitled = Issuer.make(usages=[dcc.USAGES[dcc.TEST]], extensions=sloppy)
    other = Issuer.make(usages=[dcc.USAGES[dcc.RECOVERY]], extensions=sloppy)
    assert outcome(entitled.certify(NEGATIVE, ISSUED), entitled).satisfied
    assert outcome(other.certify(NEGATIVE, ISSUED), other).reason is Reason.SIGNER_NOT_ENTITLED


def test_a_signer_who_may_sign_one_of_two_entries_is_heard_for_that_one() -> None:
    issuer = Issuer.make(usages=[dcc.USAGES[dcc.TEST]])
    both = dcc.recovery(AT.date() - timedelta(days=30)) | NEGATIVE
    stale = dcc.recovery(AT.date() - timedelta(days=30)) | dcc.sample(AT - timedelta(hours=80))
    assert outcome(issuer.certify(both, ISSUED), issuer).satisfied
    assert outcome(issuer.certify(stale, ISSUED), issuer).reason is Reason.NOT_ACCEPTED


@pytest.mark.parametrize(("seconds", "reason"), [(-1, Reason.ACCEPTED), (0, Reason.ACCEPTED), (1, Reason.EXPIRED)])
def test_the_last_second_before_expiry_is_valid(issuer: Issuer, seconds: int, reason: Reason) -> None:
    text = issuer.certify(NEGATIVE, ISSUED, expires_at=AT - timedelta(seconds=seconds))
    assert outcome(text, issuer).reason is reason


def test_a_certificate_from_the_future_is_not_yet_issued(issuer: Issuer) -> None:
    assert outcome(issuer.certify(NEGATIVE, AT + timedelta(seconds=1)), issuer).reason is Reason.NOT_YET_ISSUED
    assert outcome(issuer.certify(NEGATIVE, AT), issuer).satisfied


@pytest.mark.parametrize("prefix", ["HL0:", "HC2:", "", "hc1:"])
def test_another_prefix_is_unreadable(issuer: Issuer, prefix: str) -> None:
    assert outcome(issuer.certify(NEGATIVE, ISSUED, shape=Shape(prefix=prefix)), issuer).reason is Reason.UNREADABLE


def test_the_line_end_of_a_keyboard_scanner_does_no_harm(issuer: Issuer) -> None:
    assert outcome(issuer.certify(NEGATIVE, ISSUED) + "\r\n", issuer).satisfied


HEALTH: dict[str, Any] = {"ver": "1.3.0"} | NEGATIVE
TIMES = {6: ISSUED.timestamp(), 4: AT.timestamp()}


@pytest.mark.parametrize(
    "claims",
    [
        7,
        [],
        {},
        {-260: {1: HEALTH}},
        {4: "tomorrow", -260: {1: HEALTH}},
        {4: float("nan"), -260: {1: HEALTH}},
        {4: True, -260: {1: HEALTH}},
        {4: 2**63, -260: {1: HEALTH}},
        TIMES,
        TIMES | {-260: {}},
        TIMES | {-260: {1: []}},
        TIMES | {-260: {1: {"ver": "1.3.0"}}},
        TIMES | {-260: {1: {"t": None, "v": "x", "r": [7]}}},
    ],
)
def test_claims_of_another_shape_are_unreadable(issuer: Issuer, claims: object) -> None:
    assert outcome(issuer.wrap(claims, Shape()), issuer).reason is Reason.UNREADABLE


def test_times_may_be_whole_broken_or_tagged(issuer: Issuer) -> None:
    for expires in (int(AT.timestamp()), AT.timestamp() + 0.5, AT):
        claims = {6: ISSUED.timestamp(), 4: expires, -260: {1: HEALTH}}
        assert outcome(issuer.wrap(claims, Shape()), issuer).satisfied
    assert outcome(issuer.wrap({4: AT.timestamp(), -260: {1: HEALTH}}, Shape()), issuer).satisfied  # no issue time


@pytest.mark.parametrize(
    "message",
    [
        7,
        [],
        [b"", {}, b"", 7],
        [b"", {}, b"\xa0", b""],
        [b"\xa0", {1: -8, 4: b"k"}, b"\xa0", b""],
        [b"\xa0", {1: "ES256", 4: b"k"}, b"\xa0", b""],
        [b"\xa0", {1: -7, 4: "k"}, b"\xa0", b""],
        [b"\x80", {1: -7, 4: b"k"}, b"\xa0", b""],
        [b"\xa0", None, b"\xa0", b""],
        cbor2.CBORTag(98, []),
    ],
)
def test_messages_of_another_shape_are_unreadable(issuer: Issuer, message: object) -> None:
    packed = base45.b45encode(zlib.compress(cbor2.dumps(message))).decode()
    assert outcome("HC1:" + packed, issuer).reason is Reason.UNREADABLE


@pytest.mark.parametrize("tag", [2, 4, 5, 28, 30, 35, 37])
def test_costly_tags_are_never_evaluated(issuer: Issuer, tag: int) -> None:
    hostile = b"\xd8" + bytes([tag]) + b"\x6a((a+)+)+b$"
    packed = base45.b45encode(zlib.compress(hostile)).decode()
    assert outcome("HC1:" + packed, issuer).reason is Reason.UNREADABLE


def test_every_truncation_of_an_honest_certificate_is_refused(issuer: Issuer) -> None:
    text = issuer.certify(NEGATIVE, ISSUED)
    reasons = {outcome(text[:size], issuer).reason for size in range(len(text))}
    assert reasons == {Reason.UNREADABLE}


def peak_memory(text: str) -> int:
    tracemalloc.start()
    assert outcome(text).reason is Reason.UNREADABLE
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_a_compression_bomb_is_refused_in_bounded_memory() -> None:
    bomb = "HC1:" + base45.b45encode(zlib.compress(b"\x00" * 2_500_000, 9)).decode()
    assert len(bomb) < 4296
    assert peak_memory(bomb) < 1_000_000


def test_a_text_of_four_megabytes_costs_nothing() -> None:
    assert peak_memory("HC1:" + "A" * 4_000_000) < 100_000


def test_deep_nesting_is_refused() -> None:
    nested = b"\x81" * 20_000 + b"\x00"
    assert outcome("HC1:" + base45.b45encode(zlib.compress(nested)).decode()).reason is Reason.UNREADABLE


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: "HC1:" + base45.b45encode(raw).decode()))
def test_rubbish_is_refused_and_never_raised(text: str) -> None:
    assert outcome(text).reason is Reason.UNREADABLE


@given(st.binary(max_size=200))
def test_rubbish_in_good_wrapping_is_refused_and_never_raised(raw: bytes) -> None:
    assert not outcome("HC1:" + base45.b45encode(zlib.compress(raw)).decode()).satisfied


@given(st.data())
def test_no_changed_byte_of_the_payload_survives(data: st.DataObject) -> None:
    issuer = _SHARED
    size = len(cbor2.dumps({6: 0, 4: 0, -260: {1: HEALTH}}))
    at = data.draw(st.integers(0, size - 1))

    def flip(payload: bytes) -> bytes:
        return payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1 :]

    assert not outcome(issuer.certify(NEGATIVE, ISSUED, shape=Shape(tamper=flip)), issuer).satisfied


_SHARED = Issuer.make()
