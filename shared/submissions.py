"""The person, the wishes and the answers in a registration, as the public sends them and staff does."""

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, StrictFloat, StrictInt

from shared.http import Body
from shared.messages.gathering import Mode
from shared.text import Country, Email, Id, Label, Language, Line, Name, Text

MAX_PARTS = 20
MAX_CHOICES = 50


class Attendee(Body):
    name: Name
    email: Email
    organisation: Line | None = None
    country: Country | None = None
    language: Language | None = None


class PartWish(Body):
    part: Id
    mode: Mode


def each_part_once(wishes: tuple[PartWish, ...]) -> tuple[PartWish, ...]:
    if len({wish.part for wish in wishes}) != len(wishes):
        raise ValueError("names a part twice: name each once")
    return wishes


Wishes = Annotated[tuple[PartWish, ...], Field(min_length=1, max_length=MAX_PARTS), AfterValidator(each_part_once)]


def _or_none(given: object) -> object:
    """What answers no question is no answer: an object, or a text that was left blank."""
    is_blank = isinstance(given, dict) or (isinstance(given, str) and not given.strip())
    return None if is_blank else given


def _is_agreed(given: object) -> bool:
    return given is True


# The definition says which ids there are; what it lacks is let through here and dropped where the definition is known.
Chosen = Annotated[tuple[Line | StrictBool | StrictInt | StrictFloat, ...], Field(max_length=MAX_CHOICES)]
Given = Annotated[Text | StrictBool | StrictInt | StrictFloat | Chosen | None, BeforeValidator(_or_none)]
Answers = Annotated[dict[Label, Given], Field(max_length=100)]
Consents = Annotated[dict[Label, Annotated[bool, BeforeValidator(_is_agreed)]], Field(max_length=50)]
