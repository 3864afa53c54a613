"""What is refused before anything is understood: broken YAML, bombs, double keys; and how problems are told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registration.definition import InvalidDefinition, Problem, load

GOOD = """\
gathering: open-day
title: Open day
timezone: Europe/Paris
parts:
  - part: visit
    starts: 2021-11-22T09:00
    ends: 2021-11-22T17:00
    modes:
      in-person: {capacity: 10}
"""


def problems(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(InvalidDefinition) as refusal:
        load(text)
    return refusal.value.problems


def only(text: str | bytes) -> Problem:
    (problem,) = problems(text)
    return problem


def test_yaml_and_json_of_the_same_say_the_same() -> None:
    assert load(load(GOOD).model_dump_json()) == load(GOOD) == load(GOOD.encode("utf-8-sig"))


def test_an_unknown_field_is_refused_with_its_line() -> None:
    problem = only(GOOD + "colour: blue\n")
    assert (problem.line, problem.pointer) == (10, "/colour")
    assert "unknown field" in problem.reason


def test_a_missing_field_is_told_at_the_line_of_what_lacks_it() -> None:
    problem = only(GOOD.replace("    ends: 2021-11-22T17:00\n", ""))
    assert (problem.line, problem.pointer) == (5, "/parts/0/ends")


def test_json_has_a_pointer_and_a_line_too() -> None:
    text = json.dumps({**json.loads(load(GOOD).model_dump_json()), "colour": "blue"}, indent=1)
    problem = only(text)
    assert problem.pointer == "/colour"
    assert problem.line == len(text.splitlines()) - 1


def test_json_that_is_no_yaml_still_has_its_pointer() -> None:
    text = json.dumps({"gathering": "open-day", "colour": "blue"}, indent="\t")
    assert "/colour" in {problem.pointer for problem in problems(text)}


def test_json_that_is_too_deep_for_lines_still_has_its_pointer() -> None:
    problem = problems('{"colour": ' + "[" * 40 + "]" * 40 + "}")[0]
    assert problem.line is None
    assert str(problem).startswith("the document")


def test_all_problems_are_told_at_once_in_the_order_of_the_text() -> None:
    text = GOOD.replace("Europe/Paris", "Mars/Olympus").replace("capacity: 10", "capacity: -1") + "colour: blue\n"
    assert [(problem.line, problem.pointer) for problem in problems(text)] == [
        (3, "/timezone"),
        (9, "/parts/0/modes/in-person/capacity"),
        (10, "/colour"),
    ]


def test_a_broken_rule_is_told_beside_an_unknown_field() -> None:
    text = GOOD.replace("T17:00", "T08:00") + "colour: blue\n"
    assert [problem.pointer for problem in problems(text)] == ["/parts/0/ends", "/colour"]


def test_a_key_that_stands_twice_is_refused_at_its_second_line() -> None:
    problem = only(GOOD + "title: Another day\n")
    assert (problem.line, problem.pointer) == (10, "/title")


def test_a_json_key_that_stands_twice_is_refused() -> None:
    text = load(GOOD).model_dump_json().replace('"languages"', '"title":"Another day","languages"')
    assert "/title" in {problem.pointer for problem in problems(text)}


@pytest.mark.parametrize(
    "number", ["true", "-1", "1.5", ".nan", "-.inf", "1e999", "9" * 30, "1000001", "2147483648", "'10'"]
)
def test_a_capacity_is_a_whole_number_within_limits(number: str) -> None:
    found = problems(GOOD.replace("capacity: 10", f"capacity: {number}"))
    assert {problem.pointer for problem in found} == {"/parts/0/modes/in-person/capacity"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "true"])
def test_a_capacity_in_json_is_too(number: str) -> None:
    text = load(GOOD).model_dump_json().replace('"capacity":10', f'"capacity":{number}')
    assert {problem.pointer for problem in problems(text)} == {"/parts/0/modes/in-person/capacity"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "[",
        "a: [",
        "a: b: c",
        "\tx: 1",
        "a: 'b",
        'a: "\\uZZZZ"',
        'a: "\\U00110000"',
        "a\x00b",
        "? [a]\n: b",
        "%FOO",
        "--- a\n--- b",
    ],
)
def test_what_is_not_well_formed_is_refused_with_a_reason(text: str) -> None:
    assert problems(text)[0].reason


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    assert "UTF-8" in only(GOOD.encode("utf-16")).reason
    assert "UTF-8" in only("title: \ud800").reason


def test_a_broken_character_in_json_is_refused() -> None:
    text = load(GOOD).model_dump_json().replace("Open day", "\\ud800")
    assert {problem.pointer for problem in problems(text)} == {"/title/en"}


def test_a_tag_is_refused() -> None:
    problem = only(GOOD.replace("title: Open day", "title: !!python/name:os.system Open day"))
    assert problem.line == 2
    assert "tag" in problem.reason


def test_aliases_stand_for_what_they_name() -> None:
    text = GOOD.replace("modes:", "modes: &places").replace(
        "{capacity: 10}\n",
        "{capacity: 10}\n  - {part: tour, starts: 2021-11-22T09:00, ends: 2021-11-22T17:00, modes: *places}\n",
    )
    assert load(text).pool("tour", "in-person") == load(text).pool("visit", "in-person")


def test_an_alias_without_anchor_or_within_itself_is_refused() -> None:
    for text in ("a: *nowhere", "a: &a [*a]"):
        assert any("anchor" in problem.reason for problem in problems(text))


def test_an_alias_bomb_is_refused_before_it_is_built() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    for name, below in zip("bcdefghi", "abcdefgh", strict=True):
        bomb += f"{name}: &{name} [{', '.join([f'*{below}'] * 10)}]\n"
    assert "too much" in only(bomb).reason


def test_a_great_many_aliases_are_refused() -> None:
    assert "aliases" in only("a: &a x\nb: [" + "*a, " * 1_001 + "x]").reason


def test_a_text_over_the_limit_is_refused() -> None:
    assert "256 KiB" in only(GOOD + "#" * (256 * 1024)).reason


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 20_000, "- " * 100 + "x"])
def test_deep_nesting_is_refused(text: str) -> None:
    assert "too deeply" in only(text).reason


def test_what_was_written_is_never_repeated() -> None:
    text = GOOD.replace("Europe/Paris", "s3cret").replace("2021-11-22T09:00", "s3cret").replace("10", "s3cret")
    text = (
        text.replace("open-day", "S3cret_")
        + "organisers: s3cret\ncontact: {email: s3cret}\nfollow_up: {after: s3cret}\n"
    )
    found = problems(text)
    assert len(found) >= 7
    assert not any("s3cret" in str(problem).lower() for problem in found)


def test_a_key_that_is_no_plain_word_is_not_repeated_either() -> None:
    text = GOOD + f'? "\\e[31m"\n: 1\n{"x" * 500}: 2\n'
    assert {problem.pointer for problem in problems(text)} == {"/-"}


def test_at_most_a_hundred_problems_are_told() -> None:
    assert len(problems(GOOD + "".join(f"colour{number}: 1\n" for number in range(300)))) == 100


@given(st.text())
def test_any_text_is_refused_with_reasons_and_nothing_else(text: str) -> None:
    found = problems(text)
    assert found
    assert all(problem.reason for problem in found)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_with_reasons_and_nothing_else(raw: bytes) -> None:
    assert problems(raw)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@given(
    st.sampled_from(["parts", "doors", "title", "delegations", "agenda", "policies", "timezone", "languages"]),
    JSON_VALUES,
)
def test_any_value_in_any_field_is_read_or_refused(name: str, value: object) -> None:
    text = json.dumps({**json.loads(load(GOOD).model_dump_json()), name: value})
    try:
        load(text)
    except InvalidDefinition as refusal:
        assert refusal.problems  # noqa: PT017  either way is right; any other exception is not
