"""What the rehearsal itself saw: every request it sent, and the answer to it, or that none came."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Proof:
    """A health certificate as it really is, whatever a door makes of it."""

    kind: str  # vaccination | recovery | test
    since: date | datetime  # the day of the dose or the first positive test, or the moment of the sample
    is_genuine: bool = True  # signed by somebody on the trust list, and not altered since
    is_negative: bool = True
    product: str = "EU/1/20/1528"
    dose: int = 2
    series: int = 2
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Shown:
    """Who stood at a door, and with what: known to the rehearsal alone."""

    registration_id: str | None  # whose ticket or name it is; nobody's for a forged one
    has_id_document: bool = False
    proof: Proof | None = None
    attested: str | None = None  # a kind of proof that staff saw on paper
    override: bool = False
    is_forged: bool = False


@dataclass(frozen=True)
class Exchange:
    """One request and what came of it. `status` of `None`: unknown, whatever it did. Times are Foyer's."""

    id: str  # the X-Request-Id it was sent under
    act: str
    method: str
    path: str
    sent_at: datetime
    answered_at: datetime
    key: str | None = None
    body: Any = None
    status: int | None = None
    answer: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    took: float = 0.0
    shown: Shown | None = None

    @property
    def digest(self) -> str:
        """Of what was asked: the same for a repeat, and for nothing else."""
        body = json.dumps(self.body, sort_keys=True, default=str)
        return hashlib.sha256(f"{self.method} {self.path}\n{body}".encode()).hexdigest()

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 400  # noqa: PLR2004

    @property
    def refused(self) -> bool:
        """Definitely, by the caller's fault: it must have had no effect."""
        return self.status is not None and 400 <= self.status < 500  # noqa: PLR2004


class Journal:
    """In the order of the answers."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def note(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    def write(self, file: Path) -> None:
        with file.open("w") as lines:
            for one in self.exchanges:
                content = {name: value for name, value in vars(one).items() if name != "shown"}
                lines.write(json.dumps(content, default=str) + "\n")
