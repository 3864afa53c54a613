"""What takes many commits, and what falls due: a leased loop of this service."""

import asyncio
from collections.abc import Awaitable, Collection
from dataclasses import replace
from datetime import datetime

from services.registration.domain import (
    Decision,
    Invitation,
    Outcome,
    PoolKey,
    Registration,
    State,
    cancel_part,
    chased_if_issued_by,
    idle,
    move_part,
    released,
    retime_part,
    stirred,
)
from services.registration.promotion import AT_ONCE, move_up
from services.registration.store import Act, Commit, LostLink, Queries, Reader, Store, Task, Wanted
from shared.clock import Clock
from shared.errors import DeliveryError
from shared.leases import Lease
from shared.messages.registration import AccessLinkRequested, InvitationIssued
from shared.telemetry import get_logger

log = get_logger(__name__)

CANCEL, MOVE, RETIME = "cancel", "move", "retime"
EVERY = 1.0  # seconds


class Tasks:
    """One replica works through the open tasks, a commit at a time, and lets no queue wait beside a free place."""

    def __init__(self, store: Store, queries: Queries, lease: Lease, clock: Clock) -> None:
        self._store = store
        self._queries = queries
        self._lease = lease
        self._clock = clock
        self._carried_out: set[str] = set()  # releases that are known to be done

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            if await self._lease.hold():
                await self.turn()

    async def turn(self) -> None:
        """Everything that is due now."""
        for asked in await self._queries.links_asked_for():
            await self._by_itself(self._send_link(asked), asked.id)
        for task in await self._queries.open_tasks():
            await self._by_itself(self._advance(task), task.id)
        published = await self._queries.published()
        states = await self._store.load({gathering_id: Wanted() for gathering_id in published})
        for gathering_id, state in states.items():
            await self._by_itself(self._move_up(state), gathering_id)
            await self._by_itself(self._chase(state), gathering_id)

    async def _by_itself(self, work: Awaitable[None], about: str) -> None:
        """One that fails is tried again in the next turn, and stops no other."""
        try:
            await work
        except DeliveryError as reason:
            log.warning("will be tried again", about=about, reason=str(reason))
        except Exception:
            log.exception("will be tried again", about=about)

    async def _send_link(self, asked: LostLink) -> None:
        """To whoever is registered under that mailbox; to nobody else, and once however often it is tried."""
        gathering_id = asked.gathering_id
        found = await self._queries.of_person(gathering_id, asked.person)

        async def work(reader: Reader) -> tuple[Commit | None, None]:
            if found is None or await reader.act(asked.act) is not None:
                return None, None
            before = (await reader.load({gathering_id: Wanted()}))[gathering_id]
            fact = AccessLinkRequested(gathering_id=gathering_id, registration_id=found.id, request_id=asked.act)
            led_here = {asked.act: asked.correlation_id}
            return Commit(before, before, [Decision(asked.act, (fact,))], led_here, act=Act(asked.act)), None

        if found is not None:
            await self._store.alone(gathering_id, work)
        await self._queries.link_seen_to(asked)

    async def _advance(self, task: Task) -> None:
        async def work(reader: Reader) -> tuple[Commit | None, None]:
            current = await reader.task(task.id)
            if current is None:
                return None, None  # another replica was faster
            found = await reader.of_part(current.gathering_id, current.part, current.after, AT_ONCE)
            before = (await reader.load({current.gathering_id: Wanted()}))[current.gathering_id]
            before = await reader.bring(before, found)
            now = self._clock.now()
            after, decisions = _carried_out(before, found, current, now)
            after, promoted = await move_up(reader, after, now, current.id)
            commit = Commit(before, after, [*decisions, *promoted], {current.id: current.correlation_id})
            if len(found) < AT_ONCE:
                return replace(commit, finished=[current.id]), None
            return replace(commit, tasks=[replace(current, after=found[-1].id)]), None

        await self._store.alone(task.gathering_id, work)
        log.info("task advanced", task=task.id, action=task.action)

    async def _move_up(self, state: State) -> None:
        """Whoever may: at the release of what was reserved, and where a commit could not hold all promotions."""
        now = self._clock.now()
        gathering_id = state.ledger.gathering_id
        for key, moment in released(state, now).items():
            release = f"release:{gathering_id}:{key[0]}:{key[1]}:{moment.isoformat()}"
            if release not in self._carried_out:
                await self._promote(gathering_id, {key}, now, release, once=True)
                self._carried_out.add(release)
        if keys := idle(state, now):
            cause = f"idle:{gathering_id}:{state.ledger.version}"
            if (await move_up(self._store, stirred(state, keys), now, cause))[1]:
                await self._promote(gathering_id, keys, now, cause)

    async def _chase(self, state: State) -> None:
        """Remind of invitations that nobody took up: the same mail again, once."""
        gathering_id = state.ledger.gathering_id
        by = None if state.definition is None else chased_if_issued_by(state.definition, self._clock.now())
        if by is None or not await self._store.unused_invitations(gathering_id, by, 1):
            return

        async def work(reader: Reader) -> tuple[Commit, None]:
            found = await reader.unused_invitations(gathering_id, by, AT_ONCE)
            before = (await reader.load({gathering_id: Wanted()}))[gathering_id]
            decisions = [Decision(f"chase:{one.id}", (_reminder(gathering_id, one),)) for one in found]
            return Commit(before, before, decisions, chased=[one.id for one in found]), None

        await self._store.alone(gathering_id, work)

    async def _promote(
        self, gathering_id: str, keys: Collection[PoolKey], now: datetime, cause: str, *, once: bool = False
    ) -> None:
        async def work(reader: Reader) -> tuple[Commit | None, None]:
            if once and await reader.act(cause) is not None:
                return None, None
            before = (await reader.load({gathering_id: Wanted()}))[gathering_id]
            after, promoted = await move_up(reader, stirred(before, keys), now, cause)
            return Commit(before, after, promoted, act=Act(cause, lasting=True) if once else None), None

        await self._store.alone(gathering_id, work)


def _reminder(gathering_id: str, one: Invitation) -> InvitationIssued:
    return InvitationIssued(
        gathering_id=gathering_id,
        invitation_id=one.id,
        version=2,
        delegation=one.delegation,
        places=one.places,
        reminder=True,
    )


def _carried_out(state: State, found: list[Registration], task: Task, now: datetime) -> tuple[State, list[Decision]]:
    decisions = []
    for registration in found:
        state, decision = _apply(state, registration, task, now)
        decisions += [decision] if decision else []
    return state, decisions


def _apply(state: State, registration: Registration, task: Task, now: datetime) -> Outcome:
    match task.action:
        case "cancel":
            return cancel_part(state, registration, task.part, now, task.id)
        case "move" if task.mode is not None:
            return move_part(state, registration, task.part, task.mode, now, task.id)
        case "retime":
            return retime_part(state, registration, task.part, task.id, task.began_at)
        case _:
            return state, None
