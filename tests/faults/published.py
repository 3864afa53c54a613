"""The AsyncAPI document, as anybody who subscribes to Foyer reads it."""

from collections import defaultdict
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from cli.state import CHECKOUT

HEARS = "-hears-"


@cache
def document() -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(CHECKOUT / "deploy" / "asyncapi.yaml")
    return content


@cache
def hears() -> dict[str, frozenset[str]]:
    """Which groups read which topic."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, operation in document()["operations"].items():
        group, heard, _ = name.partition(HEARS)
        if heard and group != "gateway":
            channel = operation["channel"]["$ref"].rpartition("/")[2]
            found[document()["channels"][channel]["address"]].add(group)
    return {topic: frozenset(groups) for topic, groups in found.items()}
