"""Every message class as it was published, in files; `python -m tests.support.goldens` writes down what was added."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cli.examples import example
from shared.messages import Message, registry

FOLDER = Path(__file__).parents[1] / "contract" / "messages"
Golden = dict[str, Any]
Fields = Mapping[str, Mapping[str, Any]]
DEEPEST = 12


def name_of(message: type[Message]) -> str:
    return message.type.removeprefix("foyer.")


def kept(message: type[Message]) -> Golden:
    found: Golden = json.loads((FOLDER / f"{name_of(message)}.json").read_text())
    return found


def current(message: type[Message]) -> Golden:
    schema = message.model_json_schema(mode="serialization")
    schemas = schema.get("$defs", {}) | {message.__name__: schema}
    return {
        "type": message.type,
        "topic": message.topic,
        "source": message.source,
        "retention_ms": message.retention_ms,
        "fields": dict(sorted(_fields(schema, schemas, ""))),
        "example": example(message.__name__, schemas),
    }


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field there is at any depth: what it may hold, and whether it is always there."""
    if path.count("/") > DEEPEST:
        return
    if "$ref" in schema:
        yield from _fields(schemas[schema["$ref"].rpartition("/")[2]], schemas, path)
    for choice in schema.get("anyOf", ()):
        yield from _fields(choice, schemas, path)
    for place in ("items", "additionalProperties"):
        if isinstance(schema.get(place), dict):
            yield from _fields(schema[place], schemas, f"{path}/*")
    for name, field in schema.get("properties", {}).items():
        here = f"{path}/{name}".removeprefix("/")
        yield here, {"holds": _holds(field, schemas), "required": name in schema.get("required", ())}
        yield from _fields(field, schemas, here)


def _holds(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _holds(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return " | ".join(sorted({_holds(choice, schemas) for choice in schema["anyOf"]}))
    if schema.get("type") == "array":
        return f"[{_holds(schema.get('items', {}), schemas)}]"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{{{_holds(schema['additionalProperties'], schemas)}}}"
    return str(schema.get("format") or schema.get("type") or "anything")


def breaks(old: Golden, new: Golden) -> list[str]:
    """What would hurt somebody who reads or replays the topic: anything but an optional field more."""
    found = [
        f"{what} is not what it was" for what in old if what not in {"fields", "example"} and old[what] != new[what]
    ]
    before, after = old["fields"], new["fields"]
    found += [f"{field} is gone" for field in before if field not in after]
    found += [f"{field} is not what it was" for field in before if field in after and before[field] != after[field]]
    return found + [f"{field} is new and required" for field in _newly_required(before, after)]


def _newly_required(before: Fields, after: Fields) -> list[str]:
    """In an object that there was before; what a new object requires is its own affair."""
    fresh = [field for field in after if field not in before and after[field]["required"]]
    return [field for field in fresh if (parent := _parent(field)) == "" or parent in before]


def _parent(field: str) -> str:
    parent = field.rpartition("/")[0]
    while parent.endswith("/*"):
        parent = parent.removesuffix("/*")
    return parent


def write() -> None:
    """Write down what was added; what breaks somebody is refused."""
    for message in registry.values():
        file = FOLDER / f"{name_of(message)}.json"
        new = current(message)
        if file.exists() and (broken := breaks(kept(message), new)):
            raise SystemExit(f"{message.__name__}: {'; '.join(broken)}: make a topic -v2 instead")
        file.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    write()
