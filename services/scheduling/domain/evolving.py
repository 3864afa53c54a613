"""What is known after a fact."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import reduce
from itertools import groupby
from typing import TypeVar

from services.scheduling.domain.facts import (
    AgendaDrafted,
    AgendaReleased,
    Answered,
    AssignmentChanged,
    Backed,
    Blocked,
    BookingChanged,
    CameLate,
    Claimant,
    Defined,
    Discarded,
    Fact,
    Forgotten,
    Held,
    HoldEnded,
    LateNoMore,
    Learned,
    MeetingChanged,
    Parked,
    Planned,
    Preferred,
    Profiled,
    Proposed,
    QuestionChanged,
    Starred,
    Unblocked,
    Unstarred,
    Waited,
    WaitEnded,
)
from services.scheduling.domain.proposals import without
from services.scheduling.domain.state import Answer, Diary, Hold

T = TypeVar("T")


def evolve(diary: Diary, fact: Fact) -> Diary:  # noqa: C901, PLR0911, PLR0912  one line a fact
    match fact:
        case BookingChanged(booking=booking):
            claims = _claims(diary, diary.bookings, [booking])
            return replace(diary, bookings=_with(diary.bookings, booking.id, booking), claims=claims)
        case AssignmentChanged() | MeetingChanged():
            return evolve_all(diary, [fact])
        case Profiled(profile=one):
            return replace(diary, profiles=_with(diary.profiles, one.registration_id, one))
        case Proposed(proposal=one):
            return replace(diary, proposals=_with(diary.proposals, one.id, one))
        case Discarded(proposal_id=which):
            return replace(diary, proposals=_without(diary.proposals, which))
        case Planned(plan=plan):
            return replace(diary, plans={**diary.plans, plan.topic: plan})
        case CameLate(latecomer=one):
            return replace(diary, latecomers=_with(diary.latecomers, one.registration_id, one))
        case LateNoMore(registration_id=who):
            return replace(diary, latecomers=_without(diary.latecomers, who))
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
        case Starred(star=star):
            return replace(diary, stars=diary.stars | {star})
        case Unstarred(star=star):
            return replace(diary, stars=diary.stars - {star})
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
        case Unblocked(block=block):
            free = {claim: holder for claim, holder in diary.claims.items() if holder != block.id}
            return replace(diary, blocks=_without(diary.blocks, block.id), claims=free)
        case AgendaDrafted(agenda=agenda):
            return replace(diary, agenda=agenda)
        case AgendaReleased(release=release):
            return replace(diary, agenda=replace(diary.agenda, latest=release))
        case _:  # a refusal changes nothing
            return diary


def evolve_all(diary: Diary, facts: Iterable[Fact]) -> Diary:
    """Facts in order. A publication has thousands of one kind: these are taken in at once, not one by one."""
    for kind, run in groupby(facts, key=type):
        if kind is AssignmentChanged:
            rooms = [one.assignment for one in run if isinstance(one, AssignmentChanged)]
            fresh = {**diary.assignments, **{one.id: one for one in rooms}}
            diary = replace(diary, assignments=fresh, claims=_claims(diary, diary.assignments, rooms))
        elif kind is MeetingChanged:
            meetings = [one.meeting for one in run if isinstance(one, MeetingChanged)]
            known = {**diary.meetings, **{one.id: one for one in meetings}}
            diary = replace(diary, meetings=known, claims=_claims(diary, diary.meetings, meetings))
        else:
            diary = reduce(evolve, run, diary)
    return diary


def _with(known: Mapping[str, T], key: str, value: T) -> dict[str, T]:
    return {**known, key: value}


def _without(known: Mapping[str, T], key: str) -> dict[str, T]:
    return {one: value for one, value in known.items() if one != key}


def _claims(diary: Diary, before: Mapping[str, Claimant], now: Iterable[Claimant]) -> dict[str, str]:
    """All that is freed is freed first: of many, one may take what another leaves."""
    claims, changed = dict(diary.claims), list(now)
    for one in changed:
        known = before.get(one.id)
        for claim in () if known is None else known.claims - one.claims:
            if claims.get(claim) == one.id:
                del claims[claim]
    for one in changed:
        claims |= dict.fromkeys(one.claims, one.id)
    return claims


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
    """What they said goes: from every meeting of theirs, past ones too, and from every draft."""
    bookings = {
        one.id: replace(one, topic=None) if one.registration_id == who else one for one in diary.bookings.values()
    }
    return replace(
        diary,
        bookings=bookings,
        stars=frozenset(one for one in diary.stars if one.registration_id != who),
        preferences=_without(diary.preferences, who),
        profiles=_without(diary.profiles, who),
        proposals={one.id: without(one, who) for one in diary.proposals.values()},
    )
