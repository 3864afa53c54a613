"""What is due without anybody asking: requests that have waited in vain are refused."""

import asyncio

from services.scheduling.handlers import Handlers
from shared.leases import Lease

EVERY = 2.0  # seconds


class Timers:
    """One replica does it; another follows when it dies."""

    def __init__(self, handlers: Handlers, lease: Lease) -> None:
        self._handlers = handlers
        self._lease = lease

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            if await self._lease.hold():
                await self._handlers.give_up()
