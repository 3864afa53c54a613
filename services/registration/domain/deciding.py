"""Decisions on what people submit: apply, change, cancel. Each submission gets exactly one answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from services.registration.domain.answering import (
    Claims,
    answer,
    as_asked,
    in_order_of_need,
    invitation_of,
    settle_dependents,
)
from services.registration.domain.commands import Apply, Cancel, Change, Command
from services.registration.domain.model import LIVE, Former, Reason, Registration, Standing, State, Status
from services.registration.domain.places import record, uses_invitation
from shared.messages import Message
from shared.messages import registration as facts
from shared.messages.registration import PartState

FACT_OF: Mapping[Status, type[facts._RegistrationFact]] = {
    Status.CONFIRMED: facts.RegistrationConfirmed,
    Status.WAITLISTED: facts.RegistrationWaitlisted,
    Status.AWAITING_SELECTION: facts.RegistrationPending,
    Status.DECLINED: facts.RegistrationDeclined,
    Status.CANCELLED: facts.RegistrationCancelled,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What one cause did: the registration it changed (already in the state), and the facts that tell of it."""

    cause: str
    facts: tuple[Message, ...] = ()
    registration_id: str | None = None
    submission: Command | None = None
    refusal: Reason | None = None
    handed_on: Former | None = None  # who is to be told that it is theirs no more


Outcome = tuple[State, Decision | None]


def decide(state: State, command: Command, cause: str) -> Outcome:
    """Answer one submission; a repeat of an answered one changes nothing and yields nothing."""
    if command.id in state.answered or (isinstance(command, Apply) and command.id in state.registrations):
        return state, None
    match command:
        case Apply():
            return _apply(state, command, cause)
        case Change():
            return _change(state, command, cause)
        case _:
            return _cancel(state, command, cause)


def publish(state: State, registration: Registration, decision: Decision) -> tuple[State, Decision]:
    """Record the registration under a new version, with one fact for each kind of standing that changed."""
    before = state.registrations.get(registration.id)
    after = replace(registration, version=registration.version + 1)
    kinds = dict.fromkeys(FACT_OF[standing.status] for standing in _changed(before, after))
    said = tuple(kind(**fact_fields(after)) for kind in kinds)
    return record(state, after), replace(decision, facts=said, registration_id=after.id)


def fact_fields(registration: Registration) -> dict[str, Any]:
    return {
        "gathering_id": registration.gathering_id,
        "registration_id": registration.id,
        "delegation": registration.delegation,
        "version": registration.version,
        "accepted_at": registration.accepted_at,
        "category": registration.category,
        "generation": registration.generation,
        "parts": tuple(
            PartState(part=s.part, mode=s.mode, status=s.status, reason=s.reason) for s in registration.parts
        ),
    }


def _changed(before: Registration | None, after: Registration) -> list[Standing]:
    old = {standing.part: standing for standing in before.parts} if before is not None else {}
    return [standing for standing in after.parts if old.get(standing.part) != standing]


def _apply(state: State, command: Apply, cause: str) -> Outcome:
    registration = Registration(
        command.id,
        command.gathering_id,
        command.accepted_at,
        command.person,
        command.delegation,
        key=command.key,
        attendee=as_asked(state.definition, command.attendee),
    )
    if command.key in state.keys:
        registration = _declined_whole(replace(registration, key=None), command, Reason.IDEMPOTENCY_MISMATCH)
    elif state.definition is None:
        registration = _declined_whole(registration, command, Reason.UNKNOWN_GATHERING)
    elif command.person in state.persons:
        registration = _declined_whole(registration, command, Reason.ALREADY_REGISTERED)
    else:
        registration = _answered(state, registration, command)
    return publish(state, registration, Decision(cause, submission=command))


def _declined_whole(registration: Registration, command: Apply, reason: Reason) -> Registration:
    parts = tuple(Standing(wish.part, wish.mode, Status.DECLINED, reason) for wish in command.wishes)
    return replace(registration, parts=parts)


def _answered(state: State, registration: Registration, command: Apply) -> Registration:
    """Each part by itself, on a state that already counts the parts answered before it."""
    asked = [wish.part for wish in command.wishes]
    invitation = invitation_of(state, registration, command.claims)
    if invitation is not None:
        registration = replace(registration, invitation=invitation.id)
    held = state
    for wish in in_order_of_need(state.definition, command.wishes):
        held = record(held, registration) if registration.parts else held
        standing = answer(held, registration, wish, command.claims, command.accepted_at)
        registration = registration.with_standing(standing)
    parts = tuple(sorted(registration.parts, key=lambda standing: asked.index(standing.part)))
    kept = registration.invitation if uses_invitation(state, registration) else None
    if (parts, kept) == (registration.parts, registration.invitation):
        return registration
    return replace(registration, parts=parts, invitation=kept)


def _own(state: State, command: Change | Cancel) -> Registration | None:
    """The registration, if the caller's token still opens it: a substitution voids older tokens."""
    found = state.registrations.get(command.registration_id)
    if found is None or found.erased_at is not None or found.generation != command.generation:
        return None
    return found


def _refused(state: State, command: Change | Cancel, cause: str, reason: Reason) -> Outcome:
    """The request is answered, the registration stays as it was; the fact says so under a new version."""
    keys = state.keys if reason is Reason.IDEMPOTENCY_MISMATCH else {**state.keys, command.key: command.id}
    refusals = {**state.refusals, command.id: reason}
    state = replace(state, answered=state.answered | {command.id}, refusals=refusals, keys=keys)
    decision = Decision(cause, submission=command, refusal=reason)
    registration = _own(state, command)
    if registration is None:
        return state, decision
    after = replace(registration, version=registration.version + 1)
    fact = facts.RegistrationChanged(**fact_fields(after), refused=reason)
    return record(state, after), replace(decision, facts=(fact,), registration_id=after.id)


def _cancel(state: State, command: Cancel, cause: str) -> Outcome:
    if command.key in state.keys:
        return _refused(state, command, cause, Reason.IDEMPOTENCY_MISMATCH)
    registration = _own(state, command)
    if registration is None:
        return _refused(state, command, cause, Reason.NOT_ELIGIBLE)
    named = command.parts if command.parts is not None else [standing.part for standing in registration.parts]
    if any(registration.standing(part) is None for part in named):
        return _refused(state, command, cause, Reason.UNKNOWN_PART)
    for part in named:
        registration = cancelled(registration, part)
    registration = settle_dependents(state, registration, command.accepted_at)
    after = replace(registration, version=registration.version + 1)
    fact = facts.RegistrationCancelled(**fact_fields(after))
    decision = Decision(cause, (fact,), after.id, command)
    return _keyed(record(state, after), command), decision


def cancelled(registration: Registration, part: str) -> Registration:
    standing = registration.standing(part)
    if standing is None or not standing.is_live:
        return registration
    return registration.with_standing(Standing(standing.part, standing.mode, Status.CANCELLED))


def _change(state: State, command: Change, cause: str) -> Outcome:
    if command.key in state.keys:
        return _refused(state, command, cause, Reason.IDEMPOTENCY_MISMATCH)
    registration = _own(state, command)
    if registration is None or not registration.is_live:
        return _refused(state, command, cause, Reason.NOT_ELIGIBLE)
    changed = _substituted(state, registration, command) if command.attendee is not None else registration
    if not isinstance(changed, Reason):
        changed = _with_wishes(state, _with_answers(state, changed, command), command)
    if isinstance(changed, Reason):
        return _refused(state, command, cause, changed)
    after = replace(changed, version=changed.version + 1)
    fact = facts.RegistrationChanged(**fact_fields(after), substituted=command.attendee is not None)
    decision = Decision(cause, (fact,), after.id, command, handed_on=_former(registration, after))
    return _keyed(record(state, after), command), decision


def _former(before: Registration, after: Registration) -> Former | None:
    """Who only corrects a name, or how their mailbox is spelt, hands nothing on."""
    known = (before.attendee or {}).get("attendee")
    if after.person == before.person or known is None:
        return None
    attendee = {name: known[name] for name in ("name", "email", "language") if name in known}
    parts = tuple(standing.part for standing in before.parts if standing.status is Status.CONFIRMED)
    return Former(after.id, after.generation, before.person, attendee, parts)


def _keyed(state: State, command: Change | Cancel) -> State:
    return replace(state, keys={**state.keys, command.key: command.id}, answered=state.answered | {command.id})


def _substituted(state: State, registration: Registration, command: Change) -> Registration | Reason:
    """A colleague of the same delegation takes over as it stands: no new place is taken, so no deadline applies.

    What the other person answered and agreed to was theirs alone.
    """
    if registration.delegation is None or command.person is None:
        return Reason.NOT_ELIGIBLE
    if state.definition is None or state.definition.is_past(command.accepted_at):
        return Reason.DEADLINE_PASSED
    if state.persons.get(command.person, registration.id) != registration.id:
        return Reason.ALREADY_REGISTERED
    return replace(
        registration,
        person=command.person,
        attendee={"attendee": command.attendee, "answers": {}, "consents": {}},
        generation=registration.generation + 1,
    )


def _with_answers(state: State, registration: Registration, command: Change) -> Registration:
    answers = as_asked(state.definition, {"answers": command.answers})["answers"]
    if not answers:
        return registration
    known = registration.attendee or {}
    return replace(registration, attendee={**known, "answers": {**known.get("answers", {}), **answers}})


def _with_wishes(state: State, registration: Registration, command: Change) -> Registration | Reason:
    """Each wish is a place in a part, or in another mode of it; what cannot be had leaves everything as it was."""
    answers = (registration.attendee or {}).get("answers", {})
    code = state.codes.get(registration.delegation or "")
    claims = Claims(answers, _given_before(state), code, command.invitation)
    held, before = state, registration
    registration = _invited(state, registration, claims)
    for wish in in_order_of_need(state.definition, command.wishes):
        standing = registration.standing(wish.part)
        if standing is not None and standing.is_live and standing.mode == wish.mode:
            continue
        without = cancelled(registration, wish.part)
        fresh = answer(record(held, without), without, wish, claims, command.accepted_at)
        if fresh.status not in LIVE:
            return fresh.reason or Reason.NOT_ELIGIBLE
        if fresh.status is Status.WAITLISTED and standing is not None and standing.is_live:
            return Reason.PART_FULL  # a held place is not given up for a place in a queue
        registration = settle_dependents(held, without.with_standing(fresh), command.accepted_at)
        held = record(held, registration)
    return registration if uses_invitation(held, registration) else replace(registration, invitation=before.invitation)


def _invited(state: State, registration: Registration, claims: Claims) -> Registration:
    """With the invitation sent along, unless it holds by another one already."""
    if claims.invitation is None or uses_invitation(state, registration):
        return registration
    found = invitation_of(state, replace(registration, invitation=None), claims)
    return registration if found is None else replace(registration, invitation=found.id)


def _given_before(state: State) -> dict[str, bool]:
    """Consents were given when registering; a change does not ask again."""
    consents = () if state.definition is None else state.definition.consents
    return {consent.id: True for consent in consents}
