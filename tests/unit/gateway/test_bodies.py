"""Bodies and what is computed from them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.gateway.api.bodies import ChangeRequest, RegistrationRequest, canonical
from shared.http import Problem, as_model


def request(**changes: Any) -> RegistrationRequest:
    content = {"attendee": {"name": "A", "email": "a@example.org"}, "parts": [{"part": "main", "mode": "remote"}]}
    return as_model(content | changes, RegistrationRequest)


def test_what_means_the_same_has_one_canonical_form() -> None:
    assert canonical(request()) == canonical(request(delegation=None, answers={}, consents={}))
    assert canonical(request(answers={"a": "1", "b": "2"})) == canonical(request(answers={"b": "2", "a": "1"}))
    decomposed = request(attendee={"name": "Bjo\u0308rn", "email": "a@example.org"})
    assert canonical(decomposed) == canonical(request(attendee={"name": "Björn", "email": "a@example.org"}))


def test_the_order_of_wishes_counts() -> None:
    main, dinner = ({"part": part, "mode": "remote"} for part in ("main", "dinner"))
    assert canonical(request(parts=[main, dinner])) != canonical(request(parts=[dinner, main]))


@given(some.text(some.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=50))
def test_another_answer_is_another_form(answer: str) -> None:
    assert canonical(request(answers={"q": answer})) != canonical(request(answers={"q": answer + "x"}))


@pytest.mark.parametrize(
    "changes",
    [
        {"answers": {"q": "a\x00b"}},
        {"answers": {"q": ["a\x00b"]}},
        {"answers": {"q": [{"deep": "er"}]}},
        {"answers": {"q": "x" * 5001}},
        {"answers": {"q": ["x"] * 51}},
        {"answers": {"q\x00": "x"}},
        {"answers": {"q\u202e": "x"}},
        {"answers": {"q" * 65: "x"}},
        {"answers": {"": "x"}},
        {"answers": {f"q{n}": "x" for n in range(101)}},
        {"consents": {"c" * 65: True}},
        {"consents": {f"c{n}": True for n in range(51)}},
    ],
)
def test_an_answer_that_nobody_can_have_meant_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        request(**changes)


@pytest.mark.parametrize("given", [5, 0.5, {"deep": {"er": "\x00"}}, "", " ", ["a", 1], [], None])
def test_what_a_definition_may_not_even_ask_for_is_let_through(given: Any) -> None:
    body = request(answers={"Q 1!": given}, consents={"C_2": given})
    assert body.consents == {"C_2": False}
    assert canonical(body)


def test_only_true_is_a_consent() -> None:
    given = {"yes": True, "no": False, "text": "true", "number": 1}
    assert request(consents=given).consents == {"yes": True, "no": False, "text": False, "number": False}


def test_answers_keep_their_kind() -> None:
    body = request(answers={"text": "x", "yes": True, "choices": ["a", "b"], "none": None})
    assert body.answers == {"text": "x", "yes": True, "choices": ("a", "b"), "none": None}


def test_a_change_may_name_parts_alone() -> None:
    body = as_model({"parts": [{"part": "main", "mode": "in-person"}]}, ChangeRequest)
    assert body.attendee is None
