"""What a gathering accepts as proof, as data: the rules of a country and a date, applied to a genuine certificate."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.checkin.credentials.health import Entry, Kind

_COVID_19 = "840539006"
_NEGATIVE = "260415000"


class Reason(StrEnum):
    """Why, for the eyes of the person at the door; neither stored nor published. None says which proof it was."""

    ACCEPTED = "accepted"
    UNREADABLE = "unreadable"
    UNKNOWN_SIGNER = "unknown-signer"
    FORGED = "forged"
    NOT_YET_ISSUED = "not-yet-issued"
    EXPIRED = "expired"
    SIGNER_NOT_ENTITLED = "signer-not-entitled"
    POLICY_NOT_IN_FORCE = "policy-not-in-force"
    NOT_ACCEPTED = "not-accepted"


@dataclass(frozen=True)
class Verdict:
    """The whole answer of a verification."""

    satisfied: bool
    reason: Reason

    @classmethod
    def refused(cls, reason: Reason) -> "Verdict":
        return cls(satisfied=False, reason=reason)


@dataclass(frozen=True)
class VaccinationRule:
    """The course is complete, with an accepted product (none named: any), and the waiting days are over."""

    days_after_complete: int = 0
    days_after_complete_by_product: Mapping[str, int] = field(default_factory=dict)
    products: frozenset[str] = frozenset()
    no_wait_from_dose: int = 3

    def accepts(self, entry: Entry, at: datetime) -> bool:
        dose, series, given = entry.number("dn"), entry.number("sd"), entry.day("dt")
        product = entry.text("mp") or ""
        if dose is None or series is None or given is None or not 0 < series <= dose:
            return False
        if self.products and product not in self.products:
            return False
        days = self.days_after_complete_by_product.get(product, self.days_after_complete)
        wait = 0 if dose >= self.no_wait_from_dose else days
        return (at.date() - given).days >= wait


@dataclass(frozen=True)
class RecoveryRule:
    """The first positive test was at least so many days ago, and at most so many."""

    from_day: int
    to_day: int

    def accepts(self, entry: Entry, at: datetime) -> bool:
        first_positive = entry.day("fr")
        return first_positive is not None and self.from_day <= (at.date() - first_positive).days <= self.to_day


@dataclass(frozen=True)
class SampleRule:
    """The test was negative and sampled no longer ago than this, to the second, and not in the future."""

    max_age: timedelta

    def accepts(self, entry: Entry, at: datetime) -> bool:
        sampled_at = entry.moment("sc")
        if sampled_at is None or entry.text("tr") != _NEGATIVE:
            return False
        return timedelta(0) <= at - sampled_at <= self.max_age


@dataclass(frozen=True)
class Policy:
    """The rules of one policy and the time they are in force (`until` is exclusive); an absent rule accepts nothing."""

    valid_from: datetime | None = None
    valid_until: datetime | None = None
    vaccination: VaccinationRule | None = None
    recovery: RecoveryRule | None = None
    test: SampleRule | None = None

    def in_force(self, at: datetime) -> bool:
        begun = self.valid_from is None or self.valid_from <= at
        return begun and (self.valid_until is None or at < self.valid_until)

    def accepts(self, entry: Entry, at: datetime) -> bool:
        rules = {Kind.VACCINATION: self.vaccination, Kind.RECOVERY: self.recovery, Kind.TEST: self.test}
        rule = rules[entry.kind]
        return rule is not None and entry.fields.get("tg", _COVID_19) == _COVID_19 and rule.accepts(entry, at)


def judge(entries: Iterable[Entry], policy: Policy, at: datetime) -> Verdict:
    """One acceptable entry is enough."""
    if not policy.in_force(at):
        return Verdict.refused(Reason.POLICY_NOT_IN_FORCE)
    if any(policy.accepts(entry, at) for entry in entries):
        return Verdict(satisfied=True, reason=Reason.ACCEPTED)
    return Verdict.refused(Reason.NOT_ACCEPTED)
