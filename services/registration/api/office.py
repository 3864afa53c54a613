"""What every route of registration works with, and how staff's acts reach the store."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request

from services.registration.clients import Attendance
from services.registration.domain import State
from services.registration.identities import Identities
from services.registration.promotion import move_up
from services.registration.store import Act, Audit, Commit, Queries, Reader, Store, Wanted
from services.registration.views import MISMATCH
from shared.access import Access, Actor
from shared.clock import Clock, random_id
from shared.http import Problem, not_found, request_id_of
from shared.messages.gathering import Definition

Answer = Mapping[str, Any]
Work = Callable[[State, Reader, str], Awaitable[tuple[Commit, Answer]]]  # given the act's id
IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True)
class Office:
    store: Store
    queries: Queries
    identities: Identities
    access: Access
    clock: Clock
    attendance: Attendance

    def staff(self, request: Request, gathering_id: str, *roles: str) -> Actor:
        """Who calls; a `Problem` if they may not."""
        actor = self.access.actor(request)
        actor.must_cover(gathering_id)
        actor.must_be(*roles)
        return actor

    async def must_know(self, gathering_id: str) -> None:
        """404 for a gathering that was never put."""
        if not await self.queries.knows(gathering_id):
            raise not_found()

    def audit(self, actor: Actor, action: str, on: str, note: str | None = None) -> Audit:
        return Audit(self.clock.now(), actor.subject, actor.role, action, on, note)

    async def act(self, request: Request, gathering_id: str, wanted: Wanted, work: Work) -> Answer:
        """A call of staff that changes something, by its Idempotency-Key: see `once`."""
        key = request.headers.get(IDEMPOTENCY_KEY) or random_id()
        act_id = self.identities.act(gathering_id, request.method, request.url.path, key)
        digest = self.identities.act(gathering_id, hashlib.sha256(await request.body()).hexdigest())
        return await self.once(Act(act_id, digest), gathering_id, wanted, work, request_id_of(request))

    async def once(
        self, act: Act, gathering_id: str, wanted: Wanted, work: Work, correlation_id: str | None = None
    ) -> Answer:
        """Decide with nobody else writing to the gathering.

        The act's answer is kept with its effect: repeated, it has the same one and no further effect.
        """

        async def first_time(reader: Reader) -> tuple[Commit | None, Answer]:
            if (done := await reader.act(act.id)) is not None:
                if done.digest != act.digest:
                    raise Problem(422, "idempotency-mismatch", MISMATCH)
                return None, done.answer
            state = (await reader.load({gathering_id: wanted}))[gathering_id]
            commit, answer = await work(state, reader, act.id)
            tasks = [replace(one, correlation_id=correlation_id) for one in commit.tasks]
            led_here = {act.id: correlation_id}
            return replace(commit, act=replace(act, answer=answer), tasks=tasks, correlations=led_here), answer

        return await self.store.alone(gathering_id, first_time)

    async def settled(self, commit: Commit, reader: Reader, cause: str) -> Commit:
        """The same with whoever moves up because of it."""
        state, promoted = await move_up(reader, commit.after, self.clock.now(), cause)
        return replace(commit, after=state, decisions=[*commit.decisions, *promoted])


def in_force(state: State) -> Definition:
    """The published definition; 404 if there is none."""
    if state.definition is None:
        raise not_found()
    return state.definition
