"""The texts and numbers of a gathering definition: ids, lines, translations, addresses, and what each may hold."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, RootModel, model_validator
from pydantic_core import PydanticCustomError

from shared.messages.gathering.reading import reading

SLUG_PATTERN: Final = r"^[a-z0-9]+(-[a-z0-9]+)*$"
LANGUAGE_PATTERN: Final = r"^[a-z]{2,3}(-[A-Z]{2})?$"
# No control characters, line separators or direction overrides: a line stands in mail headers, tables and terminals.
LINE_PATTERN: Final = r"^[^\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]*$"
BODY_PATTERN: Final = r"^[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]*$"
URL_PATTERN: Final = r"^https?://[A-Za-z0-9.:-]+([/?#][!#$%&()*+,./0-9:;=?@A-Z_a-z~\u0027\[\]-]*)?$"
EMAIL_PATTERN: Final = r"^[A-Za-z0-9_+-]+([.][A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+$"
FILE_PATTERN: Final = r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*[.][a-z]{1,8}$"
PRODUCT_PATTERN: Final = r"^[A-Za-z0-9]+([/_-][A-Za-z0-9]+)*$"

LONGEST_LINE: Final = 300
ONE_LINE: Final = re.compile(LINE_PATTERN)

HOW_TO_WRITE: Final = {
    SLUG_PATTERN: "write an id of lower-case letters and digits, with single hyphens between words",
    LANGUAGE_PATTERN: "write a language code such as en, fr or pt-BR",
    LINE_PATTERN: "write it on one line, without control characters",
    BODY_PATTERN: "remove the control characters",
    URL_PATTERN: "write a whole address that starts with https:// or http:// and has no spaces",
    EMAIL_PATTERN: "write one mail address such as desk@example.org",
    FILE_PATTERN: "write a relative file name such as trust/eu-dcc.json",
    PRODUCT_PATTERN: "write a product code such as EU/1/20/1528",
}


class Private:
    """Marks a field that is in no public answer and no topic."""


T = TypeVar("T")


def is_absent(value: object) -> bool:
    return value is None


# Where it is absent it is not even named: what is public looks as if the field had never existed.
Kept = Annotated[T | None, Private(), Field(exclude_if=is_absent)]


class Shape(BaseModel):
    """Base of everything in a definition: frozen, and a field it does not know is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    @model_validator(mode="before")
    @classmethod
    def absent_where_null(cls, raw: Any) -> Any:
        """A field that is written with nothing behind it is left out; an unknown one stays, to be refused."""
        if not isinstance(raw, dict) or None not in raw.values():
            return raw
        known = set(cls.model_fields) | {field.alias for field in cls.model_fields.values()}
        return {name: value for name, value in raw.items() if value is not None or name not in known}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As ever, but what was worked out from the old values is worked out anew."""
        copy = super().model_copy(update=update, deep=deep)
        for name in copy.__dict__.keys() - type(self).model_fields.keys():
            del copy.__dict__[name]
        return copy


def not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "write a text here, or leave the field out")
    return text


Slug = Annotated[str, Field(max_length=64, pattern=SLUG_PATTERN)]
Line = Annotated[str, Field(max_length=LONGEST_LINE, pattern=LINE_PATTERN), AfterValidator(not_blank)]
Body = Annotated[str, Field(max_length=20_000, pattern=BODY_PATTERN), AfterValidator(not_blank)]
Language = Annotated[str, Field(max_length=6, pattern=LANGUAGE_PATTERN)]
Url = Annotated[str, Field(max_length=2_000, pattern=URL_PATTERN)]
Email = Annotated[str, Field(max_length=254, pattern=EMAIL_PATTERN)]
File = Annotated[str, Field(max_length=200, pattern=FILE_PATTERN)]
Product = Annotated[str, Field(max_length=64, pattern=PRODUCT_PATTERN)]
Count = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
Positive = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Flag = Annotated[bool, Field(strict=True)]


def in_default_language(raw: Any) -> Any:
    return {reading().language: raw} if isinstance(raw, str) else raw


class Localised(RootModel[Annotated[dict[Language, Body], Field(min_length=1, max_length=30)]]):
    """A text in one or more languages."""

    model_config = ConfigDict(frozen=True)

    def in_language(self, language: str) -> str:
        """The text in `language`, else in the same language of another region, else in the first there is."""
        texts = self.root
        return texts.get(language) or texts.get(language.partition("-")[0]) or next(iter(texts.values()))


def on_one_line(text: Localised) -> Localised:
    if any(len(line) > LONGEST_LINE or not ONE_LINE.match(line) for line in text.root.values()):
        raise PydanticCustomError("line", "write it on one line of at most 300 characters, without control characters")
    return text


_Translated = BeforeValidator(in_default_language, json_schema_input_type=str | Localised)
Prose = Annotated[Localised, _Translated]  # Markdown, several paragraphs
Title = Annotated[Localised, _Translated, AfterValidator(on_one_line)]


def named_after(identifier: str) -> Localised:
    """The title of what was given none: `site-visit-1` reads "Site visit 1"."""
    return Localised({reading().language: identifier.replace("-", " ").capitalize() or "Untitled"})


def short_form(of: str, as_written: Any) -> BeforeValidator:
    """A plain value stands for an object with that one field; `as_written` is what the published schema allows."""

    def spelt_out(raw: Any) -> Any:
        return raw if raw is None or isinstance(raw, dict | BaseModel) else {of: raw}

    return BeforeValidator(spelt_out, json_schema_input_type=as_written)
