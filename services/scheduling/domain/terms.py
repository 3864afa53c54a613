"""What the solvers are asked: the people, their wishes and what else they have, in the organiser's terms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.scheduling.domain.encounters import Meeting, Preferences, assignment_id, meeting_claims
from services.scheduling.domain.partnering import is_expected
from services.scheduling.domain.proposals import LeftOut
from services.scheduling.domain.slots import claims_of
from services.scheduling.domain.state import Gathering, Reason, Registration
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.partnering import model as partnering
from shared.messages.gathering import Mode, Session


@dataclass(frozen=True, slots=True)
class RoomTerms:
    """What the organiser adds to the definition for one run, or sets instead of what it says."""

    pins: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    max_per_country: int | None = None
    max_per_delegation: int | None = None
    wishes: int | None = None


@dataclass(frozen=True, slots=True)
class MeetingTerms:
    min_per_person: int | None = None
    max_per_person: int | None = None
    min_per_delegation: int = 0
    max_per_delegation: int | None = None
    mutual: bool = True
    seed: int = 0
    effort: int = 1_000


@dataclass(frozen=True)
class Known:
    """A gathering when a run begins; everybody in the order of their ids, so that the same question is the same."""

    gathering: Gathering
    attending: Sequence[Registration]
    claims: Mapping[str, str]
    at: datetime
    wishes: Mapping[str, Preferences] = field(default_factory=dict)
    profiles: frozenset[str] = frozenset()  # who shows one
    meetings: Sequence[Meeting] = ()  # that stand
    mandatory: tuple[Session, ...] = ()
    session: Session | None = None
    countries: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoomQuestion:
    people: tuple[groups.Person, ...]
    rooms: tuple[groups.Room, ...]
    rules: groups.Rules
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class MeetingQuestion:
    people: tuple[partnering.Person, ...]
    slots: tuple[partnering.Slot, ...]
    rules: partnering.Rules
    locked: tuple[partnering.Locked, ...]


def about_rooms(known: Known, terms: RoomTerms) -> RoomQuestion:
    """Everybody who comes to the session and has nothing else then."""
    definition, session = known.gathering.definition.working_groups, known.session
    if definition is None or session is None:
        raise ValueError(known.gathering.id)
    left_out, people = list[LeftOut](), list[groups.Person]()
    for one in known.attending:
        reason = _elsewhere(known, session, one)
        if reason is not None:
            left_out.append(LeftOut((one.id,), reason))
            continue
        wishes = known.wishes.get(one.id)
        wanted = () if wishes is None else wishes.working_groups
        people.append(groups.Person(one.id, wanted, known.countries[one.id], one.delegation))
    count = definition.wishes if terms.wishes is None else terms.wishes
    country, delegation = terms.max_per_country, terms.max_per_delegation
    rules = groups.Rules(
        max_per_country=definition.max_per_country if country is None else country,
        max_per_delegation=definition.max_per_delegation if delegation is None else delegation,
        wishes=count,
        costs=tuple(range(count)),
        pins=terms.pins,
        apart=terms.apart,
        together=terms.together,
    )
    rooms = tuple(groups.Room(room.room, room.capacity) for room in definition.rooms)
    return RoomQuestion(tuple(people), rooms, rules, tuple(left_out))


def _elsewhere(known: Known, session: Session, one: Registration) -> Reason | None:
    if one.id not in known.countries:
        return Reason.NOT_REGISTERED  # erased meanwhile
    own = assignment_id(known.gathering.id, session.session, one.id)
    wanted = claims_of(known.gathering.id, session.starts, session.ends, attendee=one.id)
    return Reason.CONFLICT if any(known.claims.get(claim, own) != own for claim in wanted) else None


def about_meetings(known: Known, terms: MeetingTerms) -> MeetingQuestion:
    """Who shows a profile, wishes or is wished for; what stands is planned around, what is over is not offered."""
    definition = known.gathering.definition.partnering
    if definition is None:
        raise ValueError(known.gathering.id)
    standing = [one for one in known.meetings if one.live and one.slot.id in known.gathering.meeting_slots]
    wished = {one for wishes in known.wishes.values() for one in wishes.meet}
    wished |= {who for one in standing for who in one.people} | known.profiles
    wished |= {who for who, wishes in known.wishes.items() if wishes.meet}
    own = {one.id for one in standing}
    people = tuple(_guest(known, one, definition.part, own) for one in known.attending if one.id in wished)
    here = {one.id for one in people}
    tables = len(people) // 2 if definition.tables is None else definition.tables
    rules = partnering.Rules(
        min_per_person=definition.min_per_person if terms.min_per_person is None else terms.min_per_person,
        max_per_person=definition.max_per_person if terms.max_per_person is None else terms.max_per_person,
        min_per_delegation=terms.min_per_delegation,
        max_per_delegation=terms.max_per_delegation,
        is_mutual=terms.mutual,
        seed=terms.seed,
        effort=terms.effort,
    )
    return MeetingQuestion(
        people=people,
        slots=tuple(partnering.Slot(slot, tables) for slot in known.gathering.meeting_slots),
        rules=rules,
        locked=tuple(
            partnering.Locked(one.people, one.slot.id, one.table) for one in standing if here.issuperset(one.people)
        ),
    )


def _guest(known: Known, one: Registration, part: str, own: Collection[str]) -> partnering.Person:
    wishes = known.wishes.get(one.id)
    return partnering.Person(
        id=one.id,
        wishes=() if wishes is None else wishes.meet,
        no_thanks=() if wishes is None else wishes.no_thanks,
        delegation=one.delegation,
        is_remote=one.mode_in(part) == Mode.REMOTE,
        busy=frozenset(_busy(known, one, own)),
    )


def _busy(known: Known, one: Registration, own: Collection[str]) -> list[str]:
    """Slots that are over, or taken by anything but a meeting of the partnering itself."""
    found = []
    for slot in known.gathering.meeting_slots.values():
        holders = (known.claims.get(claim) for claim in meeting_claims(known.gathering.id, slot, (one.id,)))
        taken = any(holder is not None and holder not in own for holder in holders)
        if taken or known.at >= slot.starts_at or is_expected(one, known.mandatory, slot):
            found.append(slot.id)
    return found
