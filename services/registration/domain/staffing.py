"""What staff and timers do to registrations: add people, cancel or move a part, erase somebody."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.registration.domain.answering import as_asked, settle, settle_dependents
from services.registration.domain.deciding import Decision, Outcome, cancelled, fact_fields, publish
from services.registration.domain.model import Category, Reason, Registration, Standing, State, Status
from services.registration.domain.places import at_quota, free_for, record
from shared.messages import registration as facts
from shared.messages.registration import Wish


@dataclass(frozen=True, slots=True)
class Add:
    """Somebody whom staff lets in, also after the deadline: a speaker, press, a guest."""

    id: str
    gathering_id: str
    at: datetime
    person: str
    category: Category
    delegation: str | None
    wishes: tuple[Wish, ...]
    attendee: Mapping[str, Any] = field(compare=False)


def add(state: State, command: Add) -> tuple[State, Decision] | Reason:
    if state.definition is None:
        return Reason.UNKNOWN_GATHERING
    if command.person in state.persons:
        return Reason.ALREADY_REGISTERED
    pools = [state.pool((wish.part, wish.mode)) for wish in command.wishes]
    if any(pool is None or pool.cancelled for pool in pools):
        return Reason.UNKNOWN_PART
    registration = Registration(
        command.id,
        command.gathering_id,
        command.at,
        command.person,
        command.delegation,
        command.category,
        tuple(Standing(wish.part, wish.mode, Status.CONFIRMED) for wish in command.wishes),
        attendee=as_asked(state.definition, command.attendee),
    )
    return publish(state, registration, Decision(command.id))


def cancel_part(state: State, registration: Registration, part: str, at: datetime, cause: str) -> Outcome:
    """The part does not take place: whoever had anything of it loses it."""
    after = cancelled(registration, part)
    if after == registration:
        return state, None
    return publish(state, settle_dependents(state, after, at), Decision(cause))


def move_part(state: State, registration: Registration, part: str, mode: str, at: datetime, cause: str) -> Outcome:
    """The part takes place in another mode: who had a place has one there as far as they go; the others apply anew."""
    standing = registration.standing(part)
    if standing is None or not standing.is_live or standing.mode == mode:
        return state, None
    moved = registration.with_standing(_in_mode(state, registration, standing, mode, at))
    return _told(state, settle_dependents(state, moved, at), cause)


def _in_mode(state: State, registration: Registration, standing: Standing, mode: str, at: datetime) -> Standing:
    key, delegation = (standing.part, mode), registration.delegation
    if (
        standing.status is Status.CONFIRMED
        and free_for(state, key, delegation, at)
        and not at_quota(state, key, delegation)
    ):
        return Standing(*key, Status.CONFIRMED)
    return settle(state, registration, key, at)


def retime_part(
    state: State, registration: Registration, part: str, cause: str, began_at: datetime | None = None
) -> Outcome:
    """The part takes place at another time than at `began_at`: everybody who counts on it is told."""
    standing = registration.standing(part)
    if standing is None or not standing.is_live:
        return state, None
    return _told(state, registration, cause, retimed=True, retimed_part=part, retimed_from=began_at)


def _told(state: State, changed: Registration, cause: str, **about: Any) -> Outcome:
    after = replace(changed, version=changed.version + 1)
    fact = facts.RegistrationChanged(**fact_fields(after), **about)
    return record(state, after), Decision(cause, (fact,), after.id)


def erase(state: State, registration: Registration, at: datetime, cause: str) -> Outcome:
    """Give up what is held, then forget the person; the id stays, so that a late repeat does not bring them back."""
    if registration.erased_at is not None:
        return state, None
    after = registration
    for standing in registration.parts:
        after = cancelled(after, standing.part)
    said: tuple[Any, ...] = ()
    after = replace(after, version=registration.version + 1)
    if registration.is_live:
        said = (facts.RegistrationCancelled(**fact_fields(after)),)
        state = record(state, after)
    erased = facts.AttendeeErased(
        gathering_id=after.gathering_id, registration_id=after.id, version=after.version, erased_at=at
    )
    after = replace(after, erased_at=at, attendee=None)
    state = replace(state, registrations={**state.registrations, after.id: after})
    return state, Decision(cause, (*said, erased), after.id)
