"""One mail of a decision on a registration: which it is, and what it knows that the facts do not say."""

from services.notifications.domain.kinds import BY_FACT, BY_STATUS, LIVE, RegistrationFact, Template
from services.notifications.domain.state import Notification, View, notification_id
from shared.messages.base import Message
from shared.messages.envelope import Received
from shared.messages.registration import (
    PartState,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationWaitlisted,
)


def decision(view: View, heard: Received[Message], fact: RegistrationFact) -> Notification:
    """One mail for all facts of one decision: they share cause, subject and version."""
    before = view.registrations.get(fact.registration_id)
    known = before.parts if before is not None and before.version == fact.version - 1 else ()
    cause = heard.causation_id or heard.id
    about = f"registrations/{fact.registration_id}"
    return Notification(
        id=notification_id(fact.subject(), "decision", cause),
        gathering_id=fact.gathering_id,
        registration_id=fact.registration_id,
        template=_template_of(fact),
        cause_id=cause,
        content=fact.model_copy(update={"parts": _with_fallbacks(fact, known)}),
        about=about,
        version=fact.version,
        correlation_id=heard.correlation_id,
        given_up=_given_up(fact, known),
    )


def _template_of(fact: RegistrationFact) -> Template:
    if isinstance(fact, RegistrationCancelled):
        return Template.CHANGED if any(part.status in LIVE for part in fact.parts) else Template.CANCELLED
    if isinstance(fact, RegistrationChanged):
        return _kind_of_change(fact)
    if fact.version > 1:
        return BY_FACT[type(fact)]
    statuses = {part.status for part in fact.parts}
    return next((template for status, template in BY_STATUS.items() if status in statuses), Template.DECLINED)


def _kind_of_change(fact: RegistrationChanged) -> Template:
    if fact.refused is not None:
        return Template.CHANGE_REFUSED
    if fact.substituted:
        return Template.SUBSTITUTED
    return Template.RESCHEDULED if fact.retimed else Template.CHANGED


def _with_fallbacks(fact: RegistrationFact, known: tuple[PartState, ...]) -> tuple[PartState, ...]:
    """Who applied in person, was not selected and got the livestream instead is told so; the fact gives no reason."""
    if not isinstance(fact, RegistrationConfirmed | RegistrationWaitlisted):
        return fact.parts
    # only a selection decides in another mode: also of those on its reserve list, or turned down before
    applied = {part.part for part in known if part.mode == "in-person"}
    return tuple(
        part.model_copy(update={"reason": "not-selected"})
        if part.part in applied and part.mode == "remote" and part.status in {"confirmed", "waitlisted"}
        else part
        for part in fact.parts
    )


def _given_up(fact: RegistrationFact, known: tuple[PartState, ...]) -> tuple[str, ...]:
    """Who has a place online and asks for one in person, on which others decide, waits, and has none meanwhile."""
    held = {part.part for part in known if part.status == "confirmed"}
    return tuple(part.part for part in fact.parts if part.part in held and part.status in LIVE - {"confirmed"})
