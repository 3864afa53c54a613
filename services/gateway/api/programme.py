"""What scheduling answers, as far as it may be relied on: for OpenAPI alone."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.api.shapes import Booking, DeskSlots, Hold, Meeting, Text, Time

ProposalState = Literal["running", "draft", "published", "failed", "cancelled", "lost"]


class ReleaseHeading(BaseModel):
    model_config = ConfigDict(extra="allow")

    release: int
    label: Literal["draft", "official"]


class PublishedAgenda(ReleaseHeading):
    gathering: str
    timezone: str
    changes: list[dict[str, Any]] = Field(description="Since the release before: session, change, line")
    sessions: list[dict[str, Any]]
    releases: list[ReleaseHeading]


class WorkingAgenda(BaseModel):
    """In the form in which it is put back."""

    gathering: str
    timezone: str
    edition: int
    published: ReleaseHeading | None
    sessions: list[dict[str, Any]]


class AllDesks(BaseModel):
    desks: list[DeskSlots]
    timezone: str


class DayBooking(Booking):
    topic: str | None
    name: str | None
    organisation: str | None
    delegation: str | None


class BlockedTime(BaseModel):
    id: str
    desk: str
    starts_at: Time
    ends_at: Time
    reason: str | None


class ExpertDay(BaseModel):
    desk: str
    expert: str
    timezone: str
    bookings: list[DayBooking]
    blocks: list[BlockedTime]
    join: str | None = Field(description="The desk's room, if it has one online")
    feed: str = Field(description="The address of a calendar to subscribe to")


class BlockGivenBack(BlockedTime):
    offered: list[Hold] = Field(description="What of it is offered to who waits")


class BlockMade(BlockedTime):
    released: list[Booking]
    offered: list[Hold]


class Question(BaseModel):
    id: str
    text: str
    votes: int
    status: Literal["open", "answered", "hidden"]
    asked_at: Time


class Questions(BaseModel):
    session: str
    questions: list[Question]


class QuestionAsked(BaseModel):
    id: str
    session: str
    status: Literal["open"]
    votes: int


class QuestionBacked(BaseModel):
    id: str
    backed: bool


class Feeds(BaseModel):
    experts: list[dict[str, str]]
    rooms: list[dict[str, str]]


class DiaryView(BaseModel):
    registration_id: str
    gathering: str
    title: Text
    timezone: str
    parts: list[dict[str, Any]]
    bookings: list[Booking]
    held: list[Hold]
    waiting: list[dict[str, Any]]
    room: dict[str, Any] | None
    meetings: list[Meeting]
    sessions: list[dict[str, Any]]
    feed: str | None = Field(default=None, description="For its holder alone")


class PreferencesView(BaseModel):
    registration_id: str
    working_groups: list[str]
    meet: list[str]
    no_thanks: list[str]
    accepted_at: Time


class ProfileKept(BaseModel):
    registration_id: str
    visible: bool
    accepted_at: Time


class ProfileView(ProfileKept):
    offers: list[str]
    seeks: list[str]
    topics: list[str]


class Profiles(BaseModel):
    profiles: list[dict[str, Any]]


class Progress(BaseModel):
    phase: str
    done: int
    total: int


class ProposalHead(BaseModel):
    id: str
    topic: Literal["working-groups", "partnering"]
    state: ProposalState
    made_at: Time


class Proposal(ProposalHead):
    """A finished one has its `result`: who gets what, and why somebody got nothing."""

    version: int | None = None
    result: dict[str, Any] | None = Field(
        default=None, description="Rooms: places with `missed` and `bars`. Meetings: shares with `unmet` and why"
    )
    names: dict[str, str] | None = Field(default=None, description="For organisers: by registration")
    progress: Progress | None = None
    detail: str | None = None
    problems: list[dict[str, Any]] | None = None


class Proposals(BaseModel):
    proposals: list[Proposal]


class ProposalPublished(BaseModel):
    published: int
    released: int
    left_out: list[dict[str, Any]]


class ProposalMoved(BaseModel):
    effect: dict[str, Any]
    version: int
    moved: bool


class ProposalGone(BaseModel):
    id: str
    state: Literal["cancelled"]


class AssignmentView(BaseModel):
    id: str
    registration_id: str
    session: str
    room: str
    starts_at: Time
    ends_at: Time
    status: Literal["scheduled", "cancelled"]
    version: int


class WorkingGroups(BaseModel):
    session: str
    starts_at: Time
    ends_at: Time
    published_at: Time | None
    rooms: list[dict[str, Any]]
    unplaced: list[str]


class Sheets(BaseModel):
    by: Literal["person", "table"]
    timezone: str
    sheets: list[dict[str, Any]]


class PartneringResult(BaseModel):
    """Nobody is named."""

    model_config = ConfigDict(extra="allow")

    people: int
    organisations: int
    countries: int
    meetings: int
    held: int
