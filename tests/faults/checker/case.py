"""What a run leaves behind: a rehearsal's evidence, every record's own bytes, the faults, the mail server's replies."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from cli.rehearsal.checks.verdict import Verdict
from cli.rehearsal.evidence import INTAKE, Evidence
from cli.rehearsal.journal import Shown
from tests.faults.sink import Delivery

DEAD_LETTERS = ".dead-letter"
Place = tuple[str, int, int]


@dataclass(frozen=True)
class Copy:
    """One record as it lies in the log."""

    topic: str
    partition: int
    offset: int
    key: bytes
    headers: tuple[tuple[str, bytes], ...]
    value: bytes

    @property
    def place(self) -> Place:
        return self.topic, self.partition, self.offset

    def header(self, name: str) -> str:
        return next((content.decode(errors="replace") for known, content in self.headers if known == name), "")

    @property
    def id(self) -> str:
        return self.header("ce_id")

    @property
    def is_dead_letter(self) -> bool:
        return self.topic.endswith(DEAD_LETTERS)

    @property
    def is_fact(self) -> bool:
        return not self.is_dead_letter and self.topic not in INTAKE


@dataclass(frozen=True)
class Fault:
    """Something broken on purpose; times are Foyer's."""

    id: str
    target: str
    began: datetime
    ended: datetime
    inside: bool = False  # it struck within a handler
    recovered_after: float | None = None  # seconds until what was broken served again
    killed: int = 0  # processes that ended by SIGKILL
    handled_after: float | None = None  # seconds until work that came after a kill was done


@dataclass(frozen=True)
class Poison:
    """A record that no service can read, and where it was laid."""

    name: str
    place: Place
    value: bytes


@dataclass(frozen=True)
class Replay:
    """Everything told again after the end: what was exported before and after, and what else it did."""

    id: str
    before: str
    after: str
    new_facts: int
    new_mails: int
    records: int


@dataclass(frozen=True)
class Erased:
    registration_id: str
    address: str
    canary: str
    at: datetime


@dataclass(frozen=True)
class Recovery:
    """How it stood once everything was healed."""

    settled_after: float | None  # seconds until nothing was left to do; None if it never came
    lag: Mapping[tuple[str, str, int], int] = field(default_factory=dict)
    ready: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    evidence: Evidence
    copies: Sequence[Copy] = ()
    availability: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    untested: Sequence[str] = ()  # faults that never had an effect, and why
    deliveries: Sequence[Delivery] = ()
    poison: Sequence[Poison] = ()
    hears: Mapping[str, frozenset[str]] = field(default_factory=dict)  # topic → groups, as published
    document: Mapping[str, Any] = field(default_factory=dict)  # the published AsyncAPI document
    recovery: Recovery = field(default_factory=lambda: Recovery(0.0))
    replays: Sequence[Replay] = ()
    erased: Sequence[Erased] = ()
    shelves: Mapping[str, bytes] = field(
        default_factory=dict
    )  # logs, databases, exports: what could give somebody away
    certificates: frozenset[str] = frozenset()
    uploaded: Mapping[str, Shown] = field(default_factory=dict)  # scan → what an offline device really saw
    unresolved: Sequence[str] = ()  # requests that never got a definite answer
    crashes: Sequence[str] = ()  # answers that nobody could read

    @cached_property
    def poisoned(self) -> frozenset[Place]:
        return frozenset(one.place for one in self.poison)

    @cached_property
    def facts(self) -> list[Copy]:
        """Every copy of every fact, without what was laid there as poison."""
        return [one for one in self.copies if one.is_fact and one.place not in self.poisoned]

    @cached_property
    def by_id(self) -> dict[tuple[str, str], list[Copy]]:
        """All copies of each fact, first one first."""
        found: dict[tuple[str, str], list[Copy]] = defaultdict(list)
        for one in sorted(self.facts, key=lambda copy: copy.place):
            found[one.topic, one.id].append(one)
        return found

    @cached_property
    def letters(self) -> list[Copy]:
        return [one for one in self.copies if one.is_dead_letter]


@dataclass(frozen=True)
class Promise:
    """Its id in RELIABILITY.md, what is never false, and how that is seen."""

    id: str
    words: str
    check: Callable[[Case], Verdict]
