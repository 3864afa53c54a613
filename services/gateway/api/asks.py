"""What staff's calls take, for the OpenAPI document alone: their owners read them, and a test holds these to theirs."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.messages.gathering import Mode, ReleaseLabel
from shared.submissions import Attendee, PartWish

Moment = Annotated[str, Field(description="Without an offset: wall time in the gathering's `timezone`")]
Reason = Annotated[str, Field(description="In a line; audited")]


class GatheringDefinition(BaseModel):
    """What is required of it; all of it is in `/schemas/gathering-definition.json`."""

    model_config = ConfigDict(extra="allow")

    gathering: str
    title: str | dict[str, str]
    timezone: str
    parts: list[dict[str, Any]]


class Invitee(BaseModel):
    name: str | None = None
    email: str
    language: str | None = None


class InvitationRequest(BaseModel):
    """Either people by name, or one delegation with places; its coordinator gets the mail."""

    invitations: list[Invitee] = Field(default=[], max_length=500)
    delegation: str | None = None
    places: int = Field(default=1, ge=1, le=10_000)


class SelectionDecision(BaseModel):
    registration_id: str
    outcome: Literal["confirmed", "waitlisted", "declined"]
    reason: str | None = None


class SelectionRequest(BaseModel):
    part: str
    decisions: list[SelectionDecision] = Field(min_length=1, max_length=2000)


class ProposalRequest(BaseModel):
    """Without `part` it is the only one that selects."""

    part: str | None = None


class Waiver(BaseModel):
    """Without `part` it is the only one that asks anything of its delegations."""

    part: str | None = None
    reason: Reason | None = None


class PartChange(BaseModel):
    """Exactly one of `cancel`, `move_to` and `starts`; a part that starts anew keeps its length."""

    cancel: bool = False
    move_to: Mode | None = None
    starts: str | None = Field(default=None, description="With its offset")
    reason: Reason


class StaffRegistration(BaseModel):
    """Somebody whom staff lets in; `override` says why, for the audit."""

    attendee: Attendee
    delegation: str | None = None
    parts: list[PartWish] = Field(min_length=1, max_length=20)
    category: Literal["speaker", "staff", "press", "guest"]
    override: Reason
    answers: dict[str, Any] = {}
    consents: dict[str, bool] = {}


class AccessLink(BaseModel):
    gathering: str
    email: str


class Addressees(BaseModel):
    part: str | None = None
    mode: Mode | None = None
    status: Literal["confirmed", "waitlisted", "awaiting-selection", "declined", "cancelled"] | None = None
    attended: bool | None = None


class Announcement(BaseModel):
    """To everybody whom all of `to` fits; without a status, to whoever is still in."""

    to: Addressees = Addressees()
    subject: str
    text: str


class FollowUp(BaseModel):
    title: str
    url: str
    text: str


class Draft(BaseModel):
    """The sessions as in a definition; or what `?release=working` shows, as it is."""

    release: ReleaseLabel | None = None
    gathering: Any = None
    timezone: Any = None
    edition: Any = None
    published: Any = None
    sessions: list[dict[str, Any]] = Field(max_length=500)


class AgendaPublication(BaseModel):
    label: ReleaseLabel


class BlockRequest(BaseModel):
    """With `offer_elsewhere` those who are released are offered the nearest free slots."""

    starts_at: Moment
    ends_at: Moment
    reason: str | None = None
    offer_elsewhere: bool = False


class WalkInRequest(BaseModel):
    """Without `slot_id` it is the slot under way, or the next that is free."""

    registration_id: str
    slot_id: str | None = None
    topic: str | None = None


class Override(BaseModel):
    """Either `release`, or a move to `slot_id`."""

    release: Literal[True] | None = None
    slot_id: str | None = None
    reason: Reason


class Moderation(BaseModel):
    status: Literal["open", "answered", "hidden"]


class Pin(BaseModel):
    registration_id: str
    room: str


class RoomsAsked(BaseModel):
    """What is added to what the definition says, or set instead; nothing need be."""

    pins: list[Pin] = []
    apart: list[list[str]] = Field(default=[], description="Pairs who are not to share a room")
    together: list[list[str]] = Field(default=[], description="Those who are to share one")
    max_per_country: int | None = None
    max_per_delegation: int | None = None
    wishes: int | None = None


class MeetingsAsked(BaseModel):
    """Limits, and how the solver works; nothing need be said."""

    min_per_person: int | None = None
    max_per_person: int | None = None
    min_per_delegation: int = 0
    max_per_delegation: int | None = None
    mutual: bool = True
    seed: int = 0
    effort: int = 1_000


class ProposalPublication(BaseModel):
    """Without `proposal` it is the newest draft; with `leave_out` those it no longer fits are left out."""

    proposal: str | None = None
    leave_out: bool = False


class ProposalChange(BaseModel):
    """Into which room; with `preview` only what it would do."""

    registration_id: str
    room: str
    preview: bool = False


class Seated(BaseModel):
    room: str


class Certificate(BaseModel):
    hc1: str = Field(description="The certificate's text; verified in memory and forgotten")


class Attested(BaseModel):
    attested: Literal["vaccination", "recovery", "test"]


class DoorCall(BaseModel):
    """Either a `ticket` or a `registration_id`; the same `scan_id` repeats the answer."""

    door: str
    scan_id: str = Field(json_schema_extra={"format": "uuid"})
    ticket: str | None = None
    registration_id: str | None = None
    scanned_at: str | None = None
    device: str | None = None
    presented: dict[str, bool | Certificate | Attested | None] | None = None
    override: str | None = None


class Upload(BaseModel):
    """The log of a device that was offline: its scans, in its own order."""

    device: str | None = None
    scans: list[DoorCall] = Field(max_length=200)
