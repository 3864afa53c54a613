"""The answer to one wish: a part in a mode, for one applicant, at the moment it was accepted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unicodedata import normalize

from services.registration.domain.model import (
    Category,
    Invitation,
    PoolKey,
    Reason,
    Registration,
    Standing,
    State,
    Status,
)
from services.registration.domain.places import at_quota, free_for, has_kept_place, record, uses_invitation
from shared.messages.gathering import Answer, Definition, Eligible, Entry, Membership, Part, Pool, Question
from shared.messages.registration import Wish


@dataclass(frozen=True, slots=True)
class Claims:
    """What an applicant brings: answers and consents by id, and the codes that prove belonging and invitation."""

    answers: Mapping[str, Any]
    consents: Mapping[str, bool]
    membership_code: str | None = None
    invitation: str | None = None  # the digest of its code


def as_asked(definition: Definition | None, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was sent about a person, without answers and consents that the gathering does not ask for.

    What does not answer its question is none; blank it is kept, so that a change can take an answer back.
    """
    questions = {} if definition is None else {one.id: one for one in definition.questions}
    consents = set() if definition is None else {one.id for one in definition.consents}
    kept: Mapping[str, Callable[[str, Any], bool]] = {
        "answers": lambda id_, one: id_ in questions and (_is_blank(one) or _answers(questions[id_], one)),
        "consents": lambda id_, _: id_ in consents,
    }
    return {
        name: {key: one for key, one in given.items() if kept[name](key, one)} if name in kept else given
        for name, given in sent.items()
    }


def answer(state: State, registration: Registration, wish: Wish, claims: Claims, at: datetime) -> Standing:
    """How `registration` stands with the wished part. Parts it needs must have been answered before."""
    key = (wish.part, wish.mode)
    definition, pool = state.definition, state.pool(key)
    part = None if definition is None else definition.part(wish.part)
    if definition is None or part is None or pool is None:
        return _declined(key, Reason.UNKNOWN_PART)
    refusal = (
        _outside_window(definition, key, at)
        or _not_eligible(state, definition, part, registration, claims)
        or _incomplete(definition, wish.part, claims)
        or _not_invited(state, pool, registration, claims)
    )
    return _declined(key, refusal) if refusal else settle(state, registration, key, at)


def settle(state: State, registration: Registration, key: PoolKey, at: datetime) -> Standing:
    """The same once the applicant is admissible: the needed part first, then selection, quota and places."""
    pool = state.pool(key)
    if pool is None or pool.cancelled:
        return _declined(key, Reason.UNKNOWN_PART if pool is None else Reason.DEADLINE_PASSED)
    need = need_of(state, registration, key[0])
    if need is None:
        return _declined(key, Reason.NOT_ELIGIBLE)
    if need is not Status.CONFIRMED:
        return Standing(*key, Status.AWAITING_SELECTION)
    if registration.category is not Category.ATTENDEE:
        return Standing(*key, Status.CONFIRMED)  # takes no public place
    if pool.entry is Entry.SELECTION:
        return Standing(*key, Status.AWAITING_SELECTION)
    return place(state, registration.delegation, key, at)


def need_of(state: State, registration: Registration, part: str) -> Status | None:
    """How the part that `part` needs stands; `CONFIRMED` where it needs none, nothing where that cannot be met."""
    found = None if state.definition is None else state.definition.part(part)
    if found is None or found.needs is None:
        return Status.CONFIRMED
    standing = registration.standing(found.needs.part)
    if standing is None or not standing.is_live or found.needs.mode not in {None, standing.mode}:
        return None
    return standing.status


def place(state: State, delegation: str | None, key: PoolKey, at: datetime) -> Standing:
    """First come, first served; nobody overtakes a queue, except into a place kept for their own delegation."""
    pool = state.pool(key)
    if pool is None or pool.cancelled:
        return _declined(key, Reason.UNKNOWN_PART if pool is None else Reason.DEADLINE_PASSED)
    if at_quota(state, key, delegation):
        return _declined(key, Reason.DELEGATION_QUOTA_REACHED)
    queue = pool.waiting_list and state.count(key).waiting > 0
    # what was given up a moment ago, in the same batch, is for those who wait; they have not moved up yet
    kept = not state.freed.get(key) and has_kept_place(state, key, delegation, at)
    if free_for(state, key, delegation, at) and (not queue or kept):
        return Standing(*key, Status.CONFIRMED)
    if not pool.waiting_list:
        return _declined(key, Reason.PART_FULL)
    return Standing(*key, Status.WAITLISTED, position=state.ledger.queued + 1)


def settle_dependents(state: State, registration: Registration, at: datetime) -> Registration:
    """Decide, or give up, the parts that hang on what has just changed, and those that hang on them in turn."""
    while (standing := _unsettled(state, registration)) is not None:
        state = record(state, registration)
        fresh = settle(state, registration, standing.pool, at)
        if fresh.status is Status.DECLINED and standing.status is not Status.AWAITING_SELECTION:
            fresh = Standing(*standing.pool, Status.CANCELLED)
        registration = registration.with_standing(fresh)
    return registration


def _unsettled(state: State, registration: Registration) -> Standing | None:
    """A standing that does not fit how the part it needs stands by now."""
    for standing in registration.parts:
        if not standing.is_live:
            continue
        need, waits = need_of(state, registration, standing.part), standing.status is Status.AWAITING_SELECTION
        if need is None or (need is not Status.CONFIRMED and not waits):
            return standing
        if need is Status.CONFIRMED and waits and not _is_selected(state, standing):
            return standing
    return None


def in_order_of_need(definition: Definition | None, wishes: tuple[Wish, ...]) -> list[Wish]:
    """Needed parts first; otherwise as they were asked for."""
    return sorted(wishes, key=lambda wish: _depth(definition, wish.part))


def _depth(definition: Definition | None, part: str, steps: int = 0) -> int:
    found = None if definition is None else definition.part(part)
    if found is None or found.needs is None or steps > len(definition.parts if definition else ()):
        return steps
    return _depth(definition, found.needs.part, steps + 1)


def _is_selected(state: State, standing: Standing) -> bool:
    pool = state.pool(standing.pool)
    return pool is None or pool.entry is Entry.SELECTION


def _declined(key: PoolKey, reason: Reason) -> Standing:
    return Standing(*key, Status.DECLINED, reason)


def _outside_window(definition: Definition, key: PoolKey, at: datetime) -> Reason | None:
    opens = definition.opens_at(*key)
    if opens is not None and at < opens:
        return Reason.NOT_OPEN_YET
    return Reason.DEADLINE_PASSED if at >= definition.closes_at(*key) else None


def _not_eligible(
    state: State, definition: Definition, part: Part, registration: Registration, claims: Claims
) -> Reason | None:
    belongs = _belongs(state, definition, registration.delegation, claims)
    if belongs is False or (part.eligible is Eligible.DELEGATIONS_ONLY and belongs is None):
        return Reason.NOT_ELIGIBLE
    rivals = definition.rivals(part.part)
    if any(standing.is_live and standing.part in rivals for standing in registration.parts):
        return Reason.NOT_ELIGIBLE
    return None


def _belongs(state: State, definition: Definition, delegation: str | None, claims: Claims) -> bool | None:
    """Whether the claimed delegation is theirs; nothing when none is claimed."""
    if delegation is None:
        return None
    listed = definition.delegations
    if listed is None:
        return False
    if listed.eligible and definition.delegation(delegation) is None:
        return False
    if listed.membership is Membership.DECLARED:
        return True
    return claims.membership_code is not None and claims.membership_code == state.codes.get(delegation)


def _incomplete(definition: Definition, part: str, claims: Claims) -> Reason | None:
    for question in definition.questions:
        if not question.required or part not in (question.parts or (part,)):
            continue
        given = claims.answers.get(question.id)
        if _is_blank(given) or not _answers(question, given):
            return Reason.INCOMPLETE
    for consent in definition.consents:
        if consent.required and claims.consents.get(consent.id) is not True:
            return Reason.INCOMPLETE
    return None


def _is_blank(given: Any) -> bool:
    """Whether nothing was said; "no" is an answer."""
    return given is None or (not given and not isinstance(given, bool | int | float))


def _answers(question: Question, given: Any) -> bool:
    """Whether what was said is of the question's kind, and among its options."""
    match question.type:
        case Answer.CHOICE:
            return _is_among(question.options, given)
        case Answer.CHOICES:
            return isinstance(given, list | tuple) and all(_is_among(question.options, one) for one in given)
        case Answer.YES_NO:
            return isinstance(given, bool) or given in ("yes", "no")
        case Answer.TEXT:
            return isinstance(given, str | int | float)  # a number, or a plain yes, is as good as its text


def _is_among(options: Iterable[str], given: Any) -> bool:
    """What people send came trimmed and in NFC; an option stands as the organiser wrote it."""
    return isinstance(given, str) and given in {normalize("NFC", one).strip() for one in options}


def _not_invited(state: State, pool: Pool, registration: Registration, claims: Claims) -> Reason | None:
    if pool.invitation is None:
        return None
    invitation = invitation_of(state, registration, claims)
    return None if invitation is not None else Reason.NOT_INVITED


def invitation_of(state: State, registration: Registration, claims: Claims) -> Invitation | None:
    """The invitation that the applicant may use: theirs by name or by delegation, not revoked, not used up."""
    if registration.invitation is None:
        found = state.invitations.get(claims.invitation or "")
    else:
        found = next((one for one in state.invitations.values() if one.id == registration.invitation), None)
        if uses_invitation(state, registration):
            return found
    return found if found is not None and _admits(found, registration) else None


def _admits(invitation: Invitation, registration: Registration) -> bool:
    if invitation.person is not None:
        theirs = invitation.person == registration.person
    else:
        theirs = invitation.delegation == registration.delegation
    return theirs and not invitation.revoked and invitation.used < invitation.places
