"""Questions to the speakers of a session: asked and backed before it and while it lasts, moderated by staff."""

from collections.abc import Iterator
from dataclasses import replace

from services.scheduling.domain.facts import Backed, Declined, Fact, QuestionChanged
from services.scheduling.domain.placing import No
from services.scheduling.domain.questions import Question, QuestionStatus
from services.scheduling.domain.requests import ModerateQuestion
from services.scheduling.domain.state import Diary, Reason
from shared.messages.scheduling import QuestionAsked, QuestionBacked

ASKED_AT_MOST = 10  # by one person in one session


def ask(diary: Diary, request: QuestionAsked) -> list[Fact] | No:
    if (no := _barred(diary, request, request.session)) is not None:
        return no
    theirs = (one for one in diary.questions.values() if one.registration_id == request.registration_id)
    if sum(one.session == request.session for one in theirs) >= ASKED_AT_MOST:
        return No(Reason.LIMIT_REACHED)
    question = Question(
        id=request.id,
        gathering_id=request.gathering_id,
        session=request.session,
        registration_id=request.registration_id,
        text=request.sealed,
        asked_at=request.accepted_at,
    )
    return [QuestionChanged(question)]


def back(diary: Diary, request: QuestionBacked) -> list[Fact] | No:
    """A second voice of the same person is no refusal and counts for nothing."""
    question = diary.questions.get(request.question_id)
    if question is None or question.status is QuestionStatus.HIDDEN:
        return No(Reason.UNKNOWN_QUESTION)
    if (no := _barred(diary, request, question.session)) is not None:
        return no
    voice = f"{question.id}:{request.registration_id}"
    if voice in diary.voices:
        return []
    return [Backed(voice, question.gathering_id, request.registration_id), QuestionChanged(_louder(question))]


def moderate(diary: Diary, order: ModerateQuestion) -> Iterator[Fact]:
    question = diary.questions.get(order.question_id)
    if question is None:
        yield Declined(Reason.UNKNOWN_QUESTION)
    elif question.status is not order.status:
        yield QuestionChanged(replace(question, status=order.status))


def _louder(question: Question) -> Question:
    return replace(question, votes=question.votes + 1)


def _barred(diary: Diary, request: QuestionAsked | QuestionBacked, session: str) -> No | None:
    """Those who may come to the session, until it ends."""
    latest = diary.agenda.latest
    placed = latest.by_session.get(session) if latest is not None else None
    if placed is None:
        return No(Reason.UNKNOWN_SESSION)
    if placed.session.part not in diary.registrations[request.registration_id].confirmed:
        return No(Reason.NOT_REGISTERED)
    return No(Reason.TOO_LATE) if request.accepted_at >= placed.session.ends else None
