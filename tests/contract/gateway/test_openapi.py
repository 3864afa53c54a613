"""The OpenAPI document is whole, and changes only on purpose: `foyer openapi` writes the snapshot anew."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.gateway.api.openapi import document

SNAPSHOT = Path(__file__).parent / "openapi.json"
DOCUMENT = document("0.0.0", "http://127.0.0.1:8080")
OPERATIONS = [
    pytest.param(path, method, operation, id=operation["operationId"])
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def test_it_is_what_was_agreed() -> None:
    assert json.loads(SNAPSHOT.read_text()) == DOCUMENT


def test_every_reference_leads_somewhere() -> None:
    for reference in set(references(DOCUMENT)):
        node = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]
        assert node


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation.values[2]["operationId"] for operation in OPERATIONS]  # type: ignore[index]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_an_operation_says_its_parameters_and_its_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    declared = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
    assert declared == set(re.findall(r"{(\w+)}", path))
    assert {"404", "429", "503"} <= operation["responses"].keys()
    asked = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
    may_be_wrong = {"400"} if method != "get" or "cursor" in asked else set()  # a key too short, a cursor of nowhere
    may_be_wrong |= {"422"} if asked or method in {"post", "put", "patch"} else set()
    assert {"400", "422"} & operation["responses"].keys() == may_be_wrong
    assert ("requestBody" not in operation) or method in {"post", "put", "patch"}


def test_no_framework_s_error_is_in_it() -> None:
    assert "HTTPValidationError" not in json.dumps(DOCUMENT)
