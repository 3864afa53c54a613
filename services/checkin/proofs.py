"""What a person shows at a door, judged in memory by the requirements of that door, and dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import Field, StrictBool

from services.checkin import credentials
from services.checkin.credentials import Kind, Reason, RecoveryRule, SampleRule, TrustList, VaccinationRule
from services.checkin.domain import Shown
from services.checkin.domain.door import Method
from shared.http import Body
from shared.messages.gathering import Definition, Door, Policy, Requirement, RequirementKind, Vaccination
from shared.telemetry import get_logger

log = get_logger(__name__)


class Certificate(Body):
    """The text of a health certificate's QR code. It is kept out of every representation, log and error."""

    hc1: str = Field(repr=False)


class Attested(Body):
    """The person at the door has seen a proof of this kind on paper or in another app."""

    attested: Kind = Field(repr=False)


Presented = Mapping[str, StrictBool | Certificate | Attested | None]  # null is not shown


@dataclass(frozen=True)
class Judged:
    """What was shown for the door's requirements, and why a certificate was refused: for one screen, never kept."""

    shown: Mapping[str, Shown]
    reasons: Mapping[str, Reason]


class TrustLists:
    """Trust lists by file name, read again when the file has changed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[str, tuple[int, TrustList]] = {}

    def __getitem__(self, name: str) -> TrustList:
        """A list that is missing or no list trusts nobody, and says so in the log."""
        file = self._directory / name
        try:
            changed = file.stat().st_mtime_ns
            if name not in self._read or self._read[name][0] != changed:
                self._read[name] = changed, TrustList.from_json(file.read_bytes())
                if lost := self._read[name][1].unreadable:
                    log.warning("signers that cannot be read", trust_list=name, signers=lost)
        except (OSError, ValueError) as error:
            log.warning("no trust list", trust_list=name, reason=type(error).__name__)
            return TrustList()
        return self._read[name][1]


class Proofs:
    """Judges what is presented; the only place where a certificate's text is held, for as long as the call lasts."""

    def __init__(self, trust: TrustLists) -> None:
        self._trust = trust

    def judge(self, door: Door, presented: Presented, definition: Definition, at: datetime) -> Judged:
        shown: dict[str, Shown] = {}
        reasons: dict[str, Reason] = {}
        local = at.astimezone(ZoneInfo(definition.timezone))
        for requirement in door.requires:
            proof = presented.get(requirement.id)
            if requirement.kind is not RequirementKind.SIGNED_CREDENTIAL:
                if proof is True:
                    shown[requirement.id] = Shown(satisfied=True, method=Method.MANUAL)
            elif isinstance(proof, Certificate | Attested):
                verdict = self._verdict(requirement, proof, definition, local)
                method = Method.AUTOMATIC if isinstance(proof, Certificate) else Method.MANUAL
                shown[requirement.id] = Shown(satisfied=verdict.satisfied, method=method)
                if not verdict.satisfied:
                    reasons[requirement.id] = verdict.reason
        return Judged(shown, reasons)

    def _verdict(
        self, requirement: Requirement, proof: Certificate | Attested, definition: Definition, at: datetime
    ) -> credentials.Verdict:
        policy = definition.policies.get(requirement.policy or "")
        if policy is None:
            return credentials.Verdict.refused(Reason.POLICY_NOT_IN_FORCE)
        rules = rules_of(policy)
        if isinstance(proof, Certificate):
            return credentials.verify(proof.hc1, self._trust[policy.trust_list], rules, at)
        if not rules.in_force(at):
            return credentials.Verdict.refused(Reason.POLICY_NOT_IN_FORCE)
        if getattr(policy.accept, proof.attested) is None:
            return credentials.Verdict.refused(Reason.NOT_ACCEPTED)
        return credentials.Verdict(satisfied=True, reason=Reason.ACCEPTED)


def rules_of(policy: Policy) -> credentials.Policy:
    """The definition's policy as the rules that judge a certificate."""
    accept = policy.accept
    return credentials.Policy(
        valid_from=policy.valid.from_,
        valid_until=policy.valid.until,
        vaccination=None if accept.vaccination is None else _vaccination(accept.vaccination),
        recovery=None if accept.recovery is None else RecoveryRule(accept.recovery.from_day, accept.recovery.to_day),
        test=None if accept.test is None else SampleRule(timedelta(hours=accept.test.max_age_hours)),
    )


def _vaccination(accepted: Vaccination) -> VaccinationRule:
    return VaccinationRule(
        days_after_complete=accepted.days_after_complete,
        days_after_complete_by_product=accepted.days_after_complete_by_product,
        products=frozenset(accepted.products),
        no_wait_from_dose=accepted.no_wait_from_dose,
    )
