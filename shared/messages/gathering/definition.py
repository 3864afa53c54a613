"""The definition of a gathering as a whole, and the questions that every service asks of it."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler, model_validator
from pydantic_core import PydanticCustomError

from shared.messages.gathering.entry import Door, Policy
from shared.messages.gathering.occasion import Consent, Contact, Link, OrganiserOrName, Question, Venue, Window
from shared.messages.gathering.places import Delegation, Delegations, Join, Mode, Part, Pool
from shared.messages.gathering.privacy import without_private
from shared.messages.gathering.programme import Agenda, Desk, FollowUp, Helpdesk, Partnering, WorkingGroups
from shared.messages.gathering.reading import Reading, find_zone, in_utc, known_zone, read_as
from shared.messages.gathering.text import LANGUAGE_PATTERN, Language, Prose, Shape, Slug, Title


class Definition(Shape):
    """One gathering. Field names are those of the YAML; all times are aware and in UTC."""

    gathering: Slug
    timezone: Annotated[str, Field(max_length=64), AfterValidator(known_zone)]
    languages: tuple[Language, ...] = Field(default=("en",), min_length=1, max_length=30)
    title: Title
    about: Prose | None = None
    organisers: tuple[OrganiserOrName, ...] = Field(default=(), max_length=50)
    links: tuple[Link, ...] = Field(default=(), max_length=100)
    contact: Contact | None = None
    credits: tuple[Title, ...] = Field(default=(), max_length=50)
    venue: Venue | None = None
    registration: Window = Window()
    questions: tuple[Question, ...] = Field(default=(), max_length=100)
    consents: tuple[Consent, ...] = Field(default=(), max_length=50)
    delegations: Delegations | None = None
    parts: tuple[Part, ...] = Field(min_length=1, max_length=100)
    doors: tuple[Door, ...] = Field(default=(), max_length=200)
    agenda: Agenda = Agenda()
    helpdesk: Helpdesk = Helpdesk()
    working_groups: WorkingGroups | None = None
    partnering: Partnering | None = None
    policies: dict[Slug, Policy] = Field(default={}, max_length=50)
    follow_up: FollowUp | None = None

    @model_validator(mode="wrap")
    @classmethod
    def read_in_its_own_terms(cls, raw: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(raw, Mapping):
            return handler(raw)
        with read_as(_own_terms(raw)):
            return handler(raw)

    @cached_property
    def _parts(self) -> dict[str, Part]:
        return {part.part: part for part in self.parts}

    @property
    def starts_at(self) -> datetime:
        return min(part.starts for part in self.parts)

    @property
    def ends_at(self) -> datetime:
        return max(part.ends for part in self.parts)

    def is_past(self, now: datetime) -> bool:
        return now >= self.ends_at

    def part(self, part: str) -> Part | None:
        return self._parts.get(part)

    def pool(self, part: str, mode: str) -> Pool | None:
        found = self._parts.get(part)
        return None if found is None else found.modes.get(mode)  # type: ignore[call-overload]

    def desk(self, desk: str) -> Desk | None:
        return next((one for one in self.helpdesk.desks if one.desk == desk), None)

    @property
    def meetings_join(self) -> Join | None:
        """Where two meet of whom one is remote: at an address of their own, else where the part is joined from afar."""
        if self.partnering is None:
            return None
        pool = self.pool(self.partnering.part, Mode.REMOTE)
        return self.partnering.join or (None if pool is None else pool.join)

    def delegation(self, delegation: str) -> Delegation | None:
        return None if self.delegations is None else self.delegations.by_id.get(delegation)

    def rivals(self, part: str) -> frozenset[str]:
        """The parts that exclude this one, whichever of the two says so."""
        found = self._parts.get(part)
        named = () if found is None else found.excludes
        return frozenset(named) | {other.part for other in self.parts if part in other.excludes}

    def opens_at(self, part: str, mode: str) -> datetime | None:
        """When registration for this mode opens; `None`: as soon as the gathering is published."""
        return self._pool(part, mode).opens or self.registration.opens

    def closes_at(self, part: str, mode: str) -> datetime:
        """The first moment too late to register for this mode; where none is said, the end of the part."""
        return self._pool(part, mode).closes or self.registration.closes or self._parts[part].ends

    def _pool(self, part: str, mode: str) -> Pool:
        pool = self.pool(part, mode)
        if pool is None:
            raise KeyError(part, mode)
        return pool

    def public(self) -> Self:
        """The same without what is private: coordinators, experts' addresses, membership codes, joining links."""
        return without_private(self)


def _own_terms(raw: Mapping[str, Any]) -> Reading:
    """What the nested models inherit, taken from the raw text as far as it can be read; the rest is refused later."""
    zone = find_zone(raw.get("timezone")) or ZoneInfo("UTC")
    languages = raw.get("languages")
    first = languages[0] if isinstance(languages, list | tuple) and languages else "en"
    language = first if isinstance(first, str) and re.fullmatch(LANGUAGE_PATTERN, first) else "en"
    ends = {}
    parts = raw.get("parts")
    with read_as(Reading(zone, language)):
        for part in parts if isinstance(parts, list | tuple) else ():
            if isinstance(part, Mapping) and isinstance(part.get("part"), str):
                try:
                    ends[part["part"]] = in_utc(part.get("ends"))
                except PydanticCustomError:
                    continue  # refused where it stands, when the part itself is read
    return Reading(zone, language, ends)
