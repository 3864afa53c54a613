"""What was asked from outside, and what was answered: all that the judges know besides facts, mails and databases."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from shared.messages import Message


@dataclass
class Sent:
    """One submission; `requests` are all that were made with it, each with an answer of its own."""

    id: str
    kind: str
    gathering: str
    registration_id: str
    message: Message
    ce_id: str
    accepted_at: datetime
    person: str | None = None
    requests: list[str] = field(default_factory=list)


@dataclass
class Journal:
    sent: dict[str, Sent] = field(default_factory=dict)
    by_ce_id: dict[str, Sent] = field(default_factory=dict)
    applied: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))  # by gathering
    booked: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    scans: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))
    persons: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # registration → who may hold it
    added: set[str] = field(default_factory=set)  # by staff
    ordered: set[str] = field(default_factory=set)  # causes of what staff did at desks
    erased: set[str] = field(default_factory=set)  # erasures that were answered

    def note(self, sent: Sent) -> None:
        self.sent[sent.id] = sent
        self.by_ce_id[sent.ce_id] = sent
