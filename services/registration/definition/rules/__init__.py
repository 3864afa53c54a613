"""What the parts of a definition must say together; each rule yields where it is broken and what to do."""

from collections.abc import Iterator

from services.registration.definition.problems import Location
from services.registration.definition.rules import places, references, times
from shared.messages.gathering import Definition

RULES = (*references.RULES, *places.RULES, *times.RULES)


def broken_rules(definition: Definition) -> Iterator[tuple[Location, str]]:
    for rule in RULES:
        yield from rule(definition)
