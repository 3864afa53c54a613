"""From text to a checked `Definition`: the text's own faults, then its shape, then what its parts say together."""

from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.registration.definition.document import Document, read, with_lines
from services.registration.definition.problems import InvalidDefinition, Location, in_words
from services.registration.definition.rules import broken_rules
from shared.messages.gathering import Definition


def load(text: str | bytes) -> Definition:
    """The definition that a YAML or JSON text holds. Raises `InvalidDefinition` with every problem found."""
    document = read(text)
    definition, wrong = _understood(document)
    if not wrong and not document.problems and definition is not None:
        return definition
    if not document.lines:  # JSON, read the quick way
        document.lines = _lines(text)
    raise InvalidDefinition([*document.problems, *(document.problem(at, reason) for at, reason in wrong)])


def _lines(text: str | bytes) -> dict[Location, int]:
    try:
        return with_lines(text).lines
    except InvalidDefinition:  # JSON that is no YAML, such as one indented with tabs: the pointers still say where
        return {}


def _understood(document: Document) -> tuple[Definition | None, list[tuple[Location, str]]]:
    wrong: list[tuple[Location, str]] = []
    try:
        definition = Definition.model_validate(document.value)
    except ValidationError as error:
        wrong = list(_misshapen(error))
        lenient = _without_unknown_fields(document, error)
        if lenient is None:
            return None, wrong
        definition = lenient
    return definition, [*wrong, *broken_rules(definition)]


def _without_unknown_fields(document: Document, error: ValidationError) -> Definition | None:
    """Where unknown fields are all that is wrong, the rest can be checked in the same go."""
    if any(one["type"] != "extra_forbidden" for one in error.errors(include_url=False)):
        return None
    return Definition.model_validate(document.value, extra="ignore")


def _misshapen(error: ValidationError) -> Iterator[tuple[Location, str]]:
    errors = error.errors(include_url=False, include_input=False)
    for one in errors:
        reason = in_words(one)
        if reason is None or (one["type"] == "too_short" and _has_wrong_entries(one["loc"], errors)):
            continue
        yield tuple(step for step in one["loc"] if step != "[key]"), reason


def _has_wrong_entries(place: Location, errors: list[ErrorDetails]) -> bool:
    """A list counts its right entries only, and so may seem short where they are merely wrong."""
    return any(len(one["loc"]) > len(place) and one["loc"][: len(place)] == place for one in errors)
