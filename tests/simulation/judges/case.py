"""The evidence, and what holds of every stream of facts: no gaps, nothing said before it is so, nothing kept back."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson

from shared.messages.envelope import Wire

INTAKE = frozenset({"registration-submitted", "slot-requested"})
BY_SUBJECT = ("/services/checkin", "/services/notifications")


@dataclass(frozen=True)
class Case:
    house: Any
    journal: Any
    breach: Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as anybody reads it."""

    topic: str
    id: str
    subject: str
    source: str
    cause: str
    sequence: int
    body: dict[str, Any]
    wire: Wire

    @classmethod
    def of(cls, wire: Wire) -> "Fact":
        headers = dict(wire.headers)
        return cls(
            wire.topic,
            headers["ce_id"],
            headers["ce_subject"],
            headers["ce_source"],
            headers["ce_causationid"],
            int(headers["ce_sequence"]),
            orjson.loads(wire.value),
            wire,
        )

    @property
    def stream(self) -> tuple[str, str]:
        return self.source, self.subject if self.source in BY_SUBJECT else self.wire.key


class Log:
    """D, E: every fact once, in order, neither early nor lost."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._last: dict[tuple[str, str], int] = defaultdict(int)
        self._published: dict[tuple[str, str], int] = defaultdict(int)
        self.facts: dict[str, Fact] = {}
        self.by_cause: dict[str, list[Fact]] = defaultdict(list)
        self.copies: Counter[str] = Counter()

    def committed(self, fact: Fact) -> None:
        if fact.id in self.facts:
            self._case.breach("E3", f"{fact.topic} {fact.subject} is decided twice")
        if fact.sequence != self._last[fact.stream] + 1:
            self._case.breach("E4", f"{fact.stream}: {fact.sequence} follows {self._last[fact.stream]}")
        self._last[fact.stream] = fact.sequence
        self.facts[fact.id] = fact
        self.by_cause[fact.cause].append(fact)

    def appended(self, wire: Wire) -> None:
        if wire.topic in INTAKE:
            return
        if wire.topic.endswith(".dead-letter"):
            self._case.breach("E7", f"{wire.topic}: {dict(wire.headers).get('dlq_reason')} {wire.value[:200]!r}")
            return
        name = dict(wire.headers)["ce_id"]
        known = self.facts.get(name)
        if known is None:
            self._case.breach("E2", f"{wire.topic} {dict(wire.headers)['ce_subject']} is told before it is so")
            return
        if (known.wire.value, known.wire.headers) != (wire.value, wire.headers):
            self._case.breach("E4", f"{known.topic} {known.subject}: a repeat differs")
        self.copies[name] += 1
        if self.copies[name] == 1:
            if known.sequence != self._published[known.stream] + 1:
                last = self._published[known.stream]
                self._case.breach("E4", f"{known.stream}: first copy of {known.sequence} comes after {last}")
            self._published[known.stream] = known.sequence

    def at_rest(self) -> None:
        for fact in self.facts.values():
            if not self.copies[fact.id]:
                self._case.breach("E1", f"{fact.topic} {fact.subject} was never told")

    def counted(self) -> dict[str, int]:
        twice = sum(copies - 1 for copies in self.copies.values())
        return {"facts": len(self.facts), "told again": twice, "submissions": len(self._case.journal.sent)}
