"""A gathering as its page shows it: what is open, how many places are left, what happens when, what to bring."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from services.gateway.pages.languages import Words
from services.gateway.pages.moments import Moments
from shared.messages.gathering import Definition, Entry, Localised, Mode, Part, Pool, RequirementKind, Speaker

LABELS = {Mode.IN_PERSON: "in_person", Mode.REMOTE: "remote"}


@dataclass(frozen=True, slots=True)
class Place:
    """One mode of a part."""

    mode: Mode
    label: str
    terms: tuple[str, ...]
    places: str
    window: str
    at: datetime | None  # the moment that `window` speaks of
    state: str  # open | early | closed


@dataclass(frozen=True, slots=True)
class PartView:
    part: Part
    places: tuple[Place, ...]
    notes: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        return any(place.state == "open" for place in self.places)


class _Read(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SessionView(_Read):
    """A session as scheduling publishes it, or as the definition has it."""

    session: str
    title: Localised
    kind: str = "plenary"
    about: Localised | None = None
    starts: datetime = Field(validation_alias=AliasChoices("starts_at", "starts"))
    ends: datetime = Field(validation_alias=AliasChoices("ends_at", "ends"))
    room: str | None = None
    speakers: tuple[Speaker, ...] = ()


class AgendaView(_Read):
    release: int | None = None
    label: str = "draft"
    sessions: tuple[SessionView, ...] = ()

    def days(self, moments: Moments) -> list[tuple[str, list[SessionView]]]:
        ordered = sorted(self.sessions, key=lambda session: (session.starts, session.ends))
        return [(day, list(those)) for day, those in groupby(ordered, lambda session: moments.day(session.starts))]


class _Slot(_Read):
    free: bool


class DeskView(_Read):
    desk: str
    expert: str
    slots: tuple[_Slot, ...] = ()

    @property
    def free(self) -> int:
        return sum(slot.free for slot in self.slots)


@dataclass(frozen=True, slots=True)
class Requirement:
    label: Localised
    how: str
    accepted: tuple[str, ...]


def agenda_of(answer: Mapping[str, Any] | None, definition: Definition) -> AgendaView:
    """The newest public release; until scheduling answers, what the definition itself says."""
    if answer is not None:
        return AgendaView.model_validate(answer)
    sessions = [session.model_dump() for session in definition.agenda.sessions]
    return AgendaView.model_validate({"label": definition.agenda.release, "sessions": sessions})


def parts_of(
    definition: Definition, availability: Sequence[Mapping[str, Any]], now: datetime, say: Words
) -> list[PartView]:
    counts = {(one["part"], one["mode"]): one for one in availability}
    return [
        PartView(
            part,
            tuple(
                _place(definition, part, mode, pool, counts.get((part.part, mode), {}), now, say)
                for mode, pool in part.modes.items()
            ),
            tuple(_notes(definition, part, say)),
        )
        for part in definition.parts
    ]


def _place(
    definition: Definition, part: Part, mode: Mode, pool: Pool, count: Mapping[str, Any], now: datetime, say: Words
) -> Place:
    terms = [say("entry_selection" if pool.entry is Entry.SELECTION else "entry_open")]
    if pool.invitation is not None:
        terms.append(say("invitation_required"))
    if pool.places_per_delegation is not None and pool.places_per_delegation.max is not None:
        terms.append(say("places_per_delegation", max=pool.places_per_delegation.max).rstrip("."))
    opens, closes = definition.opens_at(part.part, mode), definition.closes_at(part.part, mode)
    window = ("place_cancelled", None, "closed") if pool.cancelled else _window(opens, closes, now)
    places = _places(pool, count, say, is_closed=window[2] == "closed")
    return Place(mode, say(LABELS[mode]), tuple(terms), places, say(window[0]), *window[1:])


def _window(opens: datetime | None, closes: datetime, now: datetime) -> tuple[str, datetime | None, str]:
    if now >= closes:
        return "closed", None, "closed"
    if opens is not None and now < opens:
        return "opens", opens, "early"
    return "closes", closes, "open"


def _places(pool: Pool, count: Mapping[str, Any], say: Words, *, is_closed: bool) -> str:
    if pool.cancelled:
        return ""
    if pool.capacity is None:
        return say("places_unlimited")
    held, free = count.get("held", 0), count.get("free", pool.capacity)
    if held:
        return say("places_held", free=free, capacity=pool.capacity, held=held)
    if not free and pool.entry is Entry.OPEN:
        return say("places_none" if pool.waiting_list and not is_closed else "places_full")
    return say("places", free=free, capacity=pool.capacity)


def _notes(definition: Definition, part: Part, say: Words) -> Iterable[str]:
    def named(other: str) -> str:
        found = definition.part(other)
        return other if found is None else found.title.in_language(say.language)

    if part.eligible == "delegations-only":
        yield say("delegations_only")
    if part.obligation is not None:
        basis = f" ({part.obligation.basis})" if part.obligation.basis else ""
        yield say("obligation", min=part.obligation.min) + basis
    if part.needs is not None:
        mode = f" ({say(LABELS[part.needs.mode]).lower()})" if part.needs.mode else ""
        yield say("needs", part=named(part.needs.part) + mode)
    if rivals := definition.rivals(part.part):
        yield say("excludes", parts=", ".join(named(one.part) for one in definition.parts if one.part in rivals))
    if part.meeting_point is not None:
        yield f"{say('meeting_point')}: {part.meeting_point.in_language(say.language)}"


def where_of(definition: Definition, say: Words) -> str:
    """The venue; without one, how people attend."""
    venue = definition.venue
    named = ", ".join(filter(None, (venue.name, venue.place))) if venue is not None else ""
    modes = {mode for part in definition.parts for mode in part.modes}
    return named or " · ".join(say(label) for mode, label in LABELS.items() if mode in modes)


def requirements_of(definition: Definition, say: Words) -> list[Requirement]:
    """What any door asks, each once."""
    found: dict[str, Requirement] = {}
    for door in definition.doors:
        for one in door.requires:
            proofs = _proofs(definition, one.policy, say) if one.kind is RequirementKind.SIGNED_CREDENTIAL else ()
            found.setdefault(one.id, Requirement(one.label, say(one.kind), tuple(proofs)))
    return list(found.values())


def _proofs(definition: Definition, policy: str | None, say: Words) -> Iterable[str]:
    found = definition.policies.get(policy or "")
    if found is None:
        return
    if found.accept.vaccination is not None:
        yield say("accept_vaccination")
    if found.accept.recovery is not None:
        yield say("accept_recovery")
    if found.accept.test is not None:
        yield say("accept_test", hours=found.accept.test.max_age_hours)
