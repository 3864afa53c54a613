"""One process of registration over a real MongoDB, as far as it decides, and submissions as the gateway writes them."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from services.registration.domain import Decision, under
from services.registration.handlers import Handlers
from services.registration.identities import Identities
from services.registration.store import Commit, Gathering, MongoStore, Queries, Reader, Wanted
from services.registration.tasks import Tasks
from shared.bus import Reply
from shared.clock import Clock
from shared.errors import LostRace
from shared.kafka import Producer
from shared.leases import Lease
from shared.messages import Message
from shared.messages.envelope import Received, ReplyTo, Wire
from shared.messages.gathering import Definition
from shared.messages.registration import (
    CancellationSubmitted,
    ChangeSubmitted,
    GatheringPublished,
    RegistrationSubmitted,
    Wish,
)
from shared.mongo import Mongo
from shared.outbox import Outbox, by_gathering
from shared.seal import Seal
from shared.settings import Settings
from shared.tokens import Tokens
from tests.support.nowhere import NOWHERE
from tests.support.registration import AT, GATHERING

TO = ReplyTo(0, "somebody")


class StandingClock(Clock):
    """Foyer's time stands where a test puts it."""

    at = AT

    def now(self) -> Any:
        return self.at


@dataclass
class Replica:
    """One process of the service, as far as it decides."""

    mongo: Mongo
    store: MongoStore
    outbox: Outbox
    handlers: Handlers
    tasks: Tasks
    clock: StandingClock
    seal: Seal
    tokens: Tokens
    offsets: "itertools.count[int]" = field(default_factory=itertools.count)

    def submission(self, name: str, *wishes: tuple[str, str], email: str | None = None, **about: Any) -> Message:
        personal = {
            "attendee": {"name": name, "email": email or f"{name}@example.org"},
            "answers": about.pop("answers", {"diet": "none"}),
            "consents": {"privacy": True},
            "membership_code": None,
            "invitation": about.pop("invitation", None),
        }
        given: dict[str, Any] = {"accepted_at": AT, "key": f"key-{name}", "delegation": None} | about
        return RegistrationSubmitted(
            gathering_id=GATHERING,
            registration_id=name,
            parts=tuple(Wish(part=part, mode=mode) for part, mode in wishes),
            sealed=self.seal.seal(personal, name),
            **given,
        )

    def cancellation(self, name: str, number: int = 1) -> Message:
        return CancellationSubmitted(
            gathering_id=GATHERING,
            registration_id=name,
            accepted_at=AT,
            key=f"key-{name}-x{number}",
            id=f"{name}-x{number}",
            generation=0,
        )

    def change(self, name: str, *wishes: tuple[str, str], number: int = 1) -> Message:
        return ChangeSubmitted(
            gathering_id=GATHERING,
            registration_id=name,
            accepted_at=AT,
            key=f"key-{name}-c{number}",
            id=f"{name}-c{number}",
            generation=0,
            parts=tuple(Wish(part=part, mode=mode) for part, mode in wishes),
        )

    def substitution(self, name: str, email: str, number: int = 1) -> Message:
        personal = {"attendee": {"name": f"instead of {name}", "email": email}}
        change = self.change(name, number=number)
        return change.model_copy(update={"sealed": self.seal.seal(personal, f"{name}-c{number}")})

    def received(self, *messages: Message) -> list[Received[Message]]:
        return [
            Received(
                message,
                id=f"m-{message.subject()}",
                subject=message.subject(),
                time=AT,
                topic=message.topic,
                partition=0,
                offset=next(self.offsets),
                reply_to=TO,
            )
            for message in messages
        ]

    async def hear(self, *messages: Message) -> Sequence[Reply]:
        """One batch, as often as it takes."""
        batch = self.received(*messages)
        while True:
            try:
                return await self.handlers(batch)
            except LostRace:
                continue

    async def put(self, definition: Definition) -> None:
        async def work(reader: Reader) -> tuple[Commit, None]:
            before = (await reader.load({GATHERING: Wanted()}))[GATHERING]
            version = before.ledger.definition_version + 1
            after = under(before, definition, version, await reader.confirmed_by_delegation(GATHERING))
            fact = GatheringPublished(gathering_id=GATHERING, version=version, definition=definition.public())
            gathering = Gathering(GATHERING, version, definition, version, definition)
            return Commit(before, after, [Decision(f"put-{version}", (fact,))], gathering=gathering), None

        await self.store.alone(GATHERING, work)

    async def told(self) -> list[Wire]:
        """Everything in the outbox, in the order of publication."""
        found = self.mongo["outbox"].find({}).sort("_id", 1)
        return [Wire.from_document(message) async for one in found for message in one["messages"]]


def replica(url: str, database: str, secrets: Path, number: int) -> Replica:
    clock = StandingClock()
    mongo = Mongo(url, f"registration_{database}")
    outbox = Outbox(mongo, Producer(Settings(kafka=NOWHERE)), clock, by_gathering, f"r{number}")
    tokens = Tokens(secrets)
    store = MongoStore(mongo, outbox, tokens, clock)
    seal = Seal.for_service(secrets, "registration")
    handlers = Handlers(store, seal, Identities(tokens))
    lease = Lease(mongo, "tasks", f"r{number}", clock, timedelta(seconds=10))
    return Replica(mongo, store, outbox, handlers, Tasks(store, Queries(mongo), lease, clock), clock, seal, tokens)
