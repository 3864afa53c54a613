"""Watching Foyer's clock: a reminder whose time has come joins the queue, and the sender takes it from there."""

import asyncio
import itertools
from typing import Final

from services.notifications.store import Store

LOOK_EVERY: Final = 2.0  # seconds; the clock may have been moved by days meanwhile
CORRECT_EVERY: Final = 10  # looks


class Reminding:
    def __init__(self, store: Store, wake_sender: asyncio.Event) -> None:
        self._store = store
        self._wake_sender = wake_sender

    async def run(self) -> None:
        for look in itertools.count():
            await self.step()
            if look % CORRECT_EVERY == 0 and await self._store.correct_times():
                self._wake_sender.set()
            await asyncio.sleep(LOOK_EVERY)

    async def step(self) -> None:
        if await self._store.fall_due():
            self._wake_sender.set()
