"""What the owners answer, as far as the contract says: for the OpenAPI document alone, nothing is validated by it."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field

from shared.messages.gathering import Mode

Text = dict[str, str]  # language → words
Time = Annotated[datetime, Field(examples=["2021-11-08T08:00:00.000Z"])]
Status = Literal["received", "confirmed", "waitlisted", "awaiting-selection", "declined", "cancelled"]
STATUSES: tuple[str, ...] = get_args(Status)


class PartStanding(BaseModel):
    part: str = Field(examples=["policy-event"])
    mode: Mode
    status: Status
    reason: str | None = Field(description="Why it was declined", examples=[None])


class Registration(BaseModel):
    id: str = Field(examples=["mzxw6ytboi3dqnzrgaydamjqgaytcmjq"])
    gathering: str = Field(examples=["clusters-green-digital-2021"])
    accepted_at: Time | None = Field(description="Null in an answer to GET while it is not decided")
    version: int = Field(examples=[1])
    parts: list[PartStanding]


class NewRegistration(Registration):
    accepted_at: Time
    manage_token: str = Field(description="The attendee's key to this registration; only in the answer to POST")
    receipt: str = Field(description="Signed proof of arrival: a JWS, see /.well-known/jwks.json")


class Slot(BaseModel):
    slot_id: str
    starts_at: Time
    ends_at: Time
    free: bool


class DeskSlots(BaseModel):
    desk: str = Field(examples=["arnault-morisson"])
    expert: str
    slots: list[Slot]


class Booking(BaseModel):
    id: str
    slot_id: str
    desk: str
    registration_id: str
    starts_at: Time
    ends_at: Time
    status: str = Field(examples=["booked"])
    version: int


class Meeting(BaseModel):
    """Of two attendees."""

    id: str
    registration_ids: list[str] = Field(min_length=2, max_length=2)
    slot_id: str = Field(examples=["20211123T1300Z"])
    starts_at: Time
    ends_at: Time
    table: int | None = Field(default=None, description="None where one of both is remote")
    status: Literal["scheduled", "cancelled"]
    held: bool
    version: int


class Hold(BaseModel):
    id: str
    slot_id: str
    desk: str
    registration_id: str
    starts_at: Time
    ends_at: Time
    status: Literal["held", "offered"]
    expires_at: Time = Field(description="When it goes to whoever comes next; book the slot before")


class Turn(BaseModel):
    desk: str
    registration_id: str
    waiting: bool


class Star(BaseModel):
    session: str
    registration_id: str
    starred: bool


class Ticket(BaseModel):
    ticket: str = Field(description="The text of the QR code")
    doors: list[Any]


class Obligation(BaseModel):
    delegation: str
    part: str
    minimum: int
    confirmed: int
    applied: int
    attended: int | None = Field(description="Null while check-in is away")
    waived: str | None = Field(description="Why it need not send anybody")


class Obligations(BaseModel):
    obligations: list[Obligation]


class Checked(BaseModel):
    requirement_id: str
    satisfied: bool
    method: str = Field(examples=["automatic"])


class Verdict(BaseModel):
    outcome: Literal["admitted", "refused"]
    reason: str | None
    first_admitted_at: Time | None
    attendee: dict[str, Any] | None
    requirements: list[Checked]


class FieldError(BaseModel):
    pointer: str = Field(description="JSON pointer to the field", examples=["/attendee/email"])
    detail: str


class Problem(BaseModel):
    """RFC 9457. What was sent is never repeated in it."""

    type: str = Field(examples=["/problems/invalid-request"])
    title: str
    status: int
    detail: str = Field(description="What to do")
    errors: list[FieldError] | None = None
