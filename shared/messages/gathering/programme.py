"""What happens in a gathering: sessions, desks, working groups, partnering, and what comes after."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from shared.messages.gathering.places import Join
from shared.messages.gathering.reading import Time
from shared.messages.gathering.text import (
    Count,
    Email,
    Kept,
    Line,
    Positive,
    Prose,
    Shape,
    Slug,
    Title,
    named_after,
    short_form,
)

Minutes = Annotated[int, Field(strict=True, ge=5, le=1_440)]


class ReleaseLabel(StrEnum):
    DRAFT = "draft"
    OFFICIAL = "official"


class SessionKind(StrEnum):
    KEYNOTE = "keynote"
    QA = "qa"
    GOOD_PRACTICE = "good-practice"
    REFLECTION = "reflection"
    WORKING_GROUPS = "working-groups"
    PLENARY = "plenary"
    BREAK = "break"


class Speaker(Shape):
    name: Line
    affiliation: Line | None = None
    project: Line | None = None
    note: Line | None = None


class Session(Shape):
    session: Slug
    part: Slug
    kind: SessionKind = SessionKind.PLENARY
    title: Title = Field(default_factory=lambda known: named_after(known.get("session", "")))
    about: Prose | None = None
    starts: Time
    ends: Time
    room: Slug | None = None
    speakers: tuple[Annotated[Speaker, short_form("name", str | Speaker)], ...] = Field(default=(), max_length=50)


class Agenda(Shape):
    """`release` is the label of the first published release."""

    release: ReleaseLabel = ReleaseLabel.DRAFT
    sessions: tuple[Session, ...] = Field(default=(), max_length=500)


class Desk(Shape):
    """Where an expert holds bookable slots; `per_person` of `None` is unlimited."""

    desk: Slug
    expert: Line
    part: Slug | None = None
    about: Prose | None = None
    opens: Time
    closes: Time
    slot_minutes: Minutes
    per_person: Positive | None = None
    email: Kept[Email] = None
    join: Kept[Join] = None

    def slots(self) -> tuple[tuple[datetime, datetime], ...]:
        """Start and end of every whole slot; stepped in UTC, where an hour is an hour."""
        length = timedelta(minutes=self.slot_minutes)
        number = (self.closes - self.opens) // length
        return tuple((self.opens + length * n, self.opens + length * (n + 1)) for n in range(number))


class Helpdesk(Shape):
    about: Prose | None = None
    desks: tuple[Desk, ...] = Field(default=(), max_length=200)


class Room(Shape):
    room: Slug
    title: Title = Field(default_factory=lambda known: named_after(known.get("room", "")))
    capacity: Positive
    join: Kept[Join] = None


class WorkingGroups(Shape):
    """People are divided into rooms during `session`, by up to `wishes` ranked wishes each."""

    session: Slug
    rooms: tuple[Room, ...] = Field(default=(), max_length=200)
    wishes: Count = 3
    max_per_country: Positive | None = None
    max_per_delegation: Positive | None = None


class Partnering(Shape):
    """Meetings of two during `part`; `tables` of `None` is unlimited."""

    part: Slug
    tables: Positive | None = None
    slot_minutes: Minutes = 15
    break_minutes: Annotated[int, Field(strict=True, ge=0, le=1_440)] = 0
    min_per_person: Count = 0
    max_per_person: Positive | None = None


class FollowUp(Shape):
    """Who attended gets the article when the organiser posts it."""

    after: Literal["end"] = "end"
