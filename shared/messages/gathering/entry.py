"""What it takes to pass a door: requirements, and the dated policies by which a credential is judged."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.messages.gathering.reading import Day, Time, reading
from shared.messages.gathering.text import File, Product, Shape, Slug, Title, named_after

Days = Annotated[int, Field(strict=True, ge=0, le=3_650)]
Hours = Annotated[int, Field(strict=True, ge=0, le=8_760)]


class RequirementKind(StrEnum):
    ATTESTED = "attested"  # a human saw it
    REMINDER = "reminder"  # told beforehand, not checked
    SIGNED_CREDENTIAL = "signed-credential"  # verified by machine
    REGISTRATION_FACT = "registration-fact"


class CredentialFormat(StrEnum):
    EU_DCC = "eu-dcc"


class Requirement(Shape):
    id: Slug
    kind: RequirementKind
    label: Title = Field(default_factory=lambda known: named_after(known.get("id", "")))
    format: CredentialFormat | None = None
    policy: Slug | None = None


def end_of(known: dict[str, object]) -> datetime:
    """The end of the door's part; of a part that is not there, the door's own beginning (refused by its own rule)."""
    return reading().part_ends.get(str(known.get("part"))) or known["opens"]  # type: ignore[return-value]


class Door(Shape):
    """Admits people to a part; closes at its end unless it says otherwise."""

    door: Slug
    part: Slug
    opens: Time
    closes: Time = Field(default_factory=end_of)
    requires: tuple[Requirement, ...] = Field(default=(), max_length=20)


class Validity(Shape):
    """From the first moment of `from` to the last before `until`."""

    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None


class Vaccination(Shape):
    """Days to wait after a complete course, by default and by product; none from dose `no_wait_from_dose` on."""

    days_after_complete: Days = 0
    days_after_complete_by_product: dict[Product, Days] = Field(default={}, max_length=100)
    products: tuple[Product, ...] = Field(default=(), max_length=100)
    no_wait_from_dose: Annotated[int, Field(strict=True, ge=1, le=100)] = 3


class Recovery(Shape):
    """Days since the first positive test, both included."""

    from_day: Days = 0
    to_day: Days


class NegativeTest(Shape):
    """A negative test, sampled at most so many hours before the scan, to the second."""

    max_age_hours: Hours


class Accept(Shape):
    vaccination: Vaccination | None = None
    recovery: Recovery | None = None
    test: NegativeTest | None = None


class Policy(Shape):
    """Which proofs count, and while when; a proof kind that is left out is not accepted."""

    valid: Validity = Validity()
    trust_list: File
    accept: Accept
