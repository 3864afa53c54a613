"""How a solver says how far it is, and how it is stopped."""

from collections.abc import Callable
from dataclasses import dataclass


class Cancelled(Exception):
    """Whoever asked has lost interest; nothing was returned and nothing is left behind."""


@dataclass(frozen=True, slots=True)
class Progress:
    phase: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Watch:
    """What a solver is given to be watched by: it tells, and it asks, between phases and every so many steps."""

    tell: Callable[[Progress], None] | None = None
    is_cancelled: Callable[[], bool] | None = None

    def at(self, phase: str, done: int, total: int) -> None:
        if self.is_cancelled is not None and self.is_cancelled():
            raise Cancelled(phase)
        if self.tell is not None:
            self.tell(Progress(phase, done, total))


UNWATCHED = Watch()
