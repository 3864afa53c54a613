"""Carrying a mailing out: whoever it is for gets one mail each, queued in pieces that one commit can hold."""

import asyncio
from datetime import timedelta
from typing import Final

from services.notifications.domain import Mailing
from services.notifications.store import Store
from shared.clock import Clock
from shared.errors import LostRace

PIECE: Final = 500
LOOK_EVERY: Final = 2.0  # seconds, when nobody wakes it
WAIT_AT_MOST: Final = timedelta(seconds=60)  # for what was said before an announcement


class Spreading:
    def __init__(self, store: Store, clock: Clock, wake_sender: asyncio.Event) -> None:
        self._store = store
        self._clock = clock
        self._wake_sender = wake_sender
        self.woken = asyncio.Event()

    async def run(self) -> None:
        while True:
            self.woken.clear()
            await self.step()
            try:
                await asyncio.wait_for(self.woken.wait(), LOOK_EVERY)
            except TimeoutError:
                continue

    async def step(self) -> None:
        """Carry out what may be; a piece that another replica took is its."""
        for mailing, cursor in await self._store.open_mailings(self._clock.wall() - WAIT_AT_MOST):
            reached: str | None = cursor
            while reached is not None:
                try:
                    reached = await self._piece(mailing, reached)
                except LostRace:
                    break
                self._wake_sender.set()

    async def _piece(self, mailing: Mailing, after: str) -> str | None:
        people = await self._store.registrations(mailing.gathering_id, after, PIECE)
        mails = [mailing.to(one) for one in people if mailing.audience.includes(one)]
        reached = people[-1].id if len(people) == PIECE else None
        await self._store.spread(mailing, after, mails, reached)
        return reached
