"""What registration, checkin and notifications answer, as far as it may be relied on: for OpenAPI alone."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.gateway.api.programme import AssignmentView, PreferencesView
from services.gateway.api.shapes import Booking, Meeting, Registration, Text, Time, Verdict
from shared.messages.gathering import Mode


class Accepted(BaseModel):
    """Not decided yet: what was asked, and when it was taken."""

    model_config = ConfigDict(extra="allow")

    accepted_at: Time
    registration_id: str | None = None
    id: str | None = None


class GatheringSummary(BaseModel):
    gathering: str
    title: Text
    timezone: str
    starts_at: Time
    ends_at: Time
    past: bool


class Gatherings(BaseModel):
    gatherings: list[GatheringSummary]


class Availability(BaseModel):
    part: str
    mode: Mode
    capacity: int | None
    confirmed: int
    held: int = Field(description="Kept back for delegations")
    waiting: int
    free: int | None = Field(description="For everybody; null is unlimited")


class PublishedGathering(BaseModel):
    """The public definition, with what is left of it."""

    model_config = ConfigDict(extra="allow")

    gathering: str
    title: Text
    timezone: str
    parts: list[dict[str, Any]]
    version: int
    past: bool
    availability: list[Availability]


class GatheringVersions(BaseModel):
    gathering: str
    version: int
    published_version: int


class RegistrationForStaff(Registration):
    delegation: str | None
    category: str
    attendee: dict[str, Any] | None = None


class RegistrationListed(RegistrationForStaff):
    answers: dict[str, Any] = Field(examples=[{"diet": "vegetarian"}])
    consents: dict[str, bool] = Field(examples=[{"privacy": True}])


class RegistrationPage(BaseModel):
    items: list[RegistrationListed]
    next: str | None = Field(description="The `cursor` of the next page; null after the last")


class Waived(BaseModel):
    delegation: str
    part: str
    waived: str


class Selected(BaseModel):
    selection_id: str
    part: str
    decided: int
    changed: int


class ChosenPerson(BaseModel):
    registration_id: str
    outcome: Literal["confirmed", "waitlisted", "declined"]
    reason: str | None


class SelectionProposed(BaseModel):
    """In the form in which it is published."""

    part: str
    decisions: list[ChosenPerson]


class Issued(BaseModel):
    id: str
    delegation: str | None
    places: int
    code: str = Field(description="Only here and in the mail")


class InvitationsIssued(BaseModel):
    invitations: list[Issued]


class ListedInvitation(BaseModel):
    id: str
    delegation: str | None
    places: int
    used: int
    revoked: bool
    name: str | None = None
    email: str | None = None
    language: str | None = None


class Invitations(BaseModel):
    invitations: list[ListedInvitation]


class Revoked(BaseModel):
    id: str
    revoked: bool


class PartChanged(BaseModel):
    """Everybody concerned is told and moved behind it."""

    part: str
    change: str
    status: Literal["accepted"]


class DelegationView(BaseModel):
    delegation: str
    name: str | Text
    membership_code: str | None
    held: list[dict[str, Any]]
    owed: list[dict[str, Any]]
    registrations: list[RegistrationForStaff]


class Erased(BaseModel):
    id: str
    erased: bool
    detail: str


class LinkAsked(BaseModel):
    status: Literal["accepted"]


class Announced(BaseModel):
    announcement_id: str


class DeskAccessMailed(BaseModel):
    notification_id: str
    desk: str


class FollowUpPosted(BaseModel):
    follow_up_id: str
    title: str
    url: str


class BatchVerdict(Verdict):
    scan_id: str


class UploadAnswered(BaseModel):
    results: list[BatchVerdict]


class Roster(BaseModel):
    """Signed; each line opens only with the ticket that it is about."""

    roster: str
    signature: str
    keys: list[Any]


class JoinPage(BaseModel):
    """What the page with the button says; people get it as HTML."""

    model_config = ConfigDict(extra="allow")

    gathering: str
    timezone: str
    title: Text


class PersonHeld(RegistrationForStaff):
    """All that any service holds."""

    personal: dict[str, Any]
    bookings: list[Booking]
    waiting_lists: list[dict[str, Any]]
    preferences: PreferencesView | None
    profile: dict[str, Any] | None
    rooms: list[AssignmentView]
    meetings: list[Meeting]
    questions: list[dict[str, Any]]
    ticket: str | None
    admissions: list[dict[str, Any]]
    attendance: list[dict[str, Any]]
    notifications: list[dict[str, Any]]
