"""Decisions on what people ask for: a meeting, its time, its release, a hold, a turn, preferences. One answer each."""

from dataclasses import replace
from datetime import timedelta

from services.scheduling.domain.asking import ask, back
from services.scheduling.domain.changing import booked, missed, moved, released, told
from services.scheduling.domain.encounters import Meeting
from services.scheduling.domain.evolving import evolve_all
from services.scheduling.domain.facts import (
    Answered,
    BookingChanged,
    Fact,
    MeetingChanged,
    Parked,
    Refused,
    Waited,
    WaitEnded,
)
from services.scheduling.domain.offering import ended, held_for_form, of_person, used_up
from services.scheduling.domain.partnering import OnMeeting, on_meeting
from services.scheduling.domain.placing import No, Wish
from services.scheduling.domain.requests import Command, Request
from services.scheduling.domain.slots import Slot
from services.scheduling.domain.state import (
    Answer,
    Booking,
    Diary,
    Gathering,
    Hold,
    OfferOutcome,
    Purpose,
    Reason,
    ReleaseReason,
    Side,
    Waiter,
)
from services.scheduling.domain.taking_over import takes_over
from services.scheduling.domain.wishing import star, tell
from shared.messages.scheduling import (
    HoldRequested,
    MeetingNoted,
    MeetingReleaseRequested,
    MeetingRequested,
    MoveRequested,
    NoShowReported,
    PreferenceSubmitted,
    ProfileSubmitted,
    QuestionAsked,
    QuestionBacked,
    ReleaseRequested,
    SessionStarred,
    SlotBooked,
    SlotRefused,
    SlotRequested,
    WaitRequested,
)

# What only who asked is told: the topic has six reasons, and no others.
SAID = {Reason.NO_SUCH_BOOKING: Reason.NOT_REGISTERED, Reason.IDEMPOTENCY_MISMATCH: Reason.CONFLICT}


def answer(diary: Diary, command: Command, request: Request) -> list[Fact]:
    """Nothing for what was answered before, or waits already; otherwise exactly one answer, or a place to wait."""
    submission = request.submission_id()
    if submission in diary.answers:
        return []
    if diary.keys.get(request.key, submission) != submission:
        return _refused(diary, request, No(Reason.IDEMPOTENCY_MISMATCH))
    registration = diary.registrations.get(request.registration_id)
    if registration is not None and not registration.opens_to(request.generation):
        return _refused(diary, request, _taken_over(request))
    if diary.gathering is not None and registration is not None:
        fresh = list(takes_over(registration, request.generation))
        return [*fresh, *_decide(evolve_all(diary, fresh), diary.gathering, request)]
    if not command.patient:
        return _refused(diary, request, No(Reason.NOT_REGISTERED))
    return [] if submission in diary.waiting else [Parked(submission, command)]


def _taken_over(request: Request) -> No:
    """Who held the registration before is told what anybody else is who does not hold it."""
    of_booking = isinstance(request, MoveRequested | ReleaseRequested | NoShowReported)
    return No(Reason.NO_SUCH_BOOKING if of_booking else Reason.NOT_REGISTERED)


def _decide(diary: Diary, gathering: Gathering, request: Request) -> list[Fact]:
    match request:
        case SlotRequested():
            verdict = _book(diary, gathering, request)
        case MoveRequested():
            verdict = _move(diary, gathering, request)
        case ReleaseRequested():
            verdict = _release(diary, gathering, request)
        case NoShowReported():
            verdict = _report(diary, request)
        case HoldRequested():
            verdict = _hold(diary, gathering, request)
        case WaitRequested():
            verdict = _wait(diary, gathering, request)
        case PreferenceSubmitted() | ProfileSubmitted() | SessionStarred():
            verdict = _tell(diary, request)
        case MeetingRequested() | MeetingReleaseRequested() | MeetingNoted():
            verdict = _meet(request, on_meeting(diary, gathering, request))
        case _:
            verdict = _ask(diary, request)
    return _refused(diary, request, verdict) if isinstance(verdict, No) else verdict


def _book(diary: Diary, gathering: Gathering, request: SlotRequested) -> list[Fact] | No:
    seat = Wish(diary, gathering, request.registration_id, request.accepted_at).place(request.slot_id)
    if isinstance(seat, No):
        return seat
    booking = booked(gathering, request.booking_id, request.registration_id, seat, request.sealed)
    return [
        *used_up(diary, booking),
        BookingChanged(booking, SlotBooked(**told(booking))),
        Answered(_answer(request, booking=booking)),
    ]


def _move(diary: Diary, gathering: Gathering, request: MoveRequested) -> list[Fact] | No:
    booking = _own(diary, gathering, request)
    if isinstance(booking, No):
        return booking
    seat = Wish(diary, gathering, request.registration_id, request.accepted_at, booking).place(request.slot_id)
    if isinstance(seat, No):
        return seat
    changed = moved(booking, seat)
    return [*used_up(diary, changed.booking), changed, Answered(_answer(request, booking=changed.booking))]


def _release(diary: Diary, gathering: Gathering, request: ReleaseRequested) -> list[Fact] | No:
    booking = _own(diary, gathering, request)
    if isinstance(booking, No):
        return booking
    gone = released(booking, ReleaseReason.RELEASED)
    return [gone, Answered(_answer(request, booking=gone.booking))]


def _report(diary: Diary, request: NoShowReported) -> list[Fact] | No:
    """Once it has begun: who comes is only known then."""
    booking = diary.bookings.get(request.booking_id)
    if booking is None or booking.registration_id != request.registration_id:
        return No(Reason.NO_SUCH_BOOKING)
    if not booking.live:
        return No(Reason.TOO_LATE)
    if request.accepted_at < booking.slot.starts_at:
        return No(Reason.NOT_BEGUN)
    noted = missed(booking, Side.EXPERT, by=Side.ATTENDEE)
    now = noted[0].booking if noted else booking
    return [*noted, Answered(_answer(request, booking=now))]


def _hold(diary: Diary, gathering: Gathering, request: HoldRequested) -> list[Fact] | No:
    """One form at a time: another hold lets go of the first."""
    person, at = request.registration_id, request.accepted_at
    seat = Wish(diary, gathering, person, at).place(request.slot_id)
    if isinstance(seat, No):
        return seat
    claims = held_for_form(gathering, request.id, person, seat, at)
    before = [
        ended(one, OfferOutcome.WITHDRAWN)
        for one in of_person(diary, person)
        if one.purpose is Purpose.FORM or one.claims & claims.hold.claims
    ]
    return [*before, claims, Answered(_answer(request, hold=claims.hold))]


def _wait(diary: Diary, gathering: Gathering, request: WaitRequested) -> list[Fact] | No:
    """A place once taken is kept: who asks again stands where they stood."""
    person, desk = request.registration_id, request.desk
    waiter = Waiter(gathering.id, person, desk, request.accepted_at)
    known = diary.waiters.get(waiter.id)
    done = Answered(_answer(request))
    if request.leave:
        offers = (one for one in of_person(diary, person) if one.slot.desk == desk and one.purpose is Purpose.OFFER)
        gone = [ended(one, OfferOutcome.WITHDRAWN) for one in offers]
        return [*gone, *([WaitEnded(known)] if known is not None else []), done]
    wish = Wish(diary, gathering, person, request.accepted_at)
    if not wish.may_book:
        return No(Reason.NOT_REGISTERED)
    if desk not in gathering.desks:
        return No(Reason.UNKNOWN_DESK)
    if wish.is_at_limit(desk):
        return No(Reason.LIMIT_REACHED)
    return [done] if known is not None else [Waited(waiter), done]


def _ask(diary: Diary, request: QuestionAsked | QuestionBacked) -> list[Fact] | No:
    verdict = ask(diary, request) if isinstance(request, QuestionAsked) else back(diary, request)
    return verdict if isinstance(verdict, No) else [*verdict, Answered(_answer(request))]


def _tell(diary: Diary, request: PreferenceSubmitted | ProfileSubmitted | SessionStarred) -> list[Fact] | No:
    fact = star(diary, request) if isinstance(request, SessionStarred) else tell(diary, request)
    return fact if isinstance(fact, No) else [fact, Answered(_answer(request))]


def _meet(request: OnMeeting, found: MeetingChanged | Meeting | No) -> list[Fact] | No:
    """What was wished for may be so already."""
    if isinstance(found, No):
        return found
    if isinstance(found, Meeting):
        return [Answered(_answer(request, meeting=found))]
    return [found, Answered(_answer(request, meeting=found.meeting))]


def _own(diary: Diary, gathering: Gathering, request: MoveRequested | ReleaseRequested) -> Booking | No:
    """The person's own meeting, while it can still be given up: its desk says until when."""
    booking = diary.bookings.get(request.booking_id)
    if booking is None or booking.registration_id != request.registration_id:
        return No(Reason.NO_SUCH_BOOKING)
    desk = gathering.desks.get(booking.slot.desk)
    is_move = isinstance(request, MoveRequested)
    ahead = 0 if desk is None else (desk.reschedule_until_minutes if is_move else desk.cancel_until_minutes)
    if not booking.live or request.accepted_at >= booking.slot.starts_at - timedelta(minutes=ahead):
        return No(Reason.TOO_LATE)
    return booking


def _refused(diary: Diary, request: Request, no: No) -> list[Fact]:
    """A person hears of it once; only what is asked of a booking has a topic that says no."""
    given = _answer(request, reason=no.reason, booking=_released(diary, request, no), alternatives=no.alternatives)
    if no.reason is Reason.IDEMPOTENCY_MISMATCH:
        given = replace(given, key=None)
    if not isinstance(request, SlotRequested | MoveRequested | ReleaseRequested):
        return [Answered(given)]
    booking = None if isinstance(request, SlotRequested) else diary.bookings.get(request.booking_id)
    is_own = booking is not None and booking.registration_id == request.registration_id
    said = SlotRefused(
        gathering_id=request.gathering_id,
        submission_id=request.submission_id(),
        booking_id=request.booking_id,
        registration_id=request.registration_id,
        slot_id=_slot_named(request, booking if is_own else None),
        reason=SAID.get(no.reason, no.reason),
    )
    return [Refused(said), Answered(given)]


def _released(diary: Diary, request: Request, no: No) -> Booking | None:
    """What comes too late for a meeting that is given up already is told so."""
    if no.reason is not Reason.TOO_LATE or not isinstance(request, MoveRequested | ReleaseRequested | NoShowReported):
        return None
    booking = diary.bookings[request.booking_id]
    return None if booking.live else booking


def _slot_named(request: SlotRequested | MoveRequested | ReleaseRequested, booking: Booking | None) -> str:
    if isinstance(request, ReleaseRequested):
        return "" if booking is None else booking.slot.id
    return request.slot_id


def _answer(
    request: Request,
    *,
    reason: Reason | None = None,
    booking: Booking | None = None,
    alternatives: tuple[Slot, ...] = (),
    hold: Hold | None = None,
    meeting: Meeting | None = None,
) -> Answer:
    return Answer(
        submission_id=request.submission_id(),
        gathering_id=request.gathering_id,
        registration_id=request.registration_id,
        asked=request.type,
        key=request.key,
        reason=reason,
        booking=None if booking is None else replace(booking, topic=None),
        alternatives=alternatives,
        hold=hold,
        meeting=meeting,
    )
