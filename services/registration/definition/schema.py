"""The published JSON Schema of a definition; `python -m services.registration.definition.schema` prints it."""

import json
import sys
from typing import Any

from shared.messages.gathering import Definition


def published() -> dict[str, Any]:
    schema = Definition.model_json_schema(mode="validation")
    schema.pop("description", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Gathering definition",
        "description": "One gathering, as an organiser writes it in YAML or JSON. An optional field may also be null. "
        "What the fields must say together is checked when the definition is put.",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def as_text() -> str:
    return json.dumps(published(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(as_text())
