"""Submissions on their way into the log: who comes while others are being acknowledged goes with the next of them."""

import asyncio

from shared.errors import Unavailable
from shared.kafka import Producer
from shared.messages.envelope import Wire


class Appending:
    """One turn at a time, as the producer has one request on its way: a rush costs it few large batches."""

    def __init__(self, producer: Producer, within: float) -> None:
        self._producer = producer
        self._within = within
        self._waiting: list[tuple[Wire, asyncio.Future[None]]] = []
        self._turns: asyncio.Task[None] | None = None

    @property
    def unacknowledged(self) -> int:
        return self._producer.unacknowledged + len(self._waiting)

    async def append(self, wire: Wire) -> None:
        """Return when it is acknowledged. Raises `Unavailable` when it is not known whether it is in the log."""
        loop = asyncio.get_running_loop()
        acknowledged: asyncio.Future[None] = loop.create_future()
        self._waiting.append((wire, acknowledged))
        if self._turns is None or self._turns.done():
            self._turns = asyncio.create_task(self._take_turns())
        timer = loop.call_later(self._within, _give_up, acknowledged)
        try:
            await acknowledged
        finally:
            timer.cancel()

    async def _take_turns(self) -> None:
        while self._waiting:
            turn, self._waiting = [one for one in self._waiting if not one[1].done()], []
            try:
                await self._producer.append([wire for wire, _ in turn], within=self._within)
            except Exception as error:  # noqa: BLE001  each caller is told, and the next turn is taken
                for _, acknowledged in turn:
                    if not acknowledged.done():
                        acknowledged.set_exception(error)
            else:
                for _, acknowledged in turn:
                    if not acknowledged.done():
                        acknowledged.set_result(None)


def _give_up(acknowledged: "asyncio.Future[None]") -> None:
    if not acknowledged.done():
        acknowledged.set_exception(Unavailable("the broker did not acknowledge in time"))
