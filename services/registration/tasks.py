"""What takes many commits, and what falls due: a leased loop of this service."""

import asyncio
from dataclasses import replace
from datetime import datetime

import structlog

from services.registration.domain import (
    Decision,
    Outcome,
    Registration,
    State,
    cancel_part,
    move_part,
    released_between,
    retime_part,
    stirred,
)
from services.registration.promotion import move_up
from services.registration.store import Commit, Queries, Reader, Store, Task, Wanted
from shared.clock import Clock
from shared.leases import Lease

log = structlog.get_logger()

CANCEL, MOVE, RETIME, PROMOTE = "cancel", "move", "retime", "promote"
AT_ONCE = 500  # registrations in one commit
EVERY = 1.0  # seconds


class Tasks:
    """One replica works through the open tasks, a commit at a time, and looks whether reserved places were released."""

    def __init__(self, store: Store, queries: Queries, lease: Lease, clock: Clock) -> None:
        self._store = store
        self._queries = queries
        self._lease = lease
        self._clock = clock
        self._looked_at: datetime | None = None

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if await self._lease.hold():
                await self.turn()

    async def turn(self) -> None:
        """Everything that is due now."""
        for task in await self._queries.open_tasks():
            await self._advance(task)
        await self._release()

    async def _advance(self, task: Task) -> None:
        async def work(reader: Reader) -> tuple[Commit | None, None]:
            found = (
                []
                if task.action == PROMOTE
                else await reader.of_part(task.gathering_id, task.part, task.after, AT_ONCE)
            )
            before = (await reader.load({task.gathering_id: Wanted()}))[task.gathering_id]
            before = await reader.bring(before, found)
            now = self._clock.now()
            after, decisions = self._carried_out(before, found, task, now)
            after, promoted, more = await move_up(reader, after, now, task.id)
            commit = Commit(before, after, [*decisions, *promoted], tasks=more)
            if len(found) == AT_ONCE:
                return replace(commit, tasks=[*more, replace(task, after=found[-1].id)]), None
            unfinished = task.id in {one.id for one in more}
            return commit if unfinished else replace(commit, finished=[task.id]), None

        await self._store.alone(task.gathering_id, work)
        log.info("task advanced", task=task.id, action=task.action)

    def _carried_out(
        self, state: State, found: list[Registration], task: Task, now: datetime
    ) -> tuple[State, list[Decision]]:
        decisions = []
        for registration in found:
            state, decision = _apply(state, registration, task, now)
            decisions += [decision] if decision else []
        if task.action == PROMOTE and task.mode is not None:
            state = stirred(state, {(task.part, task.mode)})
        return state, decisions

    async def _release(self) -> None:
        """Reserved places go back to everybody at their time, and to whoever waits for them."""
        now, before = self._clock.now(), self._looked_at
        self._looked_at = now
        for gathering_id in await self._queries.with_queues():
            state = (await self._store.load({gathering_id: Wanted()}))[gathering_id]
            due = {key for key in state.ledger.pools if released_between(state, key, before, now)}
            if due:
                await self._promote(gathering_id, due, now)

    async def _promote(self, gathering_id: str, keys: set[tuple[str, str]], now: datetime) -> None:
        async def work(reader: Reader) -> tuple[Commit | None, None]:
            before = (await reader.load({gathering_id: Wanted()}))[gathering_id]
            cause = f"release:{gathering_id}:{now.isoformat()}"
            after, promoted, tasks = await move_up(reader, stirred(before, keys), now, cause)
            return Commit(before, after, promoted, tasks=tasks), None

        await self._store.alone(gathering_id, work)


def _apply(state: State, registration: Registration, task: Task, now: datetime) -> Outcome:
    match task.action:
        case "cancel":
            return cancel_part(state, registration, task.part, now, task.id)
        case "move" if task.mode is not None:
            return move_part(state, registration, task.part, task.mode, now, task.id)
        case "retime":
            return retime_part(state, registration, task.part, task.id)
        case _:
            return state, None
