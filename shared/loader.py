"""Questions that come one by one, asked together: a rush of callers costs few round trips."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Loader(Generic[K, V]):
    """One question is on its way at a time; whatever is wanted meanwhile makes up the next: no answer is stale."""

    def __init__(self, ask: Callable[[Collection[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._wanted: dict[K, asyncio.Future[V | None]] = {}
        self._turns: asyncio.Task[None] | None = None

    async def get(self, key: K) -> V | None:
        """Nothing for what is not in the answer. Raises what the question raised."""
        future = self._wanted.setdefault(key, asyncio.get_running_loop().create_future())
        if self._turns is None or self._turns.done():
            self._turns = asyncio.create_task(self._take_turns())
        return await asyncio.shield(future)  # others may wait for the same

    async def _take_turns(self) -> None:
        while self._wanted:
            asked, self._wanted = self._wanted, {}
            try:
                found = await self._ask(asked.keys())
            except Exception as error:  # noqa: BLE001  each caller is told, and the next turn is taken
                for future in asked.values():
                    future.set_exception(error)
                    future.exception()  # its caller may have hung up
            else:
                for key, future in asked.items():
                    future.set_result(found.get(key))
