"""Decisions on meetings of two: a publication, a yes on the day, a meeting given up, a note that it took place."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import count

from services.scheduling.domain.encounters import (
    EncounterReason,
    EncounterStatus,
    Meeting,
    MeetingSlot,
    Plan,
    Preferences,
    Topic,
    meeting_claims,
    meeting_id,
    pair,
)
from services.scheduling.domain.facts import Fact, MeetingChanged, Planned, Proposed, Stale
from services.scheduling.domain.placing import No
from services.scheduling.domain.proposals import LeftOut, Proposal
from services.scheduling.domain.requests import PublishProposal
from services.scheduling.domain.state import Diary, Gathering, Reason, Registration
from services.scheduling.solver.partnering import model as partnering
from shared.messages.gathering import Mode, Session
from shared.messages.scheduling import (
    MeetingCancelled,
    MeetingHeld,
    MeetingNoted,
    MeetingReleaseRequested,
    MeetingRequested,
    MeetingScheduled,
)

OnMeeting = MeetingRequested | MeetingReleaseRequested | MeetingNoted


class Matching:
    """The partnering of one gathering as it stands; every path to a meeting asks here."""

    def __init__(self, diary: Diary, gathering: Gathering, at: datetime) -> None:
        self.diary, self.gathering, self.at = diary, gathering, at
        found = gathering.definition.partnering
        self.part = found.part if found is not None else ""
        self.tables = found.tables if found is not None else None

    def comes(self, person: str) -> bool:
        registration = self.diary.registrations.get(person)
        return registration is not None and registration.mode_in(self.part) is not None

    def needs_table(self, people: tuple[str, str]) -> bool:
        """Only if both are there: with one of them remote there is a screen between them."""
        known = (self.diary.registrations.get(one) for one in people)
        return all(one is not None and one.mode_in(self.part) == Mode.IN_PERSON for one in known)

    def declines(self, people: tuple[str, str]) -> bool:
        one, other = people
        return other in self.wishes(one).no_thanks or one in self.wishes(other).no_thanks

    def wishes(self, person: str) -> Preferences:
        known = self.diary.preferences.get(person)
        return known or Preferences(person, self.gathering.id, (), (), self.at)

    def bars(self, people: tuple[str, str], slot: MeetingSlot | None, table: int | None) -> str | None:
        """Why these two cannot meet then and there."""
        if not all(map(self.comes, people)):
            return Reason.NOT_REGISTERED
        if self.declines(people):
            return Reason.NOT_MUTUAL
        if slot is None:
            return Reason.OUTSIDE_WINDOW
        if self.at >= slot.starts_at:
            return Reason.TOO_LATE
        return None if self.is_free(people, slot, table) else Reason.CONFLICT

    def is_free(self, people: tuple[str, str], slot: MeetingSlot, table: int | None) -> bool:
        own = meeting_id(self.gathering.id, people)
        wanted = meeting_claims(self.gathering.id, slot, people, table)
        if any(self.diary.claims.get(one, own) != own for one in wanted):
            return False
        return not any(must_attend(self.diary, who, slot) for who in people)

    def schedule(self, people: tuple[str, str], slot: MeetingSlot, table: int | None) -> MeetingChanged:
        who = meeting_id(self.gathering.id, people)
        before = self.diary.meetings.get(who)
        version = 1 if before is None else before.version + 1
        now = Meeting(who, self.gathering.id, self.part, people, slot, table, version)
        return MeetingChanged(now, MeetingScheduled(**told(now)))

    def met(self, person: str) -> int:
        return sum(one.live and person in one.people for one in self.diary.meetings.values())


def must_attend(diary: Diary, person: str, slot: MeetingSlot) -> bool:
    """A session that they must not miss."""
    registration, latest = diary.registrations.get(person), diary.agenda.latest
    if registration is None or latest is None:
        return False
    return is_expected(registration, latest.mandatory, slot)


def is_expected(registration: Registration, mandatory: tuple[Session, ...], slot: MeetingSlot) -> bool:
    parts = registration.confirmed
    return any(one.part in parts and slot.starts_at < one.ends and one.starts < slot.ends_at for one in mandatory)


def publish_meetings(
    diary: Diary, gathering: Gathering, proposal: Proposal, order: PublishProposal, at: datetime
) -> Iterator[Fact]:
    """All of it at once, both people and the table of each; what stands already is left as it is."""
    found = proposal.found
    if not isinstance(found, partnering.Schedule):
        return
    matching = Matching(diary, gathering, at)
    left_out, meetings, taken = list[LeftOut](), list[MeetingChanged](), set[str]()
    for one in found.meetings:
        people = pair(*one.pair)
        known = diary.meetings.get(meeting_id(gathering.id, people))
        if known is not None and known.live:
            continue
        slot = gathering.meeting_slots.get(one.slot)
        reason = matching.bars(people, slot, one.table)
        if slot is None or reason is not None:
            left_out.append(LeftOut(people, reason or Reason.OUTSIDE_WINDOW, one.slot))
            continue
        fresh = matching.schedule(people, slot, one.table)
        wanted = fresh.meeting.claims | {fresh.meeting.id}
        if taken & wanted:
            left_out.append(LeftOut(people, Reason.CONFLICT, one.slot))
            continue
        taken |= wanted
        meetings.append(fresh)
    if left_out and not order.leave_out:
        yield Stale(tuple(left_out))
        return
    yield from meetings
    yield Proposed(replace(proposal, published=True, version=proposal.version + 1))
    yield Planned(Plan(gathering.id, Topic.PARTNERING, proposal.id, at), tuple(left_out))


def on_meeting(diary: Diary, gathering: Gathering, request: OnMeeting) -> MeetingChanged | Meeting | No:
    """What follows, or the meeting as it is already."""
    match request:
        case MeetingRequested():
            return accept(diary, gathering, request)
        case MeetingReleaseRequested():
            return give_up(diary, request)
        case _:
            return note(diary, request)


def accept(diary: Diary, gathering: Gathering, request: MeetingRequested) -> MeetingChanged | Meeting | No:
    """A yes to a wish: the first slot that both have free. Until it is given nothing is kept for anybody."""
    person, other = request.registration_id, request.other_id
    if person == other:
        return No(Reason.NOT_MUTUAL)
    people, at = pair(person, other), request.accepted_at
    matching = Matching(diary, gathering, at)
    if not all(map(matching.comes, people)):
        return No(Reason.NOT_REGISTERED)
    if Topic.PARTNERING not in diary.plans:
        return No(Reason.NOT_BEGUN)
    if matching.declines(people) or person not in matching.wishes(other).meet:
        return No(Reason.NOT_MUTUAL)
    known = diary.meetings.get(meeting_id(gathering.id, people))
    if known is not None and known.live:
        return known
    return _first(matching, people)


def _first(matching: Matching, people: tuple[str, str]) -> MeetingChanged | No:
    settings = matching.gathering.definition.partnering
    most = settings.max_per_person if settings is not None else None
    if most is not None and any(matching.met(who) >= most for who in people):
        return No(Reason.LIMIT_REACHED)
    ahead = [slot for slot in matching.gathering.meeting_slots.values() if matching.at < slot.starts_at]
    if not ahead:
        return No(Reason.TOO_LATE)
    for slot in ahead:
        if not matching.is_free(people, slot, None):
            continue
        if not matching.needs_table(people):
            return matching.schedule(people, slot, None)
        tables = count(1) if matching.tables is None else range(1, matching.tables + 1)
        table = next((one for one in tables if matching.is_free(people, slot, one)), None)
        if table is not None:
            return matching.schedule(people, slot, table)
    return No(Reason.NO_COMMON_SLOT)


def give_up(diary: Diary, request: MeetingReleaseRequested) -> MeetingChanged | No:
    meeting = _own(diary, request)
    if isinstance(meeting, No):
        return meeting
    if not meeting.live or request.accepted_at >= meeting.slot.starts_at:
        return No(Reason.TOO_LATE)
    return cancelled(meeting, EncounterReason.RELEASED, request.registration_id)


def note(diary: Diary, request: MeetingNoted) -> MeetingChanged | Meeting | No:
    meeting = _own(diary, request)
    if isinstance(meeting, No):
        return meeting
    if not meeting.live:
        return No(Reason.TOO_LATE)
    if request.accepted_at < meeting.slot.starts_at:
        return No(Reason.NOT_BEGUN)
    if meeting.held:
        return meeting
    held = replace(meeting, held=True, version=meeting.version + 1)
    return MeetingChanged(held, MeetingHeld(**told(held), by=request.registration_id))


def _own(diary: Diary, request: MeetingReleaseRequested | MeetingNoted) -> Meeting | No:
    meeting = diary.meetings.get(request.meeting_id)
    if meeting is None or request.registration_id not in meeting.people:
        return No(Reason.NOT_REGISTERED)
    return meeting


def hear_of_meetings(diary: Diary, now: Registration, reason: EncounterReason, at: datetime) -> Iterator[Fact]:
    """Who does not come any more leaves nobody waiting at a table, and who comes from afar now needs none."""
    yield from _cancel(diary, reason, at, lambda one: now.id in one.people and now.mode_in(one.part) is None)
    for one in diary.meetings.values():
        if one.live and at < one.slot.starts_at and now.id in one.people and now.mode_in(one.part) == Mode.REMOTE:
            yield from _online(one)


def _online(one: Meeting) -> Iterator[Fact]:
    if not one.online:
        moved = replace(one, table=None, version=one.version + 1)
        yield MeetingChanged(moved, MeetingScheduled(**told(moved)))


def off_the_slots(diary: Diary, gathering: Gathering, at: datetime) -> Iterator[Fact]:
    """The definition has other slots now."""
    slots = set(gathering.meeting_slots.values())
    yield from _cancel(diary, EncounterReason.OUTSIDE_WINDOW, at, lambda one: one.slot not in slots)


def _cancel(diary: Diary, reason: EncounterReason, at: datetime, which: Callable[[Meeting], bool]) -> Iterator[Fact]:
    for one in diary.meetings.values():
        if one.live and at < one.slot.starts_at and which(one):
            yield cancelled(one, reason)


def cancelled(one: Meeting, reason: EncounterReason, by: str | None = None) -> MeetingChanged:
    gone = replace(one, status=EncounterStatus.CANCELLED, version=one.version + 1)
    return MeetingChanged(gone, MeetingCancelled(**told(gone), reason=reason, by=by))


def told(one: Meeting) -> dict[str, object]:
    return {
        "gathering_id": one.gathering_id,
        "meeting_id": one.id,
        "registration_ids": one.people,
        "part": one.part,
        "slot_id": one.slot.id,
        "starts_at": one.slot.starts_at,
        "ends_at": one.slot.ends_at,
        "table": one.table,
        "version": one.version,
    }
