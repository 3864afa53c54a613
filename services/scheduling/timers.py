"""What is due without anybody asking: requests that have waited in vain are refused."""

import asyncio
from collections.abc import Awaitable, Callable

from shared.leases import Lease

EVERY = 2.0  # seconds


class Timers:
    """One replica does it; another follows when it dies."""

    def __init__(self, give_up: Callable[[], Awaitable[bool]], lease: Lease, every: float = EVERY) -> None:
        self._give_up = give_up
        self._lease = lease
        self._every = every

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._every)
            if await self._lease.hold():
                await self._give_up()
