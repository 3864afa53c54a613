"""What a gathering says about itself: who holds it, where, whom to ask, what it asks of people who register."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.messages.gathering.reading import Time
from shared.messages.gathering.text import (
    Email,
    Flag,
    Line,
    Prose,
    Shape,
    Slug,
    Title,
    Url,
    named_after,
    short_form,
)


class Organiser(Shape):
    name: Line
    role: Slug = "organiser"
    note: Line | None = None


class Rel(StrEnum):
    WEBSITE = "website"
    POLICY_BRIEF = "policy-brief"
    CALL = "call"
    MATERIAL = "material"
    SURVEY = "survey"


class Link(Shape):
    rel: Rel
    title: Title = Field(default_factory=lambda known: named_after(known.get("rel", "link")))
    url: Url


class Contact(Shape):
    """Reply-To of every mail."""

    name: Line | None = None
    email: Email


class Venue(Shape):
    name: Line | None = None
    place: Line | None = None
    note: Prose | None = None


class Window(Shape):
    """When registration takes submissions; `closes` is exclusive."""

    opens: Time | None = None
    closes: Time | None = None


class Answer(StrEnum):
    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    YES_NO = "yes-no"


class Question(Shape):
    """Asked of who registers for one of `parts`; of everybody if none is named."""

    id: Slug
    label: Title = Field(default_factory=lambda known: named_after(known.get("id", "")))
    type: Answer = Answer.TEXT
    options: tuple[Line, ...] = Field(default=(), max_length=100)
    required: Flag = False
    parts: tuple[Slug, ...] = Field(default=(), max_length=100)


class Consent(Shape):
    id: Slug
    text: Prose
    required: Flag = False


OrganiserOrName = Annotated[Organiser, short_form("name", str | Organiser)]
