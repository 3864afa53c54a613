"""Questions to the speakers of a session, as they stand."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class QuestionStatus(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks a session's speakers; `text` is sealed as it came, and gone when its author is erased."""

    id: str
    gathering_id: str
    session: str
    registration_id: str
    text: str | None
    asked_at: datetime
    votes: int = 0
    status: QuestionStatus = QuestionStatus.OPEN
