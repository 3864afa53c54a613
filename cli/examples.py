"""Examples of messages, made from their schemas: always the same, always valid."""

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

WORDS = {
    "gathering_id": "clusters-green-digital-2021",
    "gathering": "clusters-green-digital-2021",
    "timezone": "Europe/Paris",
    "delegation": "escp-4x-01",
    "part": "policy-event",
    "mode": "in-person",
    "status": "confirmed",
    "door": "policy-event-day-1",
}
MOMENT, LATER = "2021-11-22T08:00:00Z", "2021-11-22T09:00:00Z"


def example(schema: Schema, schemas: Mapping[str, Schema], name: str = "") -> Any:
    """A value that the schema allows: what is required, and nothing that may be left out."""
    schema = _plain(schema, schemas)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, name)
        case "array":
            return [example(schema["items"], schemas, name)] if "items" in schema else []
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return _text(schema, name)


def _plain(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    """Without references; of alternatives the first that is something."""
    while True:
        if "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        elif "anyOf" in schema:
            schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
        else:
            return schema


def _object(schema: Schema, schemas: Mapping[str, Schema], name: str) -> dict[str, Any]:
    properties = schema.get("properties", {})
    made = {key: example(properties[key], schemas, key) for key in schema.get("required", ())}
    entries = [schema.get("additionalProperties"), *schema.get("patternProperties", {}).values()]
    if not properties and isinstance(entry := entries[-1], Mapping):
        keys = _plain(schema.get("propertyNames", {}), schemas).get("enum", ["en"])
        made[keys[0]] = example(entry, schemas, name)
    return made


def _text(schema: Schema, name: str) -> str:
    if "const" in schema:
        return str(schema["const"])
    if schema.get("format") == "date-time":
        return LATER if name.startswith(("ends", "closes")) else MOMENT
    return WORDS.get(name, f"{name.replace('_', '-')}-1")
