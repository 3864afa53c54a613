"""What every route works with, and how staff's acts reach the store."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import orjson
from fastapi import Request

from services.scheduling import views
from services.scheduling.domain import (
    Act,
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
from shared.http import (
    Body,
    as_model,
    idempotency_mismatch,
    not_found,
    parse_json,
    request_id_of,
    require_json,
)
from shared.messages.gathering.reading import Reading, read_as
from shared.people import People, Person
from shared.seal import BrokenSeal, Seal
from shared.telemetry import get_logger
from shared.tokens import Role, Tokens

log = get_logger(__name__)

IDEMPOTENCY_KEY = "Idempotency-Key"
READERS = frozenset({Role.ORGANISER, Role.AUDITOR, Role.ADMIN})  # of what people have
B = TypeVar("B", bound=Body)
Check = Callable[[Diary], None]  # raises a `Problem` where the act may not be
Answer = dict[str, Any]
View = Callable[[Outcome], Answer]  # of what an act came to: kept with it, so no text of anybody's


def anything(_: Diary) -> None:
    """Whatever stands then, it may be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of staff. Sent again with its Idempotency-Key it has the same id, and must ask the same."""

    id: str
    digest: str
    request_id: str


class _DoneBeforeError(Exception):
    """Nothing is written for a repeat: it ends the transaction with the answer of the first time."""

    def __init__(self, act: Act) -> None:
        super().__init__(act.id)
        self.act = act


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
        """For whoever holds it now, not for who was erased or handed it on; and for staff who may read of people."""
        found = await self.store.registration(registration_id)
        if found is None or not actor.covers(found.gathering_id):
            raise not_found()
        holds = actor.registration_id == registration_id and found.opens_to(actor.generation) and not found.erased
        if not (holds if actor.role == Role.ATTENDEE else actor.role in READERS):
            raise not_found()
        return replace(found, generation=actor.generation) if holds else found  # a key may be ahead of its fact

    async def asked(self, request: Request, gathering_id: str) -> Asked:
        key = request.headers.get(IDEMPOTENCY_KEY) or random_id()
        act_id = self.tokens.identity("act", gathering_id, request.method, request.url.path, key)
        digest = self.tokens.identity("asked", gathering_id, hashlib.sha256(await request.body()).hexdigest())
        return Asked(act_id, digest, request_id_of(request))

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
        asked: Asked,
        action: tuple[str, ...],
        view: View,
        check: Check = anything,
    ) -> Answer:
        """Decide an act of staff with nobody else writing to the gathering; `action` is what the audit says.

        What is done, to what, and why if that must be said. An act that cannot be is a `Problem`, and leaves no trace.
        What `view` shows of it is kept with its effect: repeated, it has the same answer and no further effect.
        """
        at = self.clock.now()
        command = Command(order, cause=asked.id, at=at, correlation_id=asked.request_id)
        names = wanted([command])
        names.acts.add(asked.id)

        def decided(diary: Diary) -> Outcome:
            if diary.gathering is None:
                raise not_found()
            if (before := diary.acts.get(asked.id)) is not None:
                raise _DoneBeforeError(before)
            check(diary)
            outcome = settle(diary, [command])
            for one in outcome.decided:
                if isinstance(one.fact, Declined):
                    raise views.declined(one.fact)
                if isinstance(one.fact, Stale):
                    raise views.stale(one.fact)
            act = Act(asked.id, asked.digest, orjson.dumps(view(outcome)).decode())
            return replace(outcome, after=replace(outcome.after, acts={act.id: act}))

        audit = Audit(random_id(), at, actor.subject, actor.role, *action)
        try:
            outcome = await self.store.alone(gathering_id, names, decided, at, audit)
            act = outcome.after.acts[asked.id]
        except _DoneBeforeError as repeat:
            act = repeat.act
        if act.digest != asked.digest:
            raise idempotency_mismatch()
        answer: Answer = orjson.loads(act.answer)
        return answer

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


async def read_in_zone(request: Request, model: type[B], gathering: Gathering) -> B:
    """A body whose times, where they carry no offset, are wall time in the gathering's zone."""
    require_json(request)
    definition = gathering.definition
    with read_as(Reading(ZoneInfo(definition.timezone), definition.languages[0])):
        return as_model(parse_json(await request.body()), model)
