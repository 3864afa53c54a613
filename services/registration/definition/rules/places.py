"""Numbers: caps, reserves, duties and ranges that can be kept together."""

from collections.abc import Iterator

from services.registration.definition.problems import Location
from shared.messages.gathering import Definition, Part, PlacesPerDelegation, Pool

Finding = tuple[Location, str]


def caps_fit_the_capacity(definition: Definition) -> Iterator[Finding]:
    for place, pool, quota in _quotas(definition):
        if quota.max is not None and pool.capacity is not None and quota.max > pool.capacity:
            yield (*place, "max"), "above the capacity of its mode; lower it or raise the capacity"


def reserves_fit_the_caps(definition: Definition) -> Iterator[Finding]:
    for place, _, quota in _quotas(definition):
        if quota.max is not None and quota.reserved > quota.max:
            yield (*place, "reserved"), "more than one delegation may hold (`max`); lower it or raise `max`"


def reserves_fit_the_capacity_together(definition: Definition) -> Iterator[Finding]:
    number = 0 if definition.delegations is None else len(definition.delegations.eligible)
    for place, pool, quota in _quotas(definition):
        if pool.capacity is not None and number * quota.reserved > pool.capacity:
            yield (
                (*place, "reserved"),
                "the reserved places of all delegations together exceed the capacity; lower them or raise it",
            )


def duties_fit_the_caps(definition: Definition) -> Iterator[Finding]:
    for number, part in enumerate(definition.parts):
        most = _most_of_a_delegation(part)
        if part.obligation is not None and most is not None and part.obligation.min > most:
            place = ("parts", number, "obligation", "min")
            yield place, "more than a delegation may hold (`max`), so nobody could keep it; lower it or raise `max`"


def meetings_have_a_range(definition: Definition) -> Iterator[Finding]:
    partnering = definition.partnering
    if partnering is None or partnering.max_per_person is None:
        return
    if partnering.min_per_person > partnering.max_per_person:
        yield ("partnering", "min_per_person"), "above `max_per_person`; lower it or raise the other"


def recoveries_have_a_range(definition: Definition) -> Iterator[Finding]:
    for name, policy in definition.policies.items():
        recovery = policy.accept.recovery
        if recovery is not None and recovery.from_day > recovery.to_day:
            yield ("policies", name, "accept", "recovery", "to_day"), "before `from_day`; raise it"


def _quotas(definition: Definition) -> Iterator[tuple[Location, Pool, PlacesPerDelegation]]:
    for number, part in enumerate(definition.parts):
        for mode, pool in part.modes.items():
            if pool.places_per_delegation is not None:
                place = ("parts", number, "modes", mode.value, "places_per_delegation")
                yield place, pool, pool.places_per_delegation


def _most_of_a_delegation(part: Part) -> int | None:
    """How many persons of one delegation the part can take in all its modes; `None` is without limit."""
    most = 0
    for pool in part.modes.values():
        if pool.places_per_delegation is None or pool.places_per_delegation.max is None:
            return None
        most += pool.places_per_delegation.max
    return most


RULES = (
    caps_fit_the_capacity,
    reserves_fit_the_caps,
    reserves_fit_the_capacity_together,
    duties_fit_the_caps,
    meetings_have_a_range,
    recoveries_have_a_range,
)
