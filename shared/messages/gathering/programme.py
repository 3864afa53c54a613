"""What happens in a gathering: sessions, desks, working groups, partnering, and what comes after."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.messages.gathering.places import JoinOrUrl
from shared.messages.gathering.reading import Time
from shared.messages.gathering.text import (
    Count,
    Email,
    Flag,
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
Ahead = Annotated[int, Field(strict=True, ge=0, le=43_200)]  # minutes before something begins
Buffer = Annotated[int, Field(strict=True, ge=0, le=240, multiple_of=5)]
ANY: Final = "any"  # in a slot's id: whichever expert is free
GRID = timedelta(minutes=5)


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
    """Who is confirmed for its part must not miss a `mandatory` session: nothing can be booked over it."""

    session: Slug
    part: Slug
    kind: SessionKind = SessionKind.PLENARY
    title: Title = Field(default_factory=lambda known: named_after(known.get("session", "")))
    about: Prose | None = None
    starts: Time
    ends: Time
    room: Line | None = None
    mandatory: Flag = False
    speakers: tuple[Annotated[Speaker, short_form("name", str | Speaker)], ...] = Field(default=(), max_length=50)


class Agenda(Shape):
    """`release` is the label of the first published release."""

    release: ReleaseLabel = ReleaseLabel.DRAFT
    sessions: tuple[Session, ...] = Field(default=(), max_length=500)


class Hours(Shape):
    """A stretch of time at a desk, on the grid of five minutes."""

    opens: Time
    closes: Time

    @model_validator(mode="after")
    def is_a_span(self) -> Self:
        if self.opens >= self.closes:
            raise PydanticCustomError("hours", "closes before it opens; correct one of the two times")
        if any(time.timestamp() % GRID.total_seconds() for time in (self.opens, self.closes)):
            raise PydanticCustomError("hours", "desk times are multiples of 5 minutes; move it to the next one")
        return self


class Desk(Shape):
    """Where an expert holds bookable slots.

    It is open from `opens` to `closes` and in the hours of `also`, without its `breaks`; `buffer_minutes` lie between
    two slots. A slot takes `per_slot` people, a person holds at most `per_person` (`None` is unlimited). Nobody more is
    taken once its expert has `per_expert` bookings in all, those at their other desks counted (`None` is unlimited).
    What is booked is booked `notice_minutes` ahead, given up and moved no later than the two `until` say; an offer off
    the waiting list stands for `offer_minutes`.
    """

    desk: Slug
    expert: Line
    part: Slug | None = None
    about: Prose | None = None
    opens: Time
    closes: Time
    also: tuple[Hours, ...] = Field(default=(), max_length=50)
    breaks: tuple[Hours, ...] = Field(default=(), max_length=50)
    slot_minutes: Minutes
    buffer_minutes: Buffer = 0
    notice_minutes: Ahead = 0
    cancel_until_minutes: Ahead = 0
    reschedule_until_minutes: Ahead = 0
    offer_minutes: Annotated[int, Field(strict=True, ge=1, le=10_080)] = 30
    per_person: Positive | None = None
    per_expert: Positive | None = None
    per_slot: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    table: Slug | None = None
    email: Kept[Email] = None
    join: Kept[JoinOrUrl] = None

    @model_validator(mode="after")
    def is_not_any(self) -> Self:
        if self.desk == ANY:
            raise PydanticCustomError("desk", "`any` stands for whichever expert is free; give the desk another id")
        return self

    def slots(self) -> tuple[tuple[datetime, datetime], ...]:
        """Start and end of every whole slot; stepped in UTC, where an hour is an hour."""
        length = timedelta(minutes=self.slot_minutes)
        step = length + timedelta(minutes=self.buffer_minutes)
        found = set[tuple[datetime, datetime]]()
        for opens, closes in ((self.opens, self.closes), *((one.opens, one.closes) for one in self.also)):
            number = (closes - opens + step - length) // step
            found |= {(opens + step * n, opens + step * n + length) for n in range(number)}
        return tuple(sorted(times for times in found if not any(_overlap(times, one) for one in self.breaks)))


def _overlap(times: tuple[datetime, datetime], hours: Hours) -> bool:
    return times[0] < hours.closes and hours.opens < times[1]


class Helpdesk(Shape):
    about: Prose | None = None
    desks: tuple[Desk, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def who_receives_groups_has_one_desk(self) -> Self:
        experts = [desk.expert for desk in self.desks]
        if any(desk.per_slot > 1 and experts.count(desk.expert) > 1 for desk in self.desks):
            raise PydanticCustomError("desk", "an expert with `per_slot` above 1 sits at one desk; merge the desks")
        return self


class Room(Shape):
    room: Slug
    title: Title = Field(default_factory=lambda known: named_after(known.get("room", "")))
    capacity: Positive
    join: Kept[JoinOrUrl] = None


class WorkingGroups(Shape):
    """People are divided into rooms during `session`, by up to `wishes` ranked wishes each."""

    session: Slug
    rooms: tuple[Room, ...] = Field(default=(), max_length=200)
    wishes: Count = 3
    max_per_country: Positive | None = None
    max_per_delegation: Positive | None = None


class Partnering(Shape):
    """Meetings of two during `part`; `tables` of `None` is unlimited.

    Two of whom one is remote meet at `join`, in which `$meeting` becomes a name that only the two are given.
    """

    part: Slug
    tables: Positive | None = None
    slot_minutes: Minutes = 15
    break_minutes: Annotated[int, Field(strict=True, ge=0, le=1_440)] = 0
    min_per_person: Count = 0
    max_per_person: Positive | None = None
    join: Kept[JoinOrUrl] = None


class FollowUp(Shape):
    """Who attended gets the article when the organiser posts it."""

    after: Literal["end"] = "end"
