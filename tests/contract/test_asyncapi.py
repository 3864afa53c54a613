"""The AsyncAPI document: committed as generated, and true of every message."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from cli.asyncapi import as_yaml, document
from services.gateway.app import VERSION
from shared.messages import registry

DOCUMENT = document(VERSION)
COMMITTED = Path(__file__).resolve().parents[2] / "deploy" / "asyncapi.yaml"
MESSAGES: dict[str, dict[str, Any]] = DOCUMENT["components"]["messages"]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for one in node.values():
            yield from _references(one)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)


def test_the_committed_document_is_what_the_messages_say() -> None:
    assert COMMITTED.read_text() == as_yaml(document(VERSION)), "run: .venv/bin/foyer asyncapi > deploy/asyncapi.yaml"


def test_every_message_is_on_one_channel() -> None:
    carried = [name for channel in DOCUMENT["channels"].values() for name in channel["messages"]]

    assert sorted(carried) == sorted(MESSAGES)
    assert {message["name"] for message in MESSAGES.values()} == set(registry)


def test_every_reference_leads_somewhere() -> None:
    for reference in _references(DOCUMENT):
        node = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            node = node[step]


@pytest.mark.parametrize("name", MESSAGES)
def test_every_example_is_as_its_schemas_say(name: str) -> None:
    (example,) = MESSAGES[name]["examples"]
    for content, schema in (
        (example["payload"], MESSAGES[name]["payload"]),
        (example["headers"], MESSAGES[name]["headers"]),
    ):
        Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(content)


@pytest.mark.parametrize("name", MESSAGES)
def test_readers_are_told_to_expect_fields_that_are_added_later(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][MESSAGES[name]["title"]]

    assert "additionalProperties" not in schema


def test_outcomes_are_kept_long_enough_to_replay_a_gathering() -> None:
    retention = DOCUMENT["channels"]["slot-booked"]["bindings"]["kafka"]["topicConfiguration"]["retention.ms"]

    assert retention == 400 * 86_400_000
