"""The AsyncAPI document and the JSON Schemas: every topic and message, derived from the message classes alone.

Only who hears what is asked of the services. A schema on disk is a promise: `promised` says how a class breaks it.
"""

import inspect
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import walk_tree

from cli.evolution import breaches
from cli.examples import example
from cli.gatherings import Refused
from services.checkin.handlers import HEARS as CHECKIN
from services.gateway.api.reference import DRAFT, open_schema
from services.notifications.handlers import HEARS as NOTIFICATIONS
from services.registration.handlers import HEARS as REGISTRATION
from services.scheduling.handlers import HEARS as SCHEDULING
from shared.messages import REPLIES, Message, Topic, registry, topics
from shared.messages.base import INTAKE_RETENTION_MS
from shared.messages.envelope import message_id

VERSION = "3.0.0"
KAFKA_BINDING = "0.5.0"
COMPOSED_PARTITIONS = 12
REF = "#/components/schemas/{model}"
HEARS = {
    "registration": REGISTRATION,
    "scheduling": SCHEDULING,
    "notifications": NOTIFICATIONS,
    "checkin": CHECKIN,
}
ABOUT = """\
What Foyer says on Kafka: CloudEvents 1.0 in binary mode, JSON values, keyed by gathering.

A fact reaches its topic at least once: remember `ce_id` and skip what you have seen. First copies are in order, and
`ce_sequence` has no gaps: per gathering and `ce_source` for registration and scheduling, per `ce_subject` for checkin
and notifications. Facts about a registration or a booking carry its whole state and a `version`: replace what you hold
only by a higher one, and no order between topics is needed. Ignore fields you do not know: they are only ever added.
Intake topics hold what people submit; their personal data is one sealed field that only its owner can open.

Partition counts are those of the composed stack; an installation may have another, the same for every topic.
"""
INTAKE = "Intake: what people submitted, for its owner alone. Kept 7 days."
OUTCOME = "Public: ids and facts, no personal data. Kept 400 days."
REPLYING = "Plumbing: how a submission was decided, for the gateway that waits. Kept a minute, promises nothing."
DEAD_LETTERS = """\
Plumbing: what this group could not handle, byte for byte, with its own headers and `dlq_reason`, `dlq_group`,
`dlq_original_topic`, `dlq_original_partition`, `dlq_original_offset`, `dlq_original_timestamp`. Kept 7 days.
"""
RANDOM = "5c7d2f0e-3f0f-5b0e-9a52-3f4f6c1f2a10"
HEADERS: Mapping[str, dict[str, Any]] = {
    "content-type": {"const": "application/json"},
    "ce_specversion": {"const": "1.0"},
    "ce_id": {"format": "uuid", "description": "The message's id: the same in every repeat"},
    "ce_type": {"description": "The message's type"},
    "ce_source": {"description": "Who says it"},
    "ce_subject": {"description": "What it is about, with its version where it has one"},
    "ce_time": {"format": "date-time", "description": "When it was decided, RFC 3339 in UTC"},
    "ce_dataschema": {"description": "Where its JSON Schema is, below the gateway's address"},
    "ce_partitionkey": {"description": "The gathering: the record's key"},
    "ce_causationid": {"description": "The id of the submission, the fact or the staff call that led to it"},
    "ce_correlationid": {"description": "The request that all of it began with, or the cause of what began with none"},
    "ce_sequence": {"pattern": "^[1-9][0-9]*$", "description": "Counts without gaps, see above"},
}
REQUIRED = [name for name in HEADERS if name != "ce_sequence"]


def document(version: str) -> dict[str, Any]:
    types = sorted(registry.values(), key=name_of)
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
        "operations": dict(_operations(types)),
        "components": {
            "messages": {name_of(message): _message(message, schemas) for message in types},
            "schemas": {**schemas, "Headers": _headers()},
        },
    }


def as_yaml(content: dict[str, Any]) -> str:
    """Paragraphs stay paragraphs."""
    walk_tree(content)
    written = StringIO()
    YAML().dump(content, written)
    return written.getvalue()


def schema_of(message: type[Message]) -> str:
    """The file that is committed, and what the gateway serves at the message's `ce_dataschema`."""
    content = {"$schema": DRAFT, "$id": f"/schemas/{name_of(message)}.json"} | open_schema(message)
    return json.dumps(content, indent=2) + "\n"


def write_schemas(directory: Path) -> None:
    """One file for each message. What breaks the promise of a file that is there is refused, and nothing written."""
    files = {directory / f"{name_of(message)}.json": schema_of(message) for message in registry.values()}
    broken = [
        f"{file.name}: {breach}"
        for file, content in files.items()
        if file.exists()
        for breach in breaches(json.loads(file.read_text()), json.loads(content))
    ]
    if broken:
        raise Refused("\n".join([*broken, "A change of meaning is a new topic: give it a class of its own."]))
    directory.mkdir(exist_ok=True)
    for file, content in files.items():
        file.write_text(content)


def name_of(message: type[Message]) -> str:
    return message.type.removeprefix("foyer.")


def _operations(types: list[type[Message]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """From each service's own side: one for each message that it says, one for each topic that it hears."""
    for message in types:
        service = message.source.removeprefix("/services/")
        yield f"{service}-says-{name_of(message)}", _operation("send", service, message.topic, [message])
    for service, heard in HEARS.items():
        for topic in sorted({message.topic for message in heard}):
            own = [message for message in heard if message.topic == topic]
            yield f"{service}-hears-{topic}", _operation("receive", service, topic, own)


def _operation(action: str, service: str, topic: str, carried: list[type[Message]]) -> dict[str, Any]:
    channel = {"$ref": f"#/channels/{topic}"}
    return {
        "action": action,
        "channel": channel,
        "tags": [{"name": service}],
        "messages": [{"$ref": f"{channel['$ref']}/messages/{name_of(message)}"} for message in carried],
    }


def _channel(topic: Topic, types: list[type[Message]]) -> dict[str, Any]:
    own = [message for message in types if message.topic == topic.name]
    return {
        "address": topic.name,
        "description": _purpose(topic, own),
        "messages": {name_of(message): {"$ref": f"#/components/messages/{name_of(message)}"} for message in own},
        "bindings": {
            "kafka": {
                "partitions": topic.partitions or COMPOSED_PARTITIONS,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": topic.retention_ms},
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }


def _purpose(topic: Topic, own: list[type[Message]]) -> str:
    if topic.name == REPLIES:
        return REPLYING
    if not own:
        return DEAD_LETTERS
    return INTAKE if topic.retention_ms == INTAKE_RETENTION_MS else OUTCOME


def _message(message: type[Message], schemas: Mapping[str, Any]) -> dict[str, Any]:
    payload = example(message.__name__, schemas)
    return {
        "name": message.type,
        "title": message.__name__,
        "summary": _about(message),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "allOf": [{"$ref": REF.format(model="Headers")}],
            "properties": {name: {"const": value} for name, value in _constants(message).items()},
        },
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


def _constants(message: type[Message]) -> dict[str, str]:
    return {
        "ce_type": message.type,
        "ce_source": message.source,
        "ce_dataschema": f"/schemas/{name_of(message)}.json",
    }


def _headers() -> dict[str, Any]:
    properties = {name: {"type": "string", **schema} for name, schema in HEADERS.items()}
    return {"type": "object", "properties": properties, "required": REQUIRED}


def _headers_example(message: type[Message], payload: dict[str, Any]) -> dict[str, str]:
    subject = message.from_json(json.dumps(payload).encode()).subject()
    return {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": message_id(RANDOM, message.topic, subject),
        **_constants(message),
        "ce_subject": subject,
        "ce_time": "2021-11-08T08:00:00.000Z",
        "ce_partitionkey": payload["gathering_id"],
        "ce_causationid": RANDOM,
        "ce_correlationid": RANDOM,
        **({} if message.retention_ms == INTAKE_RETENTION_MS else {"ce_sequence": "1"}),
    }


def _schemas(types: list[type[Message]]) -> dict[str, Any]:
    """What the gateway serves one by one, with the parts that they share laid side by side."""
    shared: dict[str, Any] = {}
    for message in types:
        schema = open_schema(message)
        shared |= schema.pop("$defs", {}) | {message.__name__: schema}
    laid: dict[str, Any] = json.loads(json.dumps(shared).replace("#/$defs/", REF.format(model="")))
    return dict(sorted(laid.items()))
