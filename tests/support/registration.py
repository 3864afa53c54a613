"""Registration's makings: a gathering with every kind of part, commands as people send them, states that hold."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.registration.domain import (
    LIVE,
    Apply,
    Cancel,
    Change,
    Claims,
    Decision,
    Ledger,
    PoolKey,
    Registration,
    Standing,
    State,
    Status,
    at_rest,
    decide,
    promote,
    under,
    vacancies,
)
from services.registration.domain.places import record, uses_invitation
from shared.messages.gathering import Definition
from shared.messages.registration import Wish

GATHERING = "clusters"
OPEN = ("talk", "in-person")
REMOTE = ("talk", "remote")
FORUM = ("forum", "in-person")
FORUM_REMOTE = ("forum", "remote")
VISIT = ("visit", "in-person")
OTHER_VISIT = ("other-visit", "in-person")
LUNCH = ("lunch", "in-person")
MATCHING = ("matching", "in-person")
AT = datetime(2021, 11, 1, 9, tzinfo=UTC)
RELEASE_AT = datetime(2021, 11, 12, tzinfo=UTC)
DELEGATIONS = ("d1", "d2", "d3")
CODES = {one: f"code-{one}" for one in DELEGATIONS}

DEFINITION: dict[str, Any] = {
    "gathering": GATHERING,
    "title": "Clusters",
    "timezone": "UTC",
    "registration": {"opens": "2021-10-11T09:00"},
    "questions": [{"id": "diet", "label": "Diet", "type": "text", "required": True, "parts": ["lunch"]}],
    "consents": [{"id": "privacy", "text": "Yes", "required": True}],
    "delegations": {"eligible": list(DELEGATIONS)},
    "parts": [
        {
            "part": "talk",
            "starts": "2021-11-22T09:00",
            "ends": "2021-11-22T12:00",
            "modes": {
                "in-person": {
                    "capacity": 4,
                    "closes": "2021-11-15T00:00",
                    "places_per_delegation": {"max": 2, "reserved": 1, "release_at": "2021-11-12T00:00"},
                },
                "remote": {"opens": "2021-10-20T00:00"},
            },
        },
        {
            "part": "forum",
            "starts": "2021-11-22T14:00",
            "ends": "2021-11-22T18:00",
            "obligation": 1,
            "modes": {
                "in-person": {
                    "capacity": 3,
                    "entry": "selection",
                    "invitation": "required",
                    "if_not_selected": "remote",
                    "places_per_delegation": 2,
                },
                "remote": {"capacity": 1, "waiting_list": False},
            },
        },
        {
            "part": "visit",
            "starts": "2021-11-23T09:00",
            "ends": "2021-11-23T12:00",
            "needs": {"part": "forum", "mode": "in-person"},
            "excludes": ["other-visit"],
            "modes": {"in-person": {"capacity": 1}},
        },
        {
            "part": "other-visit",
            "starts": "2021-11-23T09:00",
            "ends": "2021-11-23T12:00",
            "needs": "forum",
            "modes": {"in-person": {"capacity": 5}},
        },
        {
            "part": "lunch",
            "starts": "2021-11-23T12:00",
            "ends": "2021-11-23T13:00",
            "needs": "visit",
            "modes": {"in-person": {"capacity": 5}},
        },
        {
            "part": "matching",
            "starts": "2021-11-24T09:00",
            "ends": "2021-11-24T12:00",
            "eligible": "delegations-only",
            "obligation": 1,
            "modes": {"in-person": {"capacity": 2, "entry": "selection"}},
        },
    ],
}


def definition(**changes: Any) -> Definition:
    return Definition.model_validate(copy.deepcopy(DEFINITION) | changes)


def with_pool(key: PoolKey, **changes: Any) -> Definition:
    """The definition with one of its pools written otherwise."""
    written = copy.deepcopy(DEFINITION)
    part = next(one for one in written["parts"] if one["part"] == key[0])
    part["modes"][key[1]] |= changes
    return Definition.model_validate(written)


def opened(given: Definition | None = None, **view: Any) -> State:
    """A gathering published with nobody in it."""
    state = State(Ledger(GATHERING), None, codes=dict(CODES), **view)
    return replace(under(state, given or definition(), 1, {}), freed={})


def wishes(*keys: PoolKey) -> tuple[Wish, ...]:
    return tuple(Wish(part=part, mode=mode) for part, mode in keys)


def apply(name: str, *keys: PoolKey, delegation: str | None = None, at: datetime = AT, **about: Any) -> Apply:
    """Somebody's registration; id, key and person are named after them unless said otherwise."""
    claims = Claims(
        about.pop("answers", {"diet": "none"}),
        about.pop("consents", {"privacy": True}),
        about.pop("membership_code", None),
        about.pop("invitation", None),
    )
    given: dict[str, Any] = {
        "id": name,
        "gathering_id": GATHERING,
        "accepted_at": at,
        "key": f"key-{name}",
        "person": f"person-{name}",
        "attendee": {"attendee": {"name": name}, "answers": dict(claims.answers), "consents": dict(claims.consents)},
    }
    return Apply(wishes=wishes(*(keys or (OPEN,))), delegation=delegation, claims=claims, **given | about)


def change(registration: str, *keys: PoolKey, name: str = "c1", at: datetime = AT, **about: Any) -> Change:
    given: dict[str, Any] = {"generation": 0, "key": f"key-{name}"} | about
    return Change(name, GATHERING, at, registration_id=registration, wishes=wishes(*keys), **given)


def cancel(registration: str, *parts: str, name: str = "x1", at: datetime = AT, **about: Any) -> Cancel:
    given: dict[str, Any] = {"generation": 0, "key": f"key-{name}"} | about
    return Cancel(name, GATHERING, at, registration_id=registration, parts=parts or None, **given)


def decided(state: State, *commands: Apply | Change | Cancel) -> State:
    for command in commands:
        state, _ = decide(state, command, f"cause-{command.id}")
    return state


def decision_on(state: State, command: Apply | Change | Cancel) -> tuple[State, Decision]:
    after, decision = decide(state, command, f"cause-{command.id}")
    assert decision is not None
    return after, decision


def status(state: State, name: str, part: str) -> str:
    """`confirmed`, or `declined: part-full`; with the mode where it is not in person."""
    standing = state.registrations[name].standing(part)
    assert standing is not None
    said = standing.status if standing.reason is None else f"{standing.status}: {standing.reason}"
    return said if standing.mode == "in-person" else f"{said} ({standing.mode})"


def stand(
    state: State, name: str, key: PoolKey, standing: Status = Status.CONFIRMED, delegation: str | None = None
) -> State:
    """Somebody who stands so with one part."""
    position = state.ledger.queued + 1 if standing is Status.WAITLISTED else None
    one = Registration(name, GATHERING, AT, f"person-{name}", delegation, version=1)
    return record(state, one.with_standing(Standing(*key, standing, position=position)))


def counted(state: State, among: Iterable[Registration]) -> Mapping[PoolKey, tuple[int, int]]:
    """Confirmed and waiting of each pool, counted one by one."""
    found: dict[PoolKey, tuple[int, int]] = dict.fromkeys(state.ledger.pools, (0, 0))
    for one in among:
        for standing in one.parts:
            confirmed, waiting = found[standing.pool]
            confirmed += standing.status is Status.CONFIRMED
            waiting += standing.status is Status.WAITLISTED
            found[standing.pool] = confirmed, waiting
    return found


def must_hold(state: State) -> None:
    """What is true of every state, whatever led there."""
    registrations = state.registrations.values()
    for key, (confirmed, waiting) in counted(state, registrations).items():
        pool, count = state.pool(key), state.count(key)
        assert (count.confirmed, count.waiting) == (confirmed, waiting), key
        assert pool is not None
        assert pool.capacity is None or confirmed <= pool.capacity, key
        by_delegation = dict.fromkeys(DELEGATIONS, 0)
        for one in registrations:
            standing = one.standing(key[0])
            if one.delegation and standing and standing.pool == key and standing.status is Status.CONFIRMED:
                by_delegation[one.delegation] = by_delegation.get(one.delegation, 0) + 1
        places = pool.places_per_delegation
        if places is not None:
            assert places.max is None or max(by_delegation.values()) <= places.max, key
            assert count.held == sum(max(0, places.reserved - by_delegation[one]) for one in DELEGATIONS), key
        for delegation, held in by_delegation.items():
            assert state.confirmed_of(delegation, key) == held, key
    live = [one.person for one in registrations if one.is_live]
    assert len(live) == len(set(live))
    assert state.persons == {one.person: one.id for one in registrations if one.is_live}
    positions = [s.position for one in registrations for s in one.parts if s.status is Status.WAITLISTED]
    assert len(positions) == len(set(positions))
    assert None not in positions
    for invitation in state.invitations.values():
        users = [one for one in registrations if one.invitation == invitation.id and uses_invitation(state, one)]
        assert invitation.used == len(users) <= invitation.places
    for one in registrations:
        _needs_hold(state, one)


def _needs_hold(state: State, registration: Registration) -> None:
    assert state.definition is not None
    for standing in registration.parts:
        part = state.definition.part(standing.part)
        assert part is not None
        rivals = state.definition.rivals(standing.part)
        assert not standing.is_live or not any(s.is_live and s.part in rivals for s in registration.parts)
        if part.needs is None or standing.status not in LIVE:
            continue
        needed = registration.standing(part.needs.part)
        assert needed is not None
        assert needed.is_live
        assert part.needs.mode in {None, needed.mode}
        assert standing.status is Status.AWAITING_SELECTION or needed.status is Status.CONFIRMED


def later(**by: float) -> datetime:
    return AT + timedelta(**by)


def promoted(state: State, at: datetime = AT) -> State:
    """With everybody in view, let the queues move until they rest, as the service does."""
    while vacant := vacancies(state, at):
        state, moved = promote(state, vacant[0].key, at, "promotion")
        if not moved:
            state = at_rest(state, vacant[0].key)
    return state
