"""How a message may change: fields are only added, and may be left out; all else needs a topic of its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

Schema = Mapping[str, Any]

WORDS = frozenset({"title", "description", "default", "$id", "$schema", "$defs", "examples"})
JUDGED = frozenset({"properties", "required", "enum"})
BRANCHES = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})


def breaches(promised: Schema, proposed: Schema) -> list[str]:
    """What a reader of `promised` could no longer rely on, or what a record kept from its time would lack."""
    return list(_Comparison(promised, proposed).of(promised, proposed))


@dataclass(frozen=True)
class _Comparison:
    """Two schemas walked side by side; `at` is the place in the message, `seen` the references on the way there."""

    promised: Schema
    proposed: Schema
    at: str = ""
    seen: frozenset[str] = frozenset()

    def of(self, old: Any, new: Any) -> Iterator[str]:
        if not isinstance(old, Mapping) or not isinstance(new, Mapping):
            if old != new:
                yield f"{self.at or '/'} was {old!r}, is {new!r}"
            return
        reference = old.get("$ref")
        if reference in self.seen:
            return
        inside = self if reference is None else replace(self, seen=self.seen | {reference})
        yield from inside.of_resolved(_resolved(old, self.promised), _resolved(new, self.proposed))

    def of_resolved(self, old: Schema, new: Schema) -> Iterator[str]:
        yield from self._of_fields(old, new)
        before, after = old.get("properties", {}), new.get("properties", {})
        for name in sorted(before.keys() & after.keys()):
            yield from replace(self, at=f"{self.at}/{name}").of(before[name], after[name])
        for word in sorted((old.keys() | new.keys()) - WORDS - JUDGED):
            yield from self._of_word(word, old.get(word), new.get(word))

    def _of_word(self, word: str, old: Any, new: Any) -> Iterator[str]:
        if word in BRANCHES and isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for ours, theirs in zip(old, new, strict=True):
                yield from self.of(ours, theirs)
        else:
            yield from replace(self, at=f"{self.at}#{word}").of(old, new)

    def _of_fields(self, old: Schema, new: Schema) -> Iterator[str]:
        needed, needs = {*old.get("required", ())}, {*new.get("required", ())}
        for name in sorted(old.get("properties", {}).keys() - new.get("properties", {}).keys()):
            yield f"{self.at}/{name} is gone"
        for name in sorted(needs - needed):
            yield f"{self.at}/{name} must now be there: records of before lack it"
        for name in sorted(needed - needs):
            yield f"{self.at}/{name} may now be left out: readers rely on it"
        for value in sorted({*old.get("enum", ())} - {*new.get("enum", ())}):
            yield f"{self.at} is never {value!r} any more"


def _resolved(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema
