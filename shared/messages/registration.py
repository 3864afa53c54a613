"""Registration's language: what people submit to it and what it decides."""

from datetime import datetime
from typing import ClassVar

from shared.messages.base import INTAKE_RETENTION_MS, Message, Value
from shared.messages.gathering import Definition


class Wish(Value):
    """A part and the mode in which somebody wants to attend it."""

    part: str
    mode: str


class PartState(Value):
    """One part of a registration as it stands after a decision."""

    part: str
    mode: str
    status: str
    reason: str | None = None


class _Submission(Message):
    topic: ClassVar[str] = "registration-submitted"
    source: ClassVar[str] = "/services/gateway"
    retention_ms: ClassVar[int] = INTAKE_RETENTION_MS
    awaited: ClassVar[bool] = True

    registration_id: str
    accepted_at: datetime
    key: str  # digest of the Idempotency-Key and what it was used on

    def submission_id(self) -> str:
        raise NotImplementedError

    def subject(self) -> str:
        return f"submissions/{self.submission_id()}"


class RegistrationSubmitted(_Submission):
    """`sealed` holds `{attendee, answers, consents, membership_code, invitation}`, bound to `registration_id`."""

    delegation: str | None
    parts: tuple[Wish, ...]
    sealed: str

    def submission_id(self) -> str:
        return self.registration_id


class ChangeSubmitted(_Submission):
    """`sealed` holds `{attendee}` of a substitution, `{answers, invitation}`, bound to `id`; parts not named stay."""

    id: str
    generation: int
    parts: tuple[Wish, ...] = ()
    sealed: str | None = None

    def submission_id(self) -> str:
        return self.id


class CancellationSubmitted(_Submission):
    """`parts` of `None` cancels the whole registration; `sealed` holds `{reason}`, bound to `id`."""

    id: str
    generation: int
    parts: tuple[str, ...] | None = None
    sealed: str | None = None

    def submission_id(self) -> str:
        return self.id


class _Fact(Message):
    source: ClassVar[str] = "/services/registration"


class _RegistrationFact(_Fact):
    """The whole registration after one decision. Readers replace what they have only by a higher `version`."""

    registration_id: str
    delegation: str | None
    version: int
    accepted_at: datetime
    category: str = "attendee"
    generation: int = 0  # how often a colleague has taken it over: keys of before are void
    parts: tuple[PartState, ...]

    def subject(self) -> str:
        return f"registrations/{self.registration_id}@{self.version}"


class RegistrationConfirmed(_RegistrationFact):
    pass


class RegistrationWaitlisted(_RegistrationFact):
    pass


class RegistrationPending(_RegistrationFact):
    pass


class RegistrationDeclined(_RegistrationFact):
    pass


class RegistrationChanged(_RegistrationFact):
    """The attendee, a mode or the set of parts changed; `substituted` where another person now holds it.

    `refused` says why a change could not be made; then the parts stand as they did. So they do where one is `retimed`.
    """

    substituted: bool = False
    refused: str | None = None
    retimed: bool = False  # the organisers moved a part in time
    retimed_part: str | None = None
    retimed_from: datetime | None = None  # when it was to begin before


class RegistrationCancelled(_RegistrationFact):
    pass


class GatheringPublished(_Fact):
    """The whole public definition, also after a change."""

    version: int
    definition: Definition

    def subject(self) -> str:
        return f"gatherings/{self.gathering_id}@{self.version}"


class SelectionDecision(Value):
    registration_id: str
    outcome: str


class SelectionPublished(_Fact):
    """Said before the facts that carry it out."""

    selection_id: str
    part: str
    role: str
    decisions: tuple[SelectionDecision, ...]

    def subject(self) -> str:
        return f"selections/{self.selection_id}"


class InvitationIssued(_Fact):
    """To a person (`delegation` of `None`) or to a delegation with `places`; the address stays in registration.

    Said again as a `reminder`, once, where nobody has taken it up and the deadline is near.
    """

    invitation_id: str
    version: int
    delegation: str | None
    places: int
    revoked: bool = False
    reminder: bool = False

    def subject(self) -> str:
        return f"invitations/{self.invitation_id}@{self.version}"


class AccessLinkRequested(_Fact):
    """Somebody lost their link: it is mailed again to the address that registered."""

    registration_id: str
    request_id: str

    def subject(self) -> str:
        return f"access-links/{self.request_id}"


class AttendeeErased(_Fact):
    registration_id: str
    version: int
    erased_at: datetime

    def subject(self) -> str:
        return f"people/{self.registration_id}@{self.version}"
