"""What can be wrong with a definition, and how it is told to the person who wrote it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pydantic_core import ErrorDetails

from shared.messages.gathering import HOW_TO_WRITE

Location = tuple[str | int, ...]

MOST_TOLD: Final = 100
LONGEST_KEY_SHOWN: Final = 64


@dataclass(frozen=True)
class Problem:
    """One thing to put right: where it stands, and what to do about it. What was written is never repeated."""

    line: int | None
    pointer: str
    reason: str

    def __str__(self) -> str:
        place = f"line {self.line}" if self.line is not None else "the document"
        return f"{place} ({self.pointer or '/'}): {self.reason}"


class InvalidDefinition(Exception):
    """The text is not a definition that can be used; `problems` says why, in the order of the text."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        unique = sorted(set(problems), key=lambda problem: (problem.line or 0, problem.pointer, problem.reason))
        self.problems = tuple(unique[:MOST_TOLD])
        super().__init__("\n".join(map(str, self.problems)))


def pointer(location: Location) -> str:
    """RFC 6901. A key that is no plain word is shown as a dash: it came from outside and goes into answers."""
    return "".join("/" + _shown(step).replace("~", "~0").replace("/", "~1") for step in location)


def _shown(step: str | int) -> str:
    text = str(step)
    return text if len(text) <= LONGEST_KEY_SHOWN and text.isprintable() else "-"


_REASONS: Final = {
    "missing": "required; add it",
    "extra_forbidden": "unknown field; check its spelling or remove it",
    "string_type": "write a text here; put a number or a date in quotes",
    "string_unicode": "remove the broken characters",
    "int_type": "write a whole number",
    "bool_type": "write true or false",
    "tuple_type": "write a list",
    "dict_type": "write fields with values",
    "model_type": "write fields with values",
    "model_attributes_type": "write fields with values",
    "greater_than_equal": "write at least {ge}",
    "less_than_equal": "write at most {le}",
    "string_too_long": "write at most {max_length} characters",
    "too_long": "write at most {max_length} entries",
    "too_short": "write at least {min_length}",
    "enum": "write one of {expected}",
    "literal_error": "write {expected}",
}
_OWN: Final = frozenset({"zone", "time", "blank", "line"})  # raised by the model in our own words
_CONSEQUENCES: Final = frozenset({"default_factory_not_called"})  # of another error that is told


def in_words(error: ErrorDetails) -> str | None:
    """What to do about an error of the model; `None` if another error says it."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _CONSEQUENCES:
        return None
    if kind in _OWN:
        return str(error["msg"])
    if kind == "string_pattern_mismatch":
        return HOW_TO_WRITE[context["pattern"]]
    return _REASONS.get(kind, "not acceptable here; see the published schema").format_map(context)
