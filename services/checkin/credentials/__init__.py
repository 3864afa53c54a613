"""EU Digital COVID Certificates: shown, checked in memory, forgotten. Pure: time and trusted signers are given."""

from datetime import datetime

from services.checkin.credentials.health import HealthCertificate, Kind, UnreadableError, read
from services.checkin.credentials.policy import (
    Policy,
    Reason,
    RecoveryRule,
    SampleRule,
    VaccinationRule,
    Verdict,
    judge,
)
from services.checkin.credentials.signers import Signer, TrustList

__all__ = [
    "HealthCertificate",
    "Kind",
    "Policy",
    "Reason",
    "RecoveryRule",
    "SampleRule",
    "Signer",
    "TrustList",
    "UnreadableError",
    "VaccinationRule",
    "Verdict",
    "judge",
    "read",
    "verify",
]


def verify(text: str, trust: TrustList, policy: Policy, at: datetime) -> Verdict:
    """Say whether the text satisfies the policy at that time; whatever the text is, this answers and never raises.

    `at` is aware, in the gathering's time zone: days are counted on its calendar.
    """
    try:
        certificate = read(text)
    except UnreadableError:
        return Verdict.refused(Reason.UNREADABLE)
    return _verify(certificate, trust, policy, at)


def _verify(certificate: HealthCertificate, trust: TrustList, policy: Policy, at: datetime) -> Verdict:
    candidates = trust.signers(certificate.key_id)
    if not candidates:
        return Verdict.refused(Reason.UNKNOWN_SIGNER)
    # Key ids are eight bytes of a hash and may collide, so everybody with that id is tried.
    genuine = [signer for signer in candidates if signer.signed(certificate)]
    if not genuine:
        return Verdict.refused(Reason.FORGED)
    if certificate.issued_at is not None and at.timestamp() < certificate.issued_at:
        return Verdict.refused(Reason.NOT_YET_ISSUED)
    if at.timestamp() >= certificate.expires_at + 1:  # the last second is valid
        return Verdict.refused(Reason.EXPIRED)
    entitled = [entry for entry in certificate.entries if any(signer.may_sign(entry.kind) for signer in genuine)]
    if not entitled:
        return Verdict.refused(Reason.SIGNER_NOT_ENTITLED)
    return judge(entitled, policy, at)
