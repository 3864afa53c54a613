"""Text to plain values, with the line of each: YAML 1.2 (and so JSON) without tags, bombs or double keys."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from services.registration.definition.problems import InvalidDefinition, Location, Problem, pointer

MOST_BYTES: Final = 256 * 1024
MOST_VALUES: Final = 50_000  # aliases counted with all they stand for
MOST_ALIASES: Final = 1_000
DEEPEST: Final = 32
LONGEST_NUMBER: Final = 18

# The core schema of YAML 1.2: `no` and `on` are words, times stay text until the gathering's zone is known.
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_FLAGS: Final = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_WHOLE: Final = re.compile(r"[-+]?[0-9]+")
_BROKEN: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass
class Document:
    """What a text says, the line on which each value begins, and what is wrong with the text itself."""

    value: Any
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, location: Location, reason: str) -> Problem:
        return Problem(self._line(location), pointer(location), reason)

    def _line(self, location: Location) -> int | None:
        """The line of the value, or of the nearest thing around it that was written."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return None


def read(text: str | bytes) -> Document:
    written = _decoded(text)
    quick = _json(written)
    return _Composer().compose(written) if quick is None else Document(quick)


def with_lines(text: str | bytes) -> Document:
    """The same as `read`, slower: every value has its line."""
    return _Composer().compose(_decoded(text))


def _refuse(reason: str, line: int | None = None) -> NoReturn:
    raise InvalidDefinition([Problem(line, "", reason)])


def _decoded(text: str | bytes) -> str:
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MOST_BYTES:
        _refuse(f"too long; write at most {MOST_BYTES // 1024} KiB")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse("not UTF-8; save the file in that encoding")


def _json(text: str) -> dict[str, Any] | None:
    """The value of a plain JSON object; `None` for all else, which goes the long way and gets its reasons there."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_never, parse_int=_short, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key stands twice")
    return value


def _never(constant: str) -> NoReturn:
    raise ValueError(constant)


def _short(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("too large")
    return int(digits)


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("too large")
    return value


class _Composer:
    """Builds the values from the parser's events, so that nothing is built that is not going to be kept."""

    def __init__(self) -> None:
        self._document = Document(None)
        self._anchors: dict[str, tuple[Any, int]] = {}  # the value, and how many it counts for
        self._values = 0
        self._aliases = 0

    def compose(self, text: str) -> Document:
        events = YAML(typ="safe", pure=True).parse(text)
        try:
            self._compose(iter(events))
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            _refuse("not well-formed; check indentation, quotes, brackets and colons", mark and mark.line + 1)
        except (YAMLError, ValueError, IndexError):  # the last two: broken escapes, as the parser takes them
            _refuse("not well-formed; remove control characters and broken escapes")
        return self._document

    def _compose(self, events: Iterator[Event]) -> None:
        for event in events:
            if isinstance(event, StreamEndEvent):
                _refuse("empty; write a definition")
            if isinstance(event, DocumentStartEvent):
                break
        self._document.value = self._value(next(events), events, ())
        for event in events:
            if isinstance(event, DocumentStartEvent):
                _refuse("write one document only", _line(event))

    def _value(self, event: Event, events: Iterator[Event], at: Location) -> Any:
        self._document.lines.setdefault(at, _line(event))
        if isinstance(event, AliasEvent):
            return self._alias(event, at)
        if getattr(event, "tag", None) is not None:
            self._wrong(at, "remove the tag, the word that begins with an exclamation mark")
        before = self._values
        self._count(1, event)
        value = self._content(event, events, at)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self._anchors[anchor] = (value, self._values - before)
        return value

    def _content(self, event: Event, events: Iterator[Event], at: Location) -> Any:
        if isinstance(event, ScalarEvent):
            return event.value if not event.implicit[0] else self._plain(event.value, at)
        if len(at) >= DEEPEST:
            _refuse("nested too deeply", _line(event))
        if isinstance(event, SequenceStartEvent):
            return self._list(events, at)
        return self._fields(events, at)

    def _list(self, events: Iterator[Event], at: Location) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self._value(event, events, (*at, len(items))))
        return items

    def _fields(self, events: Iterator[Event], at: Location) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            if not isinstance(event, ScalarEvent):
                _refuse("a field's name must be a plain word", _line(event))
            key, place = event.value, (*at, event.value)
            again = key in fields
            if not again:
                self._document.lines[place] = _line(event)
            value = self._value(next(events), events, place)
            if again:
                self._document.problems.append(
                    Problem(_line(event), pointer(place), "stands twice; keep one of the two")
                )
            else:
                fields[key] = value
        return fields

    def _alias(self, event: AliasEvent, at: Location) -> Any:
        self._aliases += 1
        if self._aliases > MOST_ALIASES:
            _refuse(f"write at most {MOST_ALIASES} aliases", _line(event))
        if event.anchor not in self._anchors:
            self._wrong(at, "the anchor of this alias is not defined above it")
            return None
        value, size = self._anchors[event.anchor]
        self._count(size, event)
        return value

    def _plain(self, word: str, at: Location) -> Any:
        if word in _NULL:
            return None
        if word in _FLAGS:
            return _FLAGS[word]
        if _WHOLE.fullmatch(word):
            return int(word) if len(word) <= LONGEST_NUMBER else self._wrong(at, "the number is too large")
        if _NOT_FINITE.fullmatch(word):
            return self._wrong(at, "write a finite number")
        if _BROKEN.fullmatch(word):
            number = float(word)
            return number if math.isfinite(number) else self._wrong(at, "the number is too large")
        return word

    def _wrong(self, at: Location, reason: str) -> None:
        self._document.problems.append(self._document.problem(at, reason))

    def _count(self, values: int, event: Event) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            _refuse("too much; write fewer values, or aliases that stand for less", _line(event))


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1
