"""The rules of entry as the organisers wrote them, applied to what was really shown."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from cli.rehearsal.brief import DoorBrief, PolicyBrief
from cli.rehearsal.journal import Proof, Shown


def meets_requirements(shown: Shown, door: DoorBrief, policy: PolicyBrief | None, at: datetime) -> bool:
    """Whether somebody with these papers satisfies this door at that moment. Reminders bind nobody."""
    for kind in door.requires.values():
        if kind == "attested" and not shown.has_id_document:
            return False
        if kind == "signed-credential" and not _is_covered(shown, policy, at):
            return False
    return True


def _is_covered(shown: Shown, policy: PolicyBrief | None, at: datetime) -> bool:
    if policy is None:
        return False
    today = at.astimezone(policy.timezone).date()
    if not policy.valid_from <= today < policy.valid_until:
        return False
    if shown.attested is not None:
        return shown.attested in policy.accept
    return shown.proof is not None and accepts(policy, shown.proof, at, today)


def accepts(policy: PolicyBrief, proof: Proof, at: datetime, today: date) -> bool:
    rule = policy.accept.get(proof.kind)
    if rule is None or not proof.is_genuine or (proof.expires_at is not None and at > proof.expires_at):
        return False
    if proof.kind == "test":
        age = at - _moment(proof.since)
        return proof.is_negative and timedelta() <= age <= timedelta(hours=rule["max_age_hours"])
    age_in_days = (today - _day(proof.since)).days
    if proof.kind == "recovery":
        return bool(rule["from_day"] <= age_in_days <= rule["to_day"])
    return _is_vaccinated(rule, proof, age_in_days)


def _is_vaccinated(rule: Mapping[str, Any], proof: Proof, days: int) -> bool:
    if proof.product not in rule.get("products", (proof.product,)) or proof.dose < proof.series:
        return False
    no_wait_from = rule.get("no_wait_from_dose")
    if no_wait_from is not None and proof.dose >= no_wait_from:
        return days >= 0
    special = rule.get("days_after_complete_by_product", {})
    return bool(days >= special.get(proof.product, rule["days_after_complete"]))


def _moment(since: date | datetime) -> datetime:
    if not isinstance(since, datetime):
        raise TypeError("a sample has a time of day")
    return since


def _day(since: date | datetime) -> date:
    return since.date() if isinstance(since, datetime) else since
