"""The parts of a gathering, who may have a place in them, and on which terms."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from shared.messages.gathering.reading import Time
from shared.messages.gathering.text import (
    Count,
    Email,
    Flag,
    Kept,
    Line,
    Positive,
    Prose,
    Shape,
    Slug,
    Title,
    Url,
    named_after,
    short_form,
)


class Mode(StrEnum):
    IN_PERSON = "in-person"
    REMOTE = "remote"


class Entry(StrEnum):
    OPEN = "open"  # first come
    SELECTION = "selection"  # organisers choose; an application takes no place


class Eligible(StrEnum):
    EVERYONE = "everyone"
    DELEGATIONS_ONLY = "delegations-only"


class Membership(StrEnum):
    DECLARED = "declared"
    CODE = "code"


class Join(Shape):
    """Where a remote participant joins."""

    url: Url


JoinOrUrl = Annotated[Join, short_form("url", str | Join)]


class Delegation(Shape):
    id: Slug
    name: Line = Field(default_factory=lambda known: known.get("id", "-"))
    coordinator: Kept[Email] = None
    membership_code: Kept[Line] = None


DelegationOrId = Annotated[Delegation, short_form("id", str | Delegation)]


class Delegations(Shape):
    """The groups that may hold places. Without an `eligible` list any declared one is taken at its word."""

    label: Title = Field(default_factory=lambda: named_after("delegation"))
    membership: Membership = Membership.DECLARED
    eligible: tuple[DelegationOrId, ...] = Field(default=(), max_length=2_000)

    @cached_property
    def by_id(self) -> dict[str, Delegation]:
        return {delegation.id: delegation for delegation in self.eligible}


class PlacesPerDelegation(Shape):
    """`max` caps what one delegation may hold; `reserved` places are kept for each of them until `release_at`."""

    max: Count | None = None
    reserved: Count = 0
    release_at: Time | None = None


QuotaOrMax = Annotated[PlacesPerDelegation | None, short_form("max", int | PlacesPerDelegation | None)]


class Pool(Shape):
    """The places of one part in one mode; `capacity` of `None` is unlimited, `cancelled`: it does not take place."""

    capacity: Count | None = None
    entry: Entry = Entry.OPEN
    invitation: Literal["required"] | None = None
    if_not_selected: Mode | None = None
    opens: Time | None = None
    closes: Time | None = None
    places_per_delegation: QuotaOrMax = None
    waiting_list: Flag = True
    cancelled: Flag = False
    join: Kept[JoinOrUrl] = None


def on_default_terms(raw: Any) -> Any:
    return {} if raw is None else raw


class Obligation(Shape):
    """The least number of persons that every delegation owes this part, and by what rule."""

    min: Positive
    basis: Line | None = None


class Need(Shape):
    """Who attends this part must be confirmed for another one, in this mode if one is named."""

    part: Slug
    mode: Mode | None = None


class Part(Shape):
    part: Slug
    title: Title = Field(default_factory=lambda known: named_after(known.get("part", "")))
    about: Prose | None = None
    starts: Time
    ends: Time
    eligible: Eligible = Eligible.EVERYONE
    obligation: Annotated[Obligation | None, short_form("min", int | Obligation | None)] = None
    needs: Annotated[Need | None, short_form("part", str | Need | None)] = None
    excludes: tuple[Slug, ...] = Field(default=(), max_length=100)
    meeting_point: Prose | None = None
    modes: dict[Mode, Annotated[Pool, BeforeValidator(on_default_terms, json_schema_input_type=Pool | None)]] = Field(
        min_length=1
    )
