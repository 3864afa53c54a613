"""Decisions on the rooms of the working groups: a publication, a latecomer, a change by hand, a session that moves."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from services.scheduling.domain.encounters import (
    Assignment,
    EncounterReason,
    EncounterStatus,
    Latecomer,
    Plan,
    Topic,
    assignment_id,
)
from services.scheduling.domain.facts import (
    AssignmentChanged,
    CameLate,
    Declined,
    Fact,
    LateNoMore,
    Planned,
    Proposed,
    Stale,
)
from services.scheduling.domain.proposals import LeftOut, Proposal
from services.scheduling.domain.requests import PlaceLatecomers, PublishProposal, SeatPerson
from services.scheduling.domain.slots import claims_of
from services.scheduling.domain.state import Diary, Gathering, Reason, Registration
from services.scheduling.solver.groups import model as groups
from services.scheduling.solver.groups.moving import place_latecomer
from services.scheduling.solver.refusing import Refusal
from shared.messages.gathering import Session
from shared.messages.scheduling import RoomAssigned, RoomReleased

NO_RULES: Final = groups.Rules()


class Rooming:
    """The working groups of one gathering as they stand; nothing, where it has none."""

    def __init__(self, diary: Diary, gathering: Gathering, at: datetime) -> None:
        self.diary, self.gathering, self.at = diary, gathering, at
        self.session = session_of(diary, gathering)
        self.standing = {
            one.registration_id: one for one in diary.assignments.values() if one.live and one.session == self._name
        }

    @property
    def _name(self) -> str | None:
        return self.session.session if self.session is not None else None

    def bars(self, person: str, room: str, heads: Mapping[str, int]) -> str | None:
        """Why somebody cannot be in this room with so many others in it."""
        registration = self.diary.registrations.get(person)
        if self.session is None or registration is None or registration.mode_in(self.session.part) is None:
            return Reason.NOT_REGISTERED
        if room not in self.gathering.group_rooms:
            return Reason.UNKNOWN_ROOM
        if heads.get(room, 0) >= self.gathering.group_rooms[room].capacity:
            return Reason.ROOM_FULL
        return Reason.CONFLICT if self.is_busy(person, self.session) else None

    def is_busy(self, person: str, session: Session) -> bool:
        own = assignment_id(self.gathering.id, session.session, person)
        wanted = claims_of(self.gathering.id, session.starts, session.ends, attendee=person)
        return any(self.diary.claims.get(one, own) != own for one in wanted)

    def seat(self, person: str, room: str) -> Iterator[AssignmentChanged]:
        """Nothing, if they sit there already."""
        if self.session is None:
            return
        who = assignment_id(self.gathering.id, self.session.session, person)
        before = self.diary.assignments.get(who)
        now = Assignment(
            id=who,
            gathering_id=self.gathering.id,
            session=self.session.session,
            registration_id=person,
            room=room,
            starts_at=self.session.starts,
            ends_at=self.session.ends,
            version=1 if before is None else before.version + 1,
        )
        if before is not None and before == replace(now, version=before.version):
            return
        previous = before.room if before is not None and before.live and before.room != room else None
        yield AssignmentChanged(now, RoomAssigned(**told(now), previous_room=previous))


def session_of(diary: Diary, gathering: Gathering) -> Session | None:
    """The working groups' session as it was last published."""
    groups_, latest = gathering.definition.working_groups, diary.agenda.latest
    placed = latest.by_session.get(groups_.session) if groups_ is not None and latest is not None else None
    return None if placed is None else placed.session


def publish_rooms(
    diary: Diary, gathering: Gathering, proposal: Proposal, order: PublishProposal, at: datetime
) -> Iterator[Fact]:
    """All of it at once. Who came after the draft was made stays where they are, or is placed next."""
    found = proposal.found
    if not isinstance(found, groups.Assignment):
        return
    rooming = Rooming(diary, gathering, at)
    kept = {who: one.room for who, one in rooming.standing.items() if who not in proposal.people}
    heads, left_out, seats = Counter(kept.values()), list[LeftOut](), dict[str, str]()
    for place in found.places:
        if place.room is None:
            continue
        reason = rooming.bars(place.person, place.room, heads)
        if reason is None:
            heads[place.room] += 1
            seats[place.person] = place.room
        else:
            left_out.append(LeftOut((place.person,), reason, place.room))
    if left_out and not order.leave_out:
        yield Stale(tuple(left_out))
        return
    yield from (
        released(one, EncounterReason.REASSIGNED)
        for who, one in rooming.standing.items()
        if who not in seats and who not in kept
    )
    for person, room in seats.items():
        yield from rooming.seat(person, room)
    yield Proposed(replace(proposal, published=True, version=proposal.version + 1))
    yield Planned(Plan(gathering.id, Topic.WORKING_GROUPS, proposal.id, at, found.rules), tuple(left_out))
    yield from _still_without(rooming, seats.keys() | kept.keys(), proposal.people)


def _still_without(rooming: Rooming, seated: Iterable[str], tried: frozenset[str]) -> Iterator[Fact]:
    """Those with a room are no latecomers; those without one wait, and whom no run has seen is placed at once."""
    diary, session, has_room = rooming.diary, rooming.session, set(seated)
    if session is None:
        return
    yield from (LateNoMore(who) for who in diary.latecomers if who in has_room)
    for who, one in diary.registrations.items():
        if who not in has_room and one.mode_in(session.part) is not None:
            yield CameLate(Latecomer(rooming.gathering.id, who, tried=who in tried))


def place_latecomers(diary: Diary, gathering: Gathering, order: PlaceLatecomers, at: datetime) -> Iterator[Fact]:
    """By the rule: the dearest wish that nothing bars, or else the roomiest room; nobody else moves for it."""
    plan = diary.plans.get(Topic.WORKING_GROUPS)
    countries, rooming = dict(order.countries), Rooming(diary, gathering, at)
    if plan is None or rooming.session is None:
        yield from (LateNoMore(who) for who in diary.latecomers)
        return
    standing = _as_it_stands(rooming, plan.rules or NO_RULES, countries)
    for who, late in diary.latecomers.items():
        registration = diary.registrations.get(who)
        if late.tried:
            continue
        comes = registration is not None and registration.mode_in(rooming.session.part) is not None
        if registration is None or not comes or who in rooming.standing or at >= rooming.session.ends:
            yield LateNoMore(who)
            continue
        grown = place_latecomer(standing, _person(diary, registration, countries))
        room = None if isinstance(grown, Refusal) else grown.places[-1].room
        if isinstance(grown, Refusal) or room is None or who not in countries or rooming.is_busy(who, rooming.session):
            yield CameLate(replace(late, tried=True))
            continue
        standing = grown
        yield from rooming.seat(who, room)
        yield LateNoMore(who)


def _as_it_stands(rooming: Rooming, rules: groups.Rules, countries: Mapping[str, str | None]) -> groups.Assignment:
    """Everybody where they are, as the solver knows it."""
    diary = rooming.diary
    seated = [one for who, one in sorted(rooming.standing.items()) if who in diary.registrations]
    rooms = tuple(groups.Room(room.room, room.capacity) for room in rooming.gathering.group_rooms.values())
    return groups.Assignment(
        people=tuple(_person(diary, diary.registrations[one.registration_id], countries) for one in seated),
        rooms=rooms,
        rules=replace(rules, pins=(), together=()),  # these were for those who were there then
        places=tuple(groups.Place(one.registration_id, one.room, None) for one in seated),
        figures=groups.Figures(len(seated), len(seated), (), 0, 0, 0),
        is_proven=False,
    )


def _person(diary: Diary, one: Registration, countries: Mapping[str, str | None]) -> groups.Person:
    wishes = diary.preferences.get(one.id)
    return groups.Person(
        one.id, wishes.working_groups if wishes is not None else (), countries.get(one.id), one.delegation
    )


def seat_person(diary: Diary, gathering: Gathering, order: SeatPerson, at: datetime) -> Iterator[Fact]:
    """By hand, after publication. The rules do not bind staff; a room's size and other appointments do."""
    if Topic.WORKING_GROUPS not in diary.plans:
        yield Declined(Reason.NOT_BEGUN)
        return
    rooming = Rooming(diary, gathering, at)
    others = Counter(one.room for who, one in rooming.standing.items() if who != order.registration_id)
    reason = rooming.bars(order.registration_id, order.room, others)
    if reason is not None:
        yield Declined(Reason(reason))
        return
    yield from rooming.seat(order.registration_id, order.room)
    if order.registration_id in diary.latecomers:
        yield LateNoMore(order.registration_id)
    if order.registration_id in rooming.standing:
        yield from again(diary)


def hear_of_rooms(diary: Diary, now: Registration, reason: EncounterReason, at: datetime) -> Iterator[Fact]:
    """Who does not come any more leaves a place to those without; who comes now, after publication, is placed."""
    gathering = diary.gathering
    session = session_of(diary, gathering) if gathering is not None else None
    comes = session is not None and now.mode_in(session.part) is not None
    if not comes and now.id in diary.latecomers:
        yield LateNoMore(now.id)
    if gathering is None or session is None:
        return
    held = diary.assignments.get(assignment_id(gathering.id, session.session, now.id))
    if not comes:
        if held is not None and held.live and at < held.ends_at:
            yield released(held, reason)
            yield from again(diary)
    elif Topic.WORKING_GROUPS in diary.plans and (held is None or not held.live) and now.id not in diary.latecomers:
        yield CameLate(Latecomer(gathering.id, now.id))


def again(diary: Diary) -> Iterator[CameLate]:
    """A place has become free: who was tried in vain is tried again."""
    yield from (CameLate(replace(one, tried=False)) for one in diary.latecomers.values() if one.tried)


def follow_session(diary: Diary, gathering: Gathering, at: datetime) -> Iterator[Fact]:
    """The session or its rooms are not what they were: everybody goes along who can; the others are placed anew."""
    rooming = Rooming(diary, gathering, at)
    session = rooming.session
    if session is None:
        yield from (LateNoMore(who) for who in diary.latecomers)
    heads = Counter[str]()
    for one in sorted(diary.assignments.values(), key=lambda one: one.registration_id):
        if not one.live or at >= one.starts_at:
            continue
        same = session is not None and one.session == session.session
        if same and rooming.bars(one.registration_id, one.room, heads) is None:
            heads[one.room] += 1
            yield from rooming.seat(one.registration_id, one.room)
        else:
            yield released(one, EncounterReason.SESSION_MOVED)
            if session is not None:
                yield CameLate(Latecomer(gathering.id, one.registration_id))


def released(one: Assignment, reason: EncounterReason) -> AssignmentChanged:
    gone = replace(one, status=EncounterStatus.CANCELLED, version=one.version + 1)
    return AssignmentChanged(gone, RoomReleased(**told(gone), reason=reason))


def told(one: Assignment) -> dict[str, object]:
    return {
        "gathering_id": one.gathering_id,
        "assignment_id": one.id,
        "registration_id": one.registration_id,
        "session": one.session,
        "room": one.room,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "version": one.version,
    }
