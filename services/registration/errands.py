"""Work that goes on after its answer, so that the answer says nothing of it; finished before the process ends."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from shared.errors import DeliveryError
from shared.telemetry import get_logger

log = get_logger(__name__)


class Errands:
    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_to_its_end(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def finish(self) -> None:
        while self._running:
            await asyncio.wait(self._running)


async def _to_its_end(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except DeliveryError as reason:
        log.warning("an errand was not done", reason=str(reason))
    except Exception:
        log.exception("an errand failed")
