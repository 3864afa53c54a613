"""The AsyncAPI document: committed as generated, whole, and true of every message."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from cli.asyncapi import HEARS, as_yaml, document, name_of, schema_of, write_schemas
from cli.gatherings import Refused
from services.gateway.app import VERSION
from shared.messages import GROUPS, Message, registry
from shared.messages.base import INTAKE_RETENTION_MS
from shared.messages.envelope import encode
from shared.messages.registration import GatheringPublished

CHECKOUT = Path(__file__).resolve().parents[2]
SCHEMAS = CHECKOUT / "docs" / "schemas"
DOCUMENT = document(VERSION)
MESSAGES: dict[str, dict[str, Any]] = DOCUMENT["components"]["messages"]
TYPES = sorted(registry.values(), key=name_of)
OUTCOMES = [message for message in TYPES if message.retention_ms != INTAKE_RETENTION_MS]
ABOUT_PEOPLE = [message for message in OUTCOMES if message is not GatheringPublished]  # an organiser's text
DECIDED_AT = datetime(2021, 11, 8, 8, tzinfo=UTC)
AGAIN = "run: .venv/bin/foyer asyncapi --schemas docs/schemas > deploy/asyncapi.yaml"
PERSONAL = {"name", "email", "phone", "attendee", "organisation", "country", "language", "answers", "sealed", "topic"}

every_message = pytest.mark.parametrize("message", TYPES, ids=name_of)


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for one in node.values():
            yield from _references(one)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)


def _at(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def _example(message: type[Message]) -> dict[str, Any]:
    (example,) = MESSAGES[name_of(message)]["examples"]
    found: dict[str, Any] = example
    return found


def _fields(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        yield from (name for one in schema.values() for name in _fields(one))
    elif isinstance(schema, list):
        yield from (name for one in schema for name in _fields(one))


def test_the_committed_document_is_what_the_messages_say() -> None:
    assert (CHECKOUT / "deploy" / "asyncapi.yaml").read_text() == as_yaml(document(VERSION)), AGAIN


@every_message
def test_the_committed_schema_is_what_the_message_says(message: type[Message]) -> None:
    assert (SCHEMAS / f"{name_of(message)}.json").read_text() == schema_of(message), AGAIN


def test_no_message_that_was_promised_is_gone() -> None:
    assert {file.stem for file in SCHEMAS.iterdir()} == {name_of(message) for message in TYPES}


def test_a_schema_that_would_break_its_promise_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "slot-booked.json"
    promised = json.loads(schema_of(registry["foyer.slot-booked"]))
    promised["properties"]["room"] = {"type": "string"}
    file.write_text(json.dumps(promised))

    with pytest.raises(Refused, match="/room is gone"):
        write_schemas(tmp_path)

    assert [*tmp_path.iterdir()] == [file]


def test_every_message_is_on_one_channel() -> None:
    carried = [name for channel in DOCUMENT["channels"].values() for name in channel["messages"]]

    assert sorted(carried) == sorted(MESSAGES)
    assert {message["name"] for message in MESSAGES.values()} == set(registry)


def test_every_reference_leads_somewhere() -> None:
    for reference in _references(DOCUMENT):
        assert _at(reference)


def test_every_operation_is_about_messages_of_its_channel() -> None:
    for operation in DOCUMENT["operations"].values():
        channel = operation["channel"]["$ref"]
        assert operation["messages"]
        assert all(one["$ref"].startswith(f"{channel}/messages/") for one in operation["messages"])


def test_every_message_is_said_by_one_service_and_what_each_service_hears_is_told() -> None:
    operations = DOCUMENT["operations"].values()
    said = [_at(one["messages"][0]["$ref"])["$ref"] for one in operations if one["action"] == "send"]
    heard = {
        (one["tags"][0]["name"], _at(_at(message["$ref"])["$ref"])["name"])
        for one in operations
        if one["action"] == "receive"
        for message in one["messages"]
    }

    assert sorted(said) == sorted(f"#/components/messages/{name}" for name in MESSAGES)
    assert heard == {(service, message.type) for service, messages in HEARS.items() for message in messages}
    assert set(HEARS) == set(GROUPS)


@every_message
def test_every_example_is_as_its_schemas_say(message: type[Message]) -> None:
    described = MESSAGES[name_of(message)]
    for part in ("payload", "headers"):
        schema = {**described[part], "components": DOCUMENT["components"]}
        Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
            _example(message)[part]
        )


@every_message
def test_every_example_is_what_its_class_would_write(message: type[Message]) -> None:
    payload, headers = _example(message)["payload"], _example(message)["headers"]

    made = message.model_validate_json(json.dumps(payload))  # as a writer: no field that the class does not have
    sequence = int(headers["ce_sequence"]) if "ce_sequence" in headers else None
    wire = encode(made, cause=headers["ce_causationid"], time=DECIDED_AT, sequence=sequence)

    assert dict(wire.headers) == headers
    assert wire.key == payload["gathering_id"]


@pytest.mark.parametrize("message", ABOUT_PEOPLE, ids=name_of)
def test_no_outcome_has_a_field_for_personal_data(message: type[Message]) -> None:
    assert not PERSONAL & {*_fields(json.loads(schema_of(message)))}


@every_message
def test_no_example_names_a_mailbox(message: type[Message]) -> None:
    payload = {**_example(message)["payload"], "message_id": ""}  # a mail's own id looks like an address

    assert "@" not in json.dumps(payload)


@every_message
def test_readers_are_told_to_expect_fields_that_are_added_later(message: type[Message]) -> None:
    assert "additionalProperties" not in DOCUMENT["components"]["schemas"][message.__name__]


def test_outcomes_are_kept_long_enough_to_replay_a_gathering_and_submissions_no_longer_than_needed() -> None:
    def kept(topic: str) -> int:
        days: int = DOCUMENT["channels"][topic]["bindings"]["kafka"]["topicConfiguration"]["retention.ms"] // 86_400_000
        return days

    assert {kept(message.topic) for message in OUTCOMES} == {400}
    assert {kept(topic) for topic in ("registration-submitted", "slot-requested")} == {7}
    assert {kept(f"{group}.dead-letter") for group in GROUPS} == {7}


def test_all_topics_of_messages_have_the_same_number_of_partitions() -> None:
    channels = [channel for channel in DOCUMENT["channels"].values() if channel["messages"]]

    assert {channel["bindings"]["kafka"]["partitions"] for channel in channels} == {12}
