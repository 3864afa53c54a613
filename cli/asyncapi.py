"""The AsyncAPI document: every topic and every message, derived from the message classes alone."""

import inspect
import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from pydantic.json_schema import models_json_schema
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import walk_tree

from cli.examples import example
from shared.messages import Message, Topic, registry, topics
from shared.messages.base import INTAKE_RETENTION_MS
from shared.messages.envelope import message_id

VERSION = "3.0.0"
KAFKA_BINDING = "0.5.0"
REF = "#/components/schemas/{model}"
ABOUT = """\
What Foyer says on Kafka: CloudEvents 1.0 in binary mode, JSON values, keyed by gathering.

A fact reaches its topic at least once: remember `ce_id` and skip what you have seen. First copies are in order, and
`ce_sequence` has no gaps: per gathering and `ce_source` for registration and scheduling, per `ce_subject` for checkin
and notifications. Facts about a registration or a booking carry its whole state and a `version`: replace what you hold
only by a higher one, and no order between topics is needed. Ignore fields you do not know: they are only ever added.
Intake topics hold what people submit; their personal data is one sealed field that only its owner can open.
"""
HEADERS = {
    "content-type": "application/json",
    "ce_specversion": "1.0",
    "ce_id": "The message's id: the same in every repeat",
    "ce_type": "The message's type",
    "ce_source": "Who says it",
    "ce_subject": "What it is about, with its version where it has one",
    "ce_time": "When it was decided, RFC 3339 in UTC",
    "ce_dataschema": "Where its JSON Schema is",
    "ce_partitionkey": "The gathering: the record's key",
    "ce_causationid": "The `ce_id` of the submission it answers, or of the fact or staff call it follows from",
    "ce_correlationid": "The request that all of it began with",
    "ce_sequence": "Counts without gaps, see above",
}
REQUIRED = [name for name in HEADERS if name not in ("ce_correlationid", "ce_sequence")]
CONSTANT = ("content-type", "ce_specversion")


def document(version: str) -> dict[str, Any]:
    types = sorted(registry.values(), key=lambda message: message.type)
    schemas = _schemas(types)
    return {
        "asyncapi": VERSION,
        "info": {"title": "Foyer", "version": version, "description": ABOUT, "license": {"name": "Apache-2.0"}},
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "{address}",
                "protocol": "kafka",
                "variables": {"address": {"default": "localhost:9092"}},
            }
        },
        "channels": {topic.name: _channel(topic, types) for topic in topics()},
        "operations": {_operation_id(message): _operation(message) for message in types},
        "components": {
            "messages": {_name(message): _message(message, schemas) for message in types},
            "schemas": {**schemas, "Headers": _headers()},
        },
    }


def as_yaml(content: dict[str, Any]) -> str:
    """Paragraphs stay paragraphs."""
    walk_tree(content)
    written = StringIO()
    YAML().dump(content, written)
    return written.getvalue()


def _name(message: type[Message]) -> str:
    return message.type.removeprefix("foyer.")


def _operation_id(message: type[Message]) -> str:
    return f"say-{_name(message)}"


def _operation(message: type[Message]) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{message.topic}"}
    service = message.source.removeprefix("/services/")
    return {
        "action": "send",
        "summary": f"Said by {service}",
        "channel": channel,
        "messages": [{"$ref": f"{channel['$ref']}/messages/{_name(message)}"}],
    }


def _channel(topic: Topic, types: list[type[Message]]) -> dict[str, Any]:
    own = [message for message in types if message.topic == topic.name]
    binding: dict[str, Any] = {
        "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms},
        "bindingVersion": KAFKA_BINDING,
    }
    if topic.partitions:
        binding["partitions"] = topic.partitions
    return {
        "address": topic.name,
        "description": _purpose(topic, own),
        "messages": {_name(message): {"$ref": f"#/components/messages/{_name(message)}"} for message in own},
        "bindings": {"kafka": binding},
    }


def _purpose(topic: Topic, own: list[type[Message]]) -> str:
    if not own:
        return "Plumbing of Foyer's own: no promise is made about what it holds."
    if topic.retention_ms == INTAKE_RETENTION_MS:
        return "Intake: what people submitted, for its owner alone."
    return "Public: ids and facts, no personal data."


def _message(message: type[Message], schemas: Mapping[str, Any]) -> dict[str, Any]:
    payload = example(schemas[message.__name__], schemas)
    return {
        "name": message.type,
        "title": message.__name__,
        "summary": _about(message),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/Headers"},
        "payload": {"$ref": REF.format(model=message.__name__)},
        "bindings": {
            "kafka": {"key": {"type": "string", "description": "The gathering's id"}, "bindingVersion": KAFKA_BINDING}
        },
        "examples": [{"headers": _headers_example(message, payload), "payload": payload}],
    }


def _about(message: type[Message]) -> str:
    """Its own words, or those of the facts it is one of."""
    family = message.__mro__[: message.__mro__.index(Message)]
    words = next((one.__doc__ for one in family if vars(one).get("__doc__")), None)
    return inspect.cleandoc(words or f"`{message.__name__}`, as its fields say.")


def _headers() -> dict[str, Any]:
    properties = {
        name: {"type": "string", **({"const": words} if name in CONSTANT else {"description": words})}
        for name, words in HEADERS.items()
    }
    return {"type": "object", "properties": properties, "required": REQUIRED}


def _headers_example(message: type[Message], payload: dict[str, Any]) -> dict[str, str]:
    subject = message.from_json(json.dumps(payload).encode()).subject()
    cause = "5c7d2f0e-3f0f-5b0e-9a52-3f4f6c1f2a10"
    return {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": message_id(cause, message.topic, subject),
        "ce_type": message.type,
        "ce_source": message.source,
        "ce_subject": subject,
        "ce_time": "2021-11-08T08:00:00.000Z",
        "ce_dataschema": f"/schemas/{_name(message)}.json",
        "ce_partitionkey": payload["gathering_id"],
        "ce_causationid": cause,
    }


def _schemas(types: list[type[Message]]) -> dict[str, Any]:
    """As readers must take them: open, because a newer writer may have added a field."""
    _, definitions = models_json_schema([(message, "serialization") for message in types], ref_template=REF)
    schemas: dict[str, Any] = _opened(definitions["$defs"])
    return schemas


def _opened(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_opened(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _opened(value) for key, value in schema.items() if (key, value) != ("additionalProperties", False)}
