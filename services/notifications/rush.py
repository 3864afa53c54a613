"""What can wait, waits: while facts arrive by the dozen, mails leave the machine to the decisions that cause them."""

import asyncio
from collections.abc import Callable
from typing import Final

MANY: Final = 20  # facts in one batch
CALM_AFTER: Final = 3.0  # seconds without so many; a rush brings them every second
AT_MOST: Final = 15.0  # seconds; however long it lasts, mails go out again


class Rush:
    """How long mails still have to wait."""

    def __init__(self, now: Callable[[], float] = lambda: asyncio.get_running_loop().time()) -> None:
        self._now = now
        self._began = self._last = float("-inf")

    def heard(self, facts: int) -> None:
        if facts >= MANY:
            now = self._now()
            if now - self._last >= CALM_AFTER:
                self._began = now
            self._last = now

    @property
    def left(self) -> float:
        """Seconds; nothing or less when it is over."""
        return min(self._last + CALM_AFTER, self._began + AT_MOST) - self._now()
