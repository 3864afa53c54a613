"""The person and the wishes in a registration, as the public sends them and staff does."""

from typing import Annotated

from pydantic import AfterValidator, Field

from shared.http import Body
from shared.messages.gathering import Mode
from shared.text import Country, Email, Id, Language, Line, Name

MAX_PARTS = 20


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
