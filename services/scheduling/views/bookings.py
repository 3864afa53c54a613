"""Bookings: as a resource, as the answer to a request, as slots to choose from, as an expert's day."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.scheduling.domain import (
    Answer,
    Assignment,
    Block,
    Booking,
    Declined,
    Gathering,
    Hold,
    Meeting,
    Preferences,
    Profile,
    Purpose,
    Reason,
    Release,
    Request,
    Slot,
    Waiter,
    free_seat,
    is_full,
)
from services.scheduling.rooms import Links
from services.scheduling.store import Exported, Head
from services.scheduling.views.encounters import assignment, meeting
from services.scheduling.views.proposals import head
from shared.clock import timestamp
from shared.http import Problem, not_found
from shared.messages.scheduling import (
    HoldRequested,
    MeetingRequested,
    PreferenceSubmitted,
    ProfileSubmitted,
    QuestionAsked,
    QuestionBacked,
    SessionStarred,
    SlotRequested,
    WaitRequested,
)
from shared.people import Person

WHAT_TO_DO = {
    Reason.SLOT_TAKEN: "Somebody else has this slot: take one of `alternatives`.",
    Reason.NOT_REGISTERED: "This takes a registration that is confirmed: look at yours.",
    Reason.OUTSIDE_WINDOW: "The desk has no such slot: choose one from the list of slots.",
    Reason.TOO_LATE: "Too late: it has begun or is over, or its desk's notice or window has passed. Choose a later "
    "slot, if there is one.",
    Reason.LIMIT_REACHED: "You hold as many slots at this desk as one person may, or its expert takes no more: move or "
    "release one, or choose another desk.",
    Reason.CONFLICT: "You have another meeting at that time: choose another slot, or move the other meeting.",
    Reason.NOT_BEGUN: "The meeting has not begun: who comes is only known then.",
    Reason.NOT_MUTUAL: "The other has not asked for this meeting, or one of you has said no: wait for their wish.",
    Reason.NO_COMMON_SLOT: "You have no free slot in common, or no table is left then: give something else up first.",
    Reason.ROOM_FULL: "The room is full: move somebody out of it first, or raise its capacity in the definition.",
    Reason.UNKNOWN_ROOM: "There is no such room, or person: choose one that the proposal or the definition has.",
    Reason.UNKNOWN_SESSION: "The agenda has no such session (any more): choose one of its newest release.",
    Reason.UNKNOWN_QUESTION: "There is no such question (any more): choose one of the session's list.",
    Reason.UNKNOWN_DESK: "There is no such desk: choose one from the list of desks.",
    Reason.NOT_A_DRAFT: "This is no draft of that kind (any more): propose again, and publish or change that.",
    Reason.IDEMPOTENCY_MISMATCH: "This Idempotency-Key was used for another request: send a new key.",
}

RELEASED = "This booking has been released already: nothing is left to do. Book anew if you want a slot."
OF_QUESTIONS = {
    Reason.TOO_LATE: "The session is over: questions are taken until it ends.",
    Reason.LIMIT_REACHED: "You have asked as many questions in this session as one person may.",
    Reason.NOT_REGISTERED: "This takes a registration that is confirmed for the session's part: look at yours.",
}


def nowhere(_: Booking) -> None:
    """For readers who are not the holder: no joining link."""


def booking(one: Booking, links: Links = nowhere) -> dict[str, Any]:
    """The resource; with its joining link where the reader is its holder and the desk has one."""
    resource = {
        "id": one.id,
        **_slot(one.slot),
        "registration_id": one.registration_id,
        "status": one.status.value,
        "version": one.version,
    }
    also = {"table": one.table, "missed": sorted(one.missed) or None, "join": links(one)}
    return resource | {name: value for name, value in also.items() if value is not None}


def hold(one: Hold) -> dict[str, Any]:
    """A slot kept for somebody, and until when."""
    return {
        "id": one.id,
        **_slot(one.slot),
        "registration_id": one.registration_id,
        "status": "held" if one.purpose is Purpose.FORM else "offered",
        "expires_at": timestamp(one.expires_at),
    }


def turn(one: Waiter, ahead: int) -> dict[str, Any]:
    return {"desk": one.desk, "since": timestamp(one.since), "ahead": ahead}


def reply(answer: Answer, request: Request, links: Links) -> tuple[int, dict[str, Any]]:
    """Status and body for whoever asked; the same however often it is asked."""
    if answer.reason is not None:
        problem = _problem(answer, request)
        return problem.status, problem.body()
    return _granted(answer, request, links)


def _granted(answer: Answer, request: Request, links: Links) -> tuple[int, dict[str, Any]]:
    if isinstance(request, QuestionAsked):
        return 201, {"id": request.id, "session": request.session, "status": "open", "votes": 0}
    noted = _noted(request)
    return _given(answer, links) if noted is None else (200, noted)


def _noted(request: Request) -> dict[str, Any] | None:
    """What needs no more than to be said back."""
    noted: dict[str, Any] | None = None
    match request:
        case PreferenceSubmitted():
            noted = _wishes(request)
        case ProfileSubmitted(registration_id=who, visible=visible, accepted_at=at):
            noted = {"registration_id": who, "visible": visible, "accepted_at": timestamp(at)}
        case WaitRequested(desk=desk, registration_id=who, leave=leave):
            noted = {"desk": desk, "registration_id": who, "waiting": not leave}
        case SessionStarred(session=session, registration_id=who, starred=starred):
            noted = {"session": session, "registration_id": who, "starred": starred}
        case QuestionBacked(question_id=question):
            noted = {"id": question, "backed": True}
    return noted


def _given(answer: Answer, links: Links) -> tuple[int, dict[str, Any]]:
    """A slot that is kept, a meeting of two, or a booking: made, or as it is now."""
    made = 201 if answer.asked in {SlotRequested.type, MeetingRequested.type, HoldRequested.type} else 200
    if answer.hold is not None:
        return made, hold(answer.hold)
    if answer.meeting is not None:
        return made, meeting(answer.meeting)
    if answer.booking is None:
        raise ValueError(answer.submission_id)
    return made, booking(answer.booking, links)


def declined(fact: Declined) -> Problem:
    """What staff are told of an act that cannot be."""
    return _refusal(fact.reason, fact.alternatives)


def _problem(answer: Answer, request: Request) -> Problem:
    reason = answer.reason or Reason.CONFLICT
    if reason is Reason.IDEMPOTENCY_MISMATCH:
        return Problem(422, reason.value, WHAT_TO_DO[reason])
    if reason is Reason.NO_SUCH_BOOKING:
        return not_found()
    if answer.booking is not None:
        return Problem(409, reason.value, RELEASED)
    if isinstance(request, QuestionAsked | QuestionBacked) and reason in OF_QUESTIONS:
        return Problem(409, reason.value, OF_QUESTIONS[reason])
    return _refusal(reason, answer.alternatives)


def _refusal(reason: Reason, alternatives: Sequence[Slot]) -> Problem:
    if reason is Reason.SLOT_TAKEN or alternatives:
        return Problem(409, reason.value, WHAT_TO_DO[reason], alternatives=[_slot(one) for one in alternatives])
    return Problem(409, reason.value, WHAT_TO_DO[reason])


def preferences(one: Preferences) -> dict[str, Any]:
    return {
        "registration_id": one.registration_id,
        "working_groups": list(one.working_groups),
        "meet": list(one.meet),
        "no_thanks": list(one.no_thanks),
        "accepted_at": timestamp(one.accepted_at),
    }


def _wishes(request: PreferenceSubmitted) -> dict[str, Any]:
    wishes = request.working_groups, request.meet, request.accepted_at, request.no_thanks
    return preferences(Preferences(request.registration_id, request.gathering_id, *wishes))


def desks(
    gathering: Gathering, latest: Release | None, taken: Mapping[str, str], blocks: Sequence[Block]
) -> dict[str, Any]:
    """Every desk with its slots; a slot is free while its expert takes more, and has a seat that nobody has claimed."""
    blocked = {one.id for one in blocks}
    full = {desk for desk in gathering.desks if is_full(gathering, desk, taken, blocked)}
    slots = dict[str, list[dict[str, Any]]]()
    for slot in gathering.slots.values():
        seat = free_seat(gathering, latest, slot, lambda claim: claim not in taken)
        shown = {**_slot(slot), "free": seat is not None and slot.desk not in full}
        del shown["desk"]
        slots.setdefault(slot.desk, []).append(shown)
    return {
        "desks": [
            {
                "desk": desk.desk,
                "expert": desk.expert,
                "part": desk.part,
                "about": desk.about.root if desk.about is not None else None,
                "per_person": desk.per_person,
                "per_expert": desk.per_expert,
                "per_slot": desk.per_slot,
                "table": desk.table,
                "notice_minutes": desk.notice_minutes,
                "cancel_until_minutes": desk.cancel_until_minutes,
                "reschedule_until_minutes": desk.reschedule_until_minutes,
                "slots": slots.get(desk.desk, []),
            }
            for desk in gathering.desks.values()
        ],
        "timezone": gathering.definition.timezone,
    }


def day(
    gathering: Gathering,
    desk: str,
    bookings: Sequence[tuple[Booking, str | None]],
    blocks: Sequence[Block],
    people: Mapping[str, Person],
) -> dict[str, Any]:
    """The expert's day: who comes when, and about what. A name that cannot be had now is null."""
    return {
        "desk": desk,
        "expert": gathering.desks[desk].expert,
        "timezone": gathering.definition.timezone,
        "bookings": [
            {**booking(one), "topic": topic, **_guest(people.get(one.registration_id))} for one, topic in bookings
        ],
        "blocks": [block(one) for one in blocks],
    }


def block(one: Block) -> dict[str, Any]:
    times = {"starts_at": timestamp(one.starts_at), "ends_at": timestamp(one.ends_at)}
    return {"id": one.id, "desk": one.desk, **times, "reason": one.reason}


def exported(one: Exported) -> dict[str, Any]:
    match one:
        case Booking():
            return {"kind": "booking", **booking(one)}
        case Assignment():
            return {"kind": "assignment", **assignment(one)}
        case Meeting():
            return {"kind": "meeting", **meeting(one)}
        case Profile(registration_id=who, visible=visible):
            return {"kind": "profile", "id": who, "registration_id": who, "visible": visible}
        case Head():
            return {"kind": "proposal", **head(one)}
    return {
        "kind": "audit",
        "id": one.id,
        "at": timestamp(one.at),
        "actor": one.actor,
        "role": one.role,
        "action": one.action,
        "object": one.object,
        "reason": one.reason,
    }


def _slot(one: Slot) -> dict[str, Any]:
    return {
        "slot_id": one.id,
        "desk": one.desk,
        "starts_at": timestamp(one.starts_at),
        "ends_at": timestamp(one.ends_at),
    }


def _guest(person: Person | None) -> dict[str, Any]:
    if person is None:
        return {"name": None, "organisation": None, "delegation": None}
    return {"name": person.name, "organisation": person.organisation, "delegation": person.delegation}
