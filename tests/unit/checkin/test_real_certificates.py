"""Real test certificates of several countries, read in place beside the checkout; skipped where they are not."""

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.checkin.credentials import (
    Policy,
    Reason,
    RecoveryRule,
    SampleRule,
    Signer,
    TrustList,
    VaccinationRule,
    verify,
)

FOLDER = Path(__file__).parents[4] / "shared" / "testdata" / "dcc"
CASES = sorted(FOLDER.rglob("*.json"))
ANYTHING = Policy(
    vaccination=VaccinationRule(),
    recovery=RecoveryRule(from_day=0, to_day=10_000),
    test=SampleRule(max_age=timedelta(days=10_000)),
)
UNREADABLE = ("UNPREFIX", "B45DECODE", "COMPRESSION", "DECODE")

if not CASES:
    pytest.skip("the real certificates are not beside this checkout", allow_module_level=True)


def reason_for(case: dict[str, Any]) -> Reason:
    context = case["TESTCTX"]
    trust = TrustList([Signer.from_der(base64.b64decode(context["CERTIFICATE"]))])
    return verify(case["PREFIX"], trust, ANYTHING, datetime.fromisoformat(context["VALIDATIONCLOCK"])).reason


@pytest.mark.parametrize("file", CASES, ids=lambda file: str(file.relative_to(FOLDER)))
def test_every_stated_result_of_a_real_certificate_is_met(file: Path) -> None:
    case = json.loads(file.read_text())
    expected: dict[str, bool] = case["EXPECTEDRESULTS"]
    reason = reason_for(case)

    def stated(flag: str, *, value: bool) -> bool:
        return expected.get(f"EXPECTED{flag}") is value

    if any(stated(flag, value=False) for flag in UNREADABLE):
        assert reason is Reason.UNREADABLE
    if stated("VERIFY", value=False):
        assert reason in {Reason.UNREADABLE, Reason.UNKNOWN_SIGNER, Reason.FORGED}
    if stated("VERIFY", value=True):
        assert reason not in {Reason.UNREADABLE, Reason.UNKNOWN_SIGNER, Reason.FORGED}
    if stated("EXPIRATIONCHECK", value=False):
        assert reason in {Reason.EXPIRED, Reason.NOT_YET_ISSUED}
    if stated("EXPIRATIONCHECK", value=True):
        assert reason not in {Reason.EXPIRED, Reason.NOT_YET_ISSUED}
    if stated("KEYUSAGE", value=False):
        assert reason is Reason.SIGNER_NOT_ENTITLED
    if stated("KEYUSAGE", value=True):
        assert reason is not Reason.SIGNER_NOT_ENTITLED
    if stated("VALIDOBJECT", value=True) or stated("VALIDJSON", value=True):
        assert reason is not Reason.UNREADABLE


def test_the_set_holds_what_it_should() -> None:
    assert len(CASES) >= 100
