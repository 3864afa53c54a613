"""What the organisers know of their gathering: the file they wrote, read here without Foyer's own reader."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

IN_PERSON, REMOTE = "in-person", "remote"
PoolKey = tuple[str, str]


@dataclass(frozen=True)
class PoolBrief:
    """The places of one part in one mode, and who may have them."""

    opens: datetime | None
    closes: datetime
    capacity: int | None = None
    is_selection: bool = False
    is_by_invitation: bool = False
    most: int | None = None  # of one delegation
    reserved: int = 0
    release_at: datetime | None = None


@dataclass(frozen=True)
class PartBrief:
    starts: datetime
    ends: datetime
    needs: str | None = None
    excludes: frozenset[str] = frozenset()
    owed: int = 0  # persons that every delegation owes


@dataclass(frozen=True)
class DeskBrief:
    desk: str
    email: str | None
    opens: datetime
    closes: datetime
    minutes: int
    per_person: int | None
    offer_minutes: int = 30
    expert: str = ""
    per_expert: int | None = None  # bookings in all, at whichever of the expert's desks

    def slots(self) -> Iterator[tuple[datetime, datetime]]:
        """The grid, stepped in UTC."""
        start, length = self.opens, timedelta(minutes=self.minutes)
        while start + length <= self.closes:
            yield start, start + length
            start += length


@dataclass(frozen=True)
class GroupsBrief:
    """The rooms that people are divided into, and what each is called, in whichever language."""

    session: str
    part: str
    sizes: Mapping[str, int]
    titles: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class PartneringBrief:
    """Meetings of two: when, and at how many tables."""

    part: str
    tables: int | None
    slots: frozenset[tuple[datetime, datetime]]


@dataclass(frozen=True)
class DoorBrief:
    door: str
    part: str
    opens: datetime
    closes: datetime
    requires: Mapping[str, str] = field(default_factory=dict)  # requirement → kind
    policy: str | None = None


@dataclass(frozen=True)
class PolicyBrief:
    """What a health certificate must say, and while which days that is the rule."""

    valid_from: date
    valid_until: date  # the first day on which it is not
    accept: Mapping[str, Any]
    timezone: ZoneInfo


@dataclass(frozen=True)
class Brief:
    gathering: str
    timezone: ZoneInfo
    parts: Mapping[str, PartBrief]
    pools: Mapping[PoolKey, PoolBrief]
    codes: Mapping[str, str | None] = field(default_factory=dict)  # eligible delegation → membership code
    coordinators: Mapping[str, str | None] = field(default_factory=dict)
    desks: Mapping[str, DeskBrief] = field(default_factory=dict)
    doors: Mapping[str, DoorBrief] = field(default_factory=dict)
    policies: Mapping[str, PolicyBrief] = field(default_factory=dict)
    sessions: Sequence[Mapping[str, Any]] = ()  # as they are written
    groups: GroupsBrief | None = None
    partnering: PartneringBrief | None = None

    def desks_of(self, desk: str) -> frozenset[str]:
        """Where its expert sits."""
        expert = self.desks[desk].expert
        return frozenset(one.desk for one in self.desks.values() if one.expert == expert)

    def moment(self, written: str) -> datetime:
        """A time as the gathering's people write it."""
        return _at(written, self.timezone)

    def rivals(self, part: str) -> frozenset[str]:
        """Parts that exclude this one, whichever says so."""
        return self.parts[part].excludes | {name for name, other in self.parts.items() if part in other.excludes}


def read_brief(file: Path) -> Brief:
    return brief_of(YAML(typ="safe", pure=True).load(file.read_text()))


def brief_of(definition: Mapping[str, Any]) -> Brief:
    zone = ZoneInfo(definition["timezone"])
    opens = _moment(definition.get("registration", {}).get("opens"), zone)
    listed = (definition.get("delegations") or {}).get("eligible", ())
    delegations = [{"id": one} if isinstance(one, str) else one for one in listed]
    desks = [_desk(desk, zone) for desk in (definition.get("helpdesk") or {}).get("desks", ())]
    ends = {part["part"]: _at(part["ends"], zone) for part in definition["parts"]}
    doors = [_door(door, ends, zone) for door in definition.get("doors", ())]
    return Brief(
        gathering=definition["gathering"],
        timezone=zone,
        parts={part["part"]: _part(part, zone) for part in definition["parts"]},
        pools={
            (part["part"], mode): _pool(terms or {}, opens, ends[part["part"]], zone)
            for part in definition["parts"]
            for mode, terms in part["modes"].items()
        },
        codes={one["id"]: one.get("membership_code") for one in delegations},
        coordinators={one["id"]: one.get("coordinator") for one in delegations},
        desks={desk.desk: desk for desk in desks},
        doors={door.door: door for door in doors},
        policies={name: _policy(one, zone) for name, one in (definition.get("policies") or {}).items()},
        sessions=(definition.get("agenda") or {}).get("sessions", ()),
        groups=_groups(definition),
        partnering=_partnering(definition, zone),
    )


def _groups(definition: Mapping[str, Any]) -> GroupsBrief | None:
    groups = definition.get("working_groups")
    if groups is None:
        return None
    (part,) = (one["part"] for one in definition["agenda"]["sessions"] if one["session"] == groups["session"])
    titles = {one["room"]: one.get("title", one["room"]) for one in groups["rooms"]}
    return GroupsBrief(
        session=groups["session"],
        part=part,
        sizes={one["room"]: one["capacity"] for one in groups["rooms"]},
        titles={room: frozenset({one} if isinstance(one, str) else one.values()) for room, one in titles.items()},
    )


def _partnering(definition: Mapping[str, Any], zone: ZoneInfo) -> PartneringBrief | None:
    """Its slots are stepped in UTC from the beginning of the part."""
    terms = definition.get("partnering")
    if terms is None:
        return None
    (part,) = (one for one in definition["parts"] if one["part"] == terms["part"])
    start, end, length = _at(part["starts"], zone), _at(part["ends"], zone), timedelta(minutes=terms["slot_minutes"])
    step = length + timedelta(minutes=terms.get("break_minutes", 0))
    slots = frozenset((start + n * step, start + n * step + length) for n in range((end - start - length) // step + 1))
    return PartneringBrief(part["part"], terms.get("tables"), slots)


def _part(part: Mapping[str, Any], zone: ZoneInfo) -> PartBrief:
    needs, duty = part.get("needs"), part.get("obligation")
    return PartBrief(
        starts=_at(part["starts"], zone),
        ends=_at(part["ends"], zone),
        needs=needs["part"] if isinstance(needs, dict) else needs,
        excludes=frozenset(part.get("excludes", ())),
        owed=duty["min"] if isinstance(duty, dict) else duty or 0,
    )


def _pool(terms: Mapping[str, Any], opens: datetime | None, ends: datetime, zone: ZoneInfo) -> PoolBrief:
    places = terms.get("places_per_delegation")
    places = {"max": places} if isinstance(places, int) else places or {}
    return PoolBrief(
        opens=_moment(terms.get("opens"), zone) or opens,
        closes=_moment(terms.get("closes"), zone) or ends,
        capacity=terms.get("capacity"),
        is_selection=terms.get("entry") == "selection",
        is_by_invitation=terms.get("invitation") == "required",
        most=places.get("max"),
        reserved=places.get("reserved", 0),
        release_at=_moment(places.get("release_at"), zone),
    )


def _desk(desk: Mapping[str, Any], zone: ZoneInfo) -> DeskBrief:
    return DeskBrief(
        desk=desk["desk"],
        email=desk.get("email"),
        opens=_at(desk["opens"], zone),
        closes=_at(desk["closes"], zone),
        minutes=desk["slot_minutes"],
        per_person=desk.get("per_person"),
        offer_minutes=desk.get("offer_minutes", 30),
        expert=desk.get("expert", desk["desk"]),
        per_expert=desk.get("per_expert"),
    )


def _door(door: Mapping[str, Any], ends: Mapping[str, datetime], zone: ZoneInfo) -> DoorBrief:
    requires = door.get("requires", ())
    return DoorBrief(
        door=door["door"],
        part=door["part"],
        opens=_at(door["opens"], zone),
        closes=_moment(door.get("closes"), zone) or ends[door["part"]],
        requires={one["id"]: one["kind"] for one in requires},
        policy=next((one["policy"] for one in requires if "policy" in one), None),
    )


def _policy(policy: Mapping[str, Any], zone: ZoneInfo) -> PolicyBrief:
    valid = policy["valid"]
    return PolicyBrief(_day(valid["from"]), _day(valid["until"]), policy["accept"], zone)


def _day(written: str | date) -> date:
    return written if isinstance(written, date) else date.fromisoformat(written)


def _moment(written: str | date | None, zone: ZoneInfo) -> datetime | None:
    return None if written is None else _at(written, zone)


def _at(written: str | date, zone: ZoneInfo) -> datetime:
    """A time without an offset is wall time in the gathering's zone."""
    if isinstance(written, str):
        moment = datetime.fromisoformat(written)
    else:
        moment = written if isinstance(written, datetime) else datetime.combine(written, time())
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
