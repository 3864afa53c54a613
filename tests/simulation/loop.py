"""An asyncio loop without I/O: time stands until it is moved, and whose turn it is, is said from outside.

Each process of the house has a lane of its own. Within a lane callbacks run in order, as asyncio runs them; between
lanes there is no order but the seed's. A lane that is stopped does not run (SIGSTOP), one that is cut never will (-9).
"""

import asyncio
import heapq
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar, copy_context
from typing import Any


class Lane:
    """What one process has still to run."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready: deque[asyncio.Handle] = deque()
        self.tasks: list[asyncio.Task[Any]] = []
        self.stopped = False
        self.cut = False

    @property
    def runnable(self) -> bool:
        return bool(self.ready) and not self.stopped


OUTSIDE = Lane("outside")
LANE: ContextVar[Lane] = ContextVar("LANE", default=OUTSIDE)


class Loop(asyncio.AbstractEventLoop):
    """As much of a loop as tasks, futures, locks and time-outs ask for."""

    def __init__(self) -> None:
        self.lanes: list[Lane] = []
        self.faults: list[str] = []  # what nobody caught
        self._now = 0.0
        self._timers: list[tuple[float, int, Lane, asyncio.TimerHandle]] = []
        self._count = 0

    def time(self) -> float:
        return self._now

    def lane(self, name: str) -> Lane:
        lane = Lane(name)
        self.lanes.append(lane)
        return lane

    def spawn(self, lane: Lane, work: Coroutine[Any, Any, Any], name: str = "") -> asyncio.Task[Any]:
        context = copy_context()
        context.run(LANE.set, lane)
        task = asyncio.Task(work, loop=self, name=name, context=context)
        lane.tasks.append(task)
        return task

    def cut(self, lane: Lane) -> None:
        """Kill -9: nothing of it runs any more, not even what would tidy up."""
        lane.cut = lane.stopped = True
        lane.ready.clear()
        self.lanes.remove(lane)

    def run_one(self, lane: Lane) -> None:
        handle = lane.ready.popleft()
        if not handle.cancelled():
            handle._run()

    def next_due(self) -> float | None:
        """When the next timer of a lane that still runs is due."""
        while self._timers and (self._timers[0][2].cut or self._timers[0][3].cancelled()):
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def forward(self, to: float) -> None:
        self._now = max(self._now, to)
        while (due := self.next_due()) is not None and due <= self._now:
            _, _, lane, handle = heapq.heappop(self._timers)
            lane.ready.append(handle)

    @contextmanager
    def running(self) -> Iterator[None]:
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            yield
        finally:
            events._set_running_loop(before)

    def bury(self, dead: list[Lane]) -> None:
        """At the end: whatever is still under way is told to stop, so that nothing speaks up when it is collected."""
        tasks = [task for lane in (*dead, *self.lanes) for task in lane.tasks if not task.done()]
        for task in tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            with suppress(RuntimeError):  # what it would still wait for at its end, nobody waits for
                task.get_coro().close()

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:  # type: ignore[override]
        context = context or copy_context()
        handle = asyncio.Handle(callback, args, self, context)
        lane = context.get(LANE, OUTSIDE)
        if not lane.cut:
            lane.ready.append(handle)
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        context = context or copy_context()
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, context.get(LANE, OUTSIDE), handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer is passed over when its time comes."""

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self, coro: Coroutine[Any, Any, Any], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=self, name=name, context=context)
        LANE.get().tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.faults.append(f"{context.get('message')}: {context.get('exception')!r}")
