"""Reading JSON strictly."""

import json
from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from shared.http import Body, Problem, as_model, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.sampled_from(["", ":", '":', '"a":1']),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", ":", "a:"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(VALUES, st.sampled_from([(",", ":"), (" , ", " : ")]))
def test_each_key_once_is_read_as_it_was_meant(content: Any, separators: tuple[str, str]) -> None:
    assert parse_json(json.dumps(content, separators=separators).encode()) == content


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b'{"a" :1,"a":":"}',
        b'{"b":{"a":1,"a" :2},"c":"x"}',
        b'[{"a":1},{"a":[],"b":":","a":[]}]',
        b'{"a":1,"\\u0061":2}',
    ],
)
def test_a_key_that_stands_twice_is_refused_at_any_depth(raw: bytes) -> None:
    with pytest.raises(Problem, match="invalid-json"):
        parse_json(raw)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Painted(Body):
    colours: tuple[Literal[Colour.RED], ...] = Field(min_length=1)


def test_a_fault_is_said_in_words_and_once() -> None:
    with pytest.raises(Problem) as refused:
        as_model({"colours": ["green"]}, Painted)
    assert refused.value.extra["errors"] == [{"pointer": "/colours/0", "detail": "Input should be 'red'"}]
    with pytest.raises(Problem) as refused:
        as_model({"colours": []}, Painted)
    assert [error["pointer"] for error in refused.value.extra["errors"]] == ["/colours"]
