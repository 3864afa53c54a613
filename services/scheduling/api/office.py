"""What every route works with, and how staff's acts reach the store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from fastapi import Request

from services.scheduling import views
from services.scheduling.domain import (
    Booking,
    Command,
    Declined,
    Diary,
    Gathering,
    Outcome,
    Registration,
    Stale,
    settle,
    wanted,
)
from services.scheduling.domain.requests import Order
from services.scheduling.feeds import Feeds
from services.scheduling.proposals import Proposals
from services.scheduling.rooms import Rooms
from services.scheduling.store import Audit, Store
from shared.access import HEADER, Access, Actor
from shared.clock import Clock, random_id
from shared.errors import Unavailable
from shared.http import not_found
from shared.people import People, Person
from shared.seal import BrokenSeal, Seal
from shared.telemetry import get_logger
from shared.tokens import Role, Tokens

log = get_logger(__name__)

IDEMPOTENCY_KEY = "Idempotency-Key"
READERS = frozenset({Role.ORGANISER, Role.AUDITOR, Role.ADMIN})  # of what people have
Check = Callable[[Diary], None]  # raises a `Problem` where the act may not be


def anything(_: Diary) -> None:
    """Whatever stands then, it may be."""


@dataclass(frozen=True)
class Office:
    store: Store
    people: People
    rooms: Rooms
    seal: Seal
    access: Access
    tokens: Tokens
    clock: Clock
    feeds: Feeds
    proposals: Proposals
    domain: str  # of calendar UIDs

    def staff(self, request: Request, gathering_id: str, *roles: str) -> Actor:
        """Who calls; a `Problem` if they may not."""
        actor = self.access.actor(request)
        actor.must_cover(gathering_id)
        actor.must_be(*roles)
        return actor

    def visitor(self, request: Request) -> Actor | None:
        """On a public page: who calls, if the gateway says so."""
        return self.access.actor(request) if HEADER in request.headers else None

    async def registration(self, actor: Actor, registration_id: str) -> Registration:
        """For whoever holds it now, not for whom it was taken over from; and for staff who may read of people."""
        found = await self.store.registration(registration_id)
        if found is None or not actor.covers(found.gathering_id):
            raise not_found()
        holds = actor.registration_id == registration_id and found.opens_to(actor.generation)
        if not (holds if actor.role == Role.ATTENDEE else actor.role in READERS):
            raise not_found()
        return replace(found, generation=actor.generation) if holds else found  # a key may be ahead of its fact

    def act_id(self, request: Request, gathering_id: str) -> str:
        """One act has one id: a repeat with the same Idempotency-Key is the same act."""
        key = request.headers.get(IDEMPOTENCY_KEY) or random_id()
        return self.tokens.identity("act", gathering_id, request.method, request.url.path, key)

    async def gathering(self, gathering_id: str) -> Gathering:
        found = await self.store.gathering(gathering_id)
        if found is None:
            raise not_found()
        return found

    async def act(
        self,
        gathering_id: str,
        actor: Actor,
        order: Order,
        act_id: str,
        action: tuple[str, ...],
        check: Check = anything,
    ) -> Outcome:
        """Decide an act of staff with nobody else writing to the gathering; `action` is what the audit says.

        What is done, to what, and why if that must be said. An act that cannot be is a `Problem`, and leaves no trace.
        """
        at = self.clock.now()
        command = Command(order, cause=act_id, at=at)

        def decided(diary: Diary) -> Outcome:
            if diary.gathering is None:
                raise not_found()
            check(diary)
            outcome = settle(diary, [command])
            for one in outcome.decided:
                if isinstance(one.fact, Declined):
                    raise views.declined(one.fact)
                if isinstance(one.fact, Stale):
                    raise views.stale(one.fact)
            return outcome

        audit = Audit(random_id(), at, actor.subject, actor.role, *action)
        return await self.store.alone(gathering_id, wanted([command]), decided, at, audit)

    def topic(self, booking: Booking) -> str | None:
        """What the meeting is about, in the person's words."""
        topic: str | None = self.opened(booking.topic, booking.id, "topic")
        return topic

    def opened(self, sealed: str | None, bound_to: str, field: str) -> Any:
        """What somebody wrote; nothing where it can no longer be opened."""
        if sealed is None:
            return None
        try:
            content: Any = self.seal.open(sealed, bound_to).get(field)
        except (BrokenSeal, Unavailable):
            log.warning("cannot be opened", of=bound_to, field=field)
            return None
        return content

    async def names(self, registration_ids: Iterable[str]) -> dict[str, Person]:
        """Whom registration can name now; without it a page is shown without names."""
        try:
            return await self.people.get(registration_ids)
        except Unavailable:
            return {}
