"""What a judge says: how much it looked at, and what was not as promised."""

from collections.abc import Callable
from dataclasses import dataclass

from cli.rehearsal.evidence import Evidence


@dataclass(frozen=True)
class Verdict:
    examined: int
    breaches: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invariant:
    """Its id in RELIABILITY.md, what is never false, and how that is seen."""

    id: str
    promise: str
    check: Callable[[Evidence], Verdict]


class Bench:
    """Collects while a judge looks."""

    def __init__(self) -> None:
        self._examined = 0
        self._breaches: list[str] = []

    def expect(self, fine: bool, words: str) -> None:  # noqa: FBT001  it reads as a sentence: expect(this, or say that)
        self._examined += 1
        if not fine:
            self._breaches.append(words)

    @property
    def verdict(self) -> Verdict:
        return Verdict(self._examined, tuple(dict.fromkeys(self._breaches)))
