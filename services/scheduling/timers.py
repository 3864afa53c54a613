"""What is due without anybody asking: requests that waited in vain are refused, holds and offers run out."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from shared.errors import LostRace, Unavailable
from shared.leases import Lease
from shared.telemetry import get_logger

log = get_logger(__name__)

EVERY = 2.0  # seconds

Due = Callable[[], Awaitable[object]]


class Timers:
    """One replica does it; another follows when it dies."""

    def __init__(self, due: Sequence[Due], lease: Lease, every: float = EVERY) -> None:
        self._due = due
        self._lease = lease
        self._every = every

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            if await self._lease.hold():
                for one in self._due:
                    await self._do(one)

    async def _do(self, due: Due) -> None:
        """What could not be done now is still due at the next turn."""
        try:
            await due()
        except (LostRace, Unavailable) as reason:
            log.info("put off", reason=str(reason))
