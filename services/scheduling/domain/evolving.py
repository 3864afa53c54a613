"""What is known after a fact."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from services.scheduling.domain.facts import (
    AgendaDrafted,
    AgendaReleased,
    Answered,
    Backed,
    Blocked,
    BookingChanged,
    Defined,
    Fact,
    Forgotten,
    Held,
    HoldEnded,
    Learned,
    Parked,
    Preferred,
    QuestionChanged,
    Waited,
    WaitEnded,
)
from services.scheduling.domain.state import Answer, Booking, Diary, Hold

T = TypeVar("T")


def evolve(diary: Diary, fact: Fact) -> Diary:  # noqa: C901, PLR0911, PLR0912  one line a fact
    match fact:
        case BookingChanged(booking=booking):
            return _with_booking(diary, booking)
        case Held(hold=hold):
            return replace(
                diary,
                holds=_with(diary.holds, hold.id, hold),
                claims={**diary.claims, **dict.fromkeys(hold.claims, hold.id)},
            )
        case HoldEnded(hold=hold):
            return _without_hold(diary, hold)
        case Waited(waiter=waiter):
            return replace(diary, waiters=_with(diary.waiters, waiter.id, waiter))
        case WaitEnded(waiter=waiter):
            return replace(diary, waiters=_without(diary.waiters, waiter.id))
        case QuestionChanged(question=question):
            return replace(diary, questions=_with(diary.questions, question.id, question))
        case Backed(voice=voice):
            return replace(diary, voices=diary.voices | {voice})
        case Answered(answer=answer):
            return _with_answer(diary, answer)
        case Parked(submission_id=submission, command=command):
            return replace(diary, waiting=_with(diary.waiting, submission, command))
        case Learned(registration=one):
            return replace(diary, registrations=_with(diary.registrations, one.id, one))
        case Forgotten(registration_id=who):
            return _forgetting(diary, who)
        case Defined(gathering=gathering):
            return replace(diary, gathering=gathering)
        case Preferred(preferences=one):
            return replace(diary, preferences=_with(diary.preferences, one.registration_id, one))
        case Blocked(block=block):
            held = {**diary.claims, **dict.fromkeys(block.claims, block.id)}
            return replace(diary, blocks=_with(diary.blocks, block.id, block), claims=held)
        case AgendaDrafted(agenda=agenda):
            return replace(diary, agenda=agenda)
        case AgendaReleased(release=release):
            return replace(diary, agenda=replace(diary.agenda, latest=release))
        case _:  # a refusal changes nothing
            return diary


def _with(known: Mapping[str, T], key: str, value: T) -> dict[str, T]:
    return {**known, key: value}


def _without(known: Mapping[str, T], key: str) -> dict[str, T]:
    return {one: value for one, value in known.items() if one != key}


def _with_booking(diary: Diary, booking: Booking) -> Diary:
    before = diary.bookings.get(booking.id)
    left = before.claims if before is not None else frozenset[str]()
    claims = {claim: holder for claim, holder in diary.claims.items() if claim not in left or holder != booking.id}
    claims |= dict.fromkeys(booking.claims, booking.id)
    return replace(diary, bookings=_with(diary.bookings, booking.id, booking), claims=claims)


def _without_hold(diary: Diary, hold: Hold) -> Diary:
    claims = {claim: holder for claim, holder in diary.claims.items() if holder != hold.id}
    return replace(diary, holds=_without(diary.holds, hold.id), claims=claims)


def _with_answer(diary: Diary, answer: Answer) -> Diary:
    keys = diary.keys if answer.key is None else _with(diary.keys, answer.key, answer.submission_id)
    return replace(
        diary,
        answers=_with(diary.answers, answer.submission_id, answer),
        keys=keys,
        waiting=_without(diary.waiting, answer.submission_id),
    )


def _forgetting(diary: Diary, who: str) -> Diary:
    """What they wrote goes: from every meeting of theirs, past ones too, and from their questions."""
    bookings = {
        one.id: replace(one, topic=None) if one.registration_id == who else one for one in diary.bookings.values()
    }
    questions = {
        one.id: replace(one, text=None) if one.registration_id == who else one for one in diary.questions.values()
    }
    return replace(diary, bookings=bookings, questions=questions, preferences=_without(diary.preferences, who))
