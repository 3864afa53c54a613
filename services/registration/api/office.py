"""What every route of registration works with, and how staff's acts reach the store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from fastapi import Request

from services.registration.domain import Decision, State
from services.registration.identities import Identities
from services.registration.promotion import move_up
from services.registration.store import Audit, Commit, Queries, Reader, Store, Wanted
from shared.access import Access, Actor
from shared.clock import Clock, random_id
from shared.http import not_found

T = TypeVar("T")
IDEMPOTENCY_KEY = "Idempotency-Key"


@dataclass(frozen=True)
class Office:
    store: Store
    queries: Queries
    identities: Identities
    access: Access
    clock: Clock

    def staff(self, request: Request, gathering_id: str, *roles: str) -> Actor:
        """Who calls; a `Problem` if they may not."""
        actor = self.access.actor(request)
        actor.must_cover(gathering_id)
        actor.must_be(*roles)
        return actor

    def act_id(self, request: Request, gathering_id: str) -> str:
        """One act has one id: a repeat with the same Idempotency-Key is the same act."""
        key = request.headers.get(IDEMPOTENCY_KEY) or random_id()
        return self.identities.act(gathering_id, request.method, request.url.path, key)

    def audit(self, actor: Actor, action: str, on: str, note: str | None = None) -> Audit:
        return Audit(self.clock.now(), actor.subject, actor.role, action, on, note)

    async def alone(
        self,
        gathering_id: str,
        wanted: Wanted,
        work: Callable[[State, Reader], Awaitable[tuple[Commit | None, T]]],
    ) -> T:
        """Decide on the gathering with nobody else writing to it; 404 unless it was ever published."""

        async def with_state(reader: Reader) -> tuple[Commit | None, T]:
            state = (await reader.load({gathering_id: wanted}))[gathering_id]
            if state.definition is None:
                raise not_found()
            return await work(state, reader)

        return await self.store.alone(gathering_id, with_state)

    async def settled(self, commit: Commit, reader: Reader, cause: str) -> Commit:
        """The same with whoever moves up because of it."""
        state, promoted, tasks = await move_up(reader, commit.after, self.clock.now(), cause)
        decisions: list[Decision] = [*commit.decisions, *promoted]
        return replace(commit, after=state, decisions=decisions, tasks=[*commit.tasks, *tasks])
