"""Text that people type: what is let through, and in which one form it is kept."""

import re
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

# zero-width space and marks, direction overrides, word joiners, byte-order mark; joiners stay, scripts use them
INVISIBLE = frozenset(map(chr, [0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF]))
PLAIN = re.compile(r"(?=.{1,64}\Z)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*", re.ASCII)  # the left side of most addresses
MAX_COMBINING = 8  # marks in a row; no script needs more


def _readable(text: str, also: str = "") -> str:
    """The text in NFC, one form for what looks the same. Raises for what nobody can have meant to type."""
    if text.isascii() and text.isprintable() and not text.isspace() and text:
        return text
    text = unicodedata.normalize("NFC", text)
    marks = 0
    visible = False
    for char in text:
        category = unicodedata.category(char)
        if (category in {"Cc", "Cs", "Zl", "Zp"} and char not in also) or char in INVISIBLE:
            raise ValueError("has a control or invisible character: remove it")
        marks = marks + 1 if category == "Mn" else 0
        if marks > MAX_COMBINING:
            raise ValueError("has too many combining marks in a row: remove some")
        visible = visible or category[0] in "LNPS"
    if not visible:
        raise ValueError("has nothing to read: fill it in")
    return text


def _one_line(text: str) -> str:
    return _readable(text)


def _lines(text: str) -> str:
    return _readable(text.replace("\r\n", "\n"), also="\n\t")


def _address(text: str) -> str:
    """A deliverable form of an address, as it was written; refuses literals, display names and bare hosts."""
    local, _, domain = text.rpartition("@")
    try:
        if PLAIN.fullmatch(local) and domain.isascii():  # only the domain is to be judged, and a rush has few
            return f"{local}@{_domain(domain)}"
        return validate_email(text, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:
        raise ValueError("is not one e-mail address like name@example.org") from None


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    return validate_email(f"x@{domain}", check_deliverability=False, strict=True).domain


def person_key(address: str) -> str:
    """One form for one mailbox: case, a `+tag` and the domain's spelling do not make another person."""
    local, _, domain = address.rpartition("@")
    local = unicodedata.normalize("NFKC", local).casefold().partition("+")[0]
    return f"{local}@{validated_domain(domain)}"


def validated_domain(domain: str) -> str:
    try:
        return domain.casefold().encode("idna").decode()
    except UnicodeError:
        return domain.casefold()


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_one_line)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_one_line)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000), AfterValidator(_lines)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254), AfterValidator(_address)]
# far enough from the ends of the calendar to have a local time in every zone
Moment = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$")]  # opaque to us: printable, no spaces
