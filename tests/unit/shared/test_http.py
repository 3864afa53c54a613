"""Reading JSON strictly."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http import Problem, parse_json

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
