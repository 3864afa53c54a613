"""Questions to speakers: who may ask, until when, one voice a person."""

from datetime import timedelta

from services.scheduling.domain import Declined, Diary, ModerateQuestion, QuestionStatus, Reason
from tests.unit.scheduling.building import (
    NOON,
    after,
    backs,
    cancelled,
    confirmed,
    empty,
    erased,
    kinds,
    published,
    questions,
    run,
    said,
)

OPENING_ENDS = NOON - timedelta(hours=3, minutes=15)  # 09:45 in Paris


def opened() -> Diary:
    return after(empty(), published(), *(confirmed(who) for who in ("ada", "bob", "cyd")))


def test_a_question_is_asked_until_its_session_ends() -> None:
    during = OPENING_ENDS - timedelta(seconds=1)
    diary = after(opened(), questions(), questions("bob", at=during), questions("cyd", at=OPENING_ENDS))
    assert diary.questions.keys() == {"question-ada-1", "question-bob-1"}
    assert diary.answers["question-cyd-1"].reason is Reason.TOO_LATE
    assert kinds(said(run(opened(), questions()))) == []  # what people write is in no topic


def test_only_who_may_come_asks_and_only_about_a_session_that_is_held() -> None:
    diary = after(opened(), cancelled("ada"), questions(), questions("bob", "nothing"))
    assert diary.answers["question-ada-1"].reason is Reason.NOT_REGISTERED
    assert diary.answers["question-bob-1"].reason is Reason.UNKNOWN_SESSION


def test_nobody_asks_without_end() -> None:
    diary = after(opened(), *(questions(number=number) for number in range(1, 12)))
    assert len(diary.questions) == 10
    assert diary.answers["question-ada-11"].reason is Reason.LIMIT_REACHED


def test_each_person_has_one_voice() -> None:
    diary = after(opened(), questions(), backs("bob"), backs("bob", number=2), backs("cyd"))
    assert diary.questions["question-ada-1"].votes == 2
    assert diary.answers["backs-bob-2"].reason is None
    late = after(diary, backs("ada", at=OPENING_ENDS), backs("ada", "nothing", number=2))
    assert late.answers["backs-ada-1"].reason is Reason.TOO_LATE
    assert late.answers["backs-ada-2"].reason is Reason.UNKNOWN_QUESTION


def test_staff_hide_and_answer() -> None:
    diary = after(opened(), questions(), ModerateQuestion("question-ada-1", QuestionStatus.HIDDEN))
    assert diary.questions["question-ada-1"].status is QuestionStatus.HIDDEN
    assert after(diary, backs("bob")).answers["backs-bob-1"].reason is Reason.UNKNOWN_QUESTION
    assert run(diary, ModerateQuestion("question-ada-1", QuestionStatus.HIDDEN)).decided == ()
    nothing = run(diary, ModerateQuestion("nothing", QuestionStatus.OPEN))
    assert [one.fact for one in nothing.decided] == [Declined(Reason.UNKNOWN_QUESTION)]


def test_what_an_erased_person_asked_is_gone() -> None:
    diary = after(opened(), questions(), backs("bob"), erased("ada"))
    assert diary.questions["question-ada-1"].text is None
