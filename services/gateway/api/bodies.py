"""What the public may send. Exactly these fields: anything else is refused, so nothing can be smuggled in."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import BeforeValidator, Field, StrictBool, model_validator

from shared.http import Body
from shared.submissions import MAX_PARTS, Answers, Attendee, Consents, Wishes
from shared.text import Code, Id, Line, Text

MAX_PEOPLE = 100


class RegistrationRequest(Body):
    attendee: Attendee
    delegation: Id | None = None
    membership_code: Code | None = None
    invitation: Code | None = None
    parts: Wishes
    answers: Answers = Field(default={})
    consents: Consents = Field(default={})


class ChangeRequest(Body):
    """Parts named are set, others stay; `attendee` hands the registration to a colleague.

    `invitation` is for a part that asks for one.
    """

    parts: Wishes | None = None
    attendee: Attendee | None = None
    answers: Answers | None = None
    invitation: Code | None = None

    @model_validator(mode="after")
    def says_something(self) -> "ChangeRequest":
        if self.parts is None and self.attendee is None and self.answers is None:
            raise ValueError("changes nothing: give parts, attendee or answers")
        return self


class CancellationRequest(Body):
    """Without `parts` the whole registration is cancelled."""

    parts: Annotated[tuple[Id, ...], Field(min_length=1, max_length=MAX_PARTS)] | None = None
    reason: Text | None = None


class BookingRequest(Body):
    """`slot_id` may be `any`, the next slot of whichever expert, or `any-20211210T1040Z`, whoever is free then."""

    slot_id: Code
    registration_id: Id
    topic: Text | None = None


class HoldRequest(Body):
    """As in a booking; the slot is kept for five minutes, and another hold lets go of it."""

    slot_id: Code
    registration_id: Id


class QuestionRequest(Body):
    """Without `registration_id` it is whose key is sent; staff name whom they ask for."""

    registration_id: Id | None = None
    text: Annotated[Text, Field(max_length=500)]


class VoteRequest(Body):
    """The same."""

    registration_id: Id | None = None


class Nothing(Body):
    """The path says it all."""


class MoveRequest(Body):
    slot_id: Code


class NoShowRequest(Body):
    """Which side did not come. Staff name either; its holder has only the expert to miss."""

    who: Literal["attendee", "expert"] = "expert"


class PreferenceRequest(Body):
    """Ranked wishes, the dearest first: rooms of working groups, and whom to meet; `no_thanks` are never met."""

    working_groups: Annotated[tuple[Line, ...], Field(max_length=20)] = ()
    meet: Annotated[tuple[Id, ...], Field(max_length=MAX_PEOPLE)] = ()
    no_thanks: Annotated[tuple[Id, ...], Field(max_length=MAX_PEOPLE)] = ()

    @model_validator(mode="after")
    def says_one_thing_of_each(self) -> "PreferenceRequest":
        if set(self.meet) & set(self.no_thanks):
            raise ValueError("names somebody in both `meet` and `no_thanks`: leave them in one of the two")
        return self


def _listed(given: object) -> object:
    return [given] if isinstance(given, str) else given


Lines = Annotated[tuple[Annotated[Line, Field(max_length=200)], ...], Field(max_length=20), BeforeValidator(_listed)]


class ProfileRequest(Body):
    """What one offers and seeks; a plain string is a list of one. Only who is `visible` is shown to others."""

    offers: Lines = ()
    seeks: Lines = ()
    topics: Lines = ()
    visible: StrictBool = True


class MeetingRequest(Body):
    """A yes to somebody who wishes to meet you: the first time that both have free."""

    with_: Annotated[Id, Field(alias="with")]


def canonical(body: Body) -> bytes:
    """One form for bodies that mean the same.

    Fields left at their default do not count, so one that a later version adds makes no repeat another request.
    """
    return orjson.dumps(content(body), option=orjson.OPT_SORT_KEYS)


def content(body: Body) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude_defaults=True, by_alias=True)
