"""The registration form: from a browser's fields to the same request that the programming interface takes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from services.gateway.api.bodies import RegistrationRequest
from shared.http import Problem, as_model
from shared.messages.gathering import Answer, Definition, Question

MAX_FIELDS = 300
DETAILS = ("name", "email", "organisation", "country", "language")

Fields = Mapping[str, Sequence[str]]


def fields_of(raw: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(raw.decode(), keep_blank_values=False, strict_parsing=False, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Problem(400, "bad-request", "Send the form as it is on the page.") from None


def request_of(fields: Fields, definition: Definition) -> RegistrationRequest:
    """Raises the same `Problem` as the programming interface; its pointers name the fields."""
    wishes = [(part.part, _one(fields, f"part.{part.part}")) for part in definition.parts]
    content: dict[str, Any] = {
        "attendee": {name: value for name in DETAILS if (value := _one(fields, name)) is not None},
        "delegation": _one(fields, "delegation"),
        "membership_code": _one(fields, "membership_code"),
        "invitation": _one(fields, "invitation"),
        "parts": [{"part": part, "mode": mode} for part, mode in wishes if mode is not None],
        "answers": dict(_answers(fields, definition.questions)),
        "consents": {one.id: True for one in definition.consents if _one(fields, f"consent.{one.id}") == "yes"},
    }
    if country := content["attendee"].get("country"):
        content["attendee"]["country"] = country.strip().upper()
    return as_model(content, RegistrationRequest)


def _answers(fields: Fields, questions: Sequence[Question]) -> Iterable[tuple[str, Any]]:
    for question in questions:
        given = [one for one in fields.get(f"answer.{question.id}", ()) if one.strip()]
        if not given:
            continue
        if question.type is Answer.CHOICES:
            yield question.id, given
        else:
            yield question.id, given[0] == "yes" if question.type is Answer.YES_NO else given[0]


def _one(fields: Fields, name: str) -> str | None:
    """What is left blank was not said."""
    value = next(iter(fields.get(name, ())), "").strip()
    return value or None


def faulty(problem: Problem) -> set[str]:
    """The names of the fields that a refusal points at."""
    pointers = [str(error["pointer"]).strip("/").split("/") for error in problem.extra.get("errors", ())]
    return {_field(steps) for steps in pointers}


def _field(steps: Sequence[str]) -> str:
    match steps:
        case ["attendee", name, *_]:
            return name
        case ["answers", question, *_]:
            return f"answer.{question}"
        case ["consents", consent, *_]:
            return f"consent.{consent}"
        case [first, *_]:
            return first
        case _:
            return ""
