"""Rules of ours, each broken on purpose: what the judges do not notice, they do not judge."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from aiokafka import TopicPartition

import services.checkin.handlers
import services.registration.domain.answering
import services.registration.domain.selecting
import services.registration.domain.waiting
import services.registration.handlers
import services.scheduling.domain.deciding
import services.scheduling.domain.placing
from services.checkin.domain import Ticket, hear
from services.notifications.briefing import Briefings
from services.notifications.domain import Suppression, decisions
from services.notifications.domain.reminders import reminders
from services.notifications.mails.letter import Brief
from services.registration.domain import PoolKey, State, decide
from services.registration.domain.places import free_for
from services.registration.handlers import Handlers
from services.scheduling.domain import Booking, Outcome
from services.scheduling.domain.answering import answer
from services.scheduling.domain.slots import claims_of
from services.scheduling.store.writing import entries
from shared.bus import Bus
from shared.errors import LostRace
from shared.outbox import Outbox
from tests.component.scheduling.memory import MemoryStore
from tests.simulation.gatherings import OPENS
from tests.simulation.stores import RegistrationPort
from tests.simulation.world import World
from tests.support.registration_store import FakeStore

Mutant = Callable[[ExitStack, World], None]


def put(stack: ExitStack, where: Any, name: str, what: Any) -> None:
    stack.enter_context(patch.object(where, name, what))


def offsets_before_handling(stack: ExitStack, _: World) -> None:
    deliver = Bus._deliver

    async def early(self: Bus, consumer: Any, records: Sequence[Any]) -> None:
        await consumer.commit({TopicPartition(one.topic, one.partition): one.offset + 1 for one in records})
        await deliver(self, consumer, records)

    put(stack, Bus, "_deliver", early)


def inbox_off(stack: ExitStack, _: World) -> None:
    """Registration decides again what it has answered."""

    def again(state: State, command: Any, cause: str) -> Any:
        others = {key: one for key, one in state.registrations.items() if key != command.id}
        keys = {key: one for key, one in state.keys.items() if one != command.id}
        return decide(replace(state, registrations=others, keys=keys, answered=frozenset()), command, cause)

    put(stack, services.registration.handlers, "decide", again)


def requests_answered_again(stack: ExitStack, _: World) -> None:
    """The same in scheduling."""

    def again(diary: Any, command: Any, request: Any) -> Any:
        return answer(replace(diary, answers={}, keys={}), command, request)

    put(stack, services.scheduling.domain.deciding, "answer", again)


def fence_down(stack: ExitStack, _: World) -> None:
    """Registration writes its ledger whoever wrote it meanwhile."""
    commit = FakeStore.commit

    async def unfenced(self: FakeStore, commits: Sequence[Any]) -> None:
        fresh = [
            replace(one, before=replace(one.before, ledger=replace(one.before.ledger, version=known.version)))
            if (known := self.ledgers.get(one.before.ledger.gathering_id)) is not None
            else one
            for one in commits
        ]
        await commit(self, fresh)

    put(stack, FakeStore, "commit", unfenced)


def read_then_write(stack: ExitStack, _: World) -> None:
    """Scheduling takes what it read for what is there: neither its ledger nor its claims are compared."""

    async def written(self: MemoryStore, outcomes: Sequence[Outcome], at: Any) -> None:
        changed = [outcome for outcome in outcomes if outcome.decided]
        for outcome in changed:
            self._write(outcome)
        self.said += entries(changed, at)

    put(stack, MemoryStore, "commit", written)


def published_before_commit(stack: ExitStack, _: World) -> None:
    commit = RegistrationPort.commit

    async def early(self: RegistrationPort, commits: Sequence[Any]) -> None:
        self._outbox.publish_soon([self._entry(one) for one in commits])
        await commit(self, commits)

    put(stack, RegistrationPort, "commit", early)


def outbox_forgets(stack: ExitStack, _: World) -> None:
    """What a crash left is nobody's business any more."""

    async def nothing(self: Outbox) -> None:
        """It never sweeps."""

    async def alone(self: Outbox, entries: Sequence[Any]) -> Sequence[Any]:  # noqa: ARG001
        return entries

    put(stack, Outbox, "_sweep", nothing)
    put(stack, Outbox, "_with_older", alone)


def one_place_too_many(stack: ExitStack, _: World) -> None:
    def generous(state: State, key: PoolKey, delegation: str | None, at: Any) -> bool:
        count = state.count(key)
        pools = {**state.ledger.pools, key: replace(count, confirmed=count.confirmed - 1)}
        return free_for(replace(state, ledger=replace(state.ledger, pools=pools)), key, delegation, at)

    put(stack, services.registration.domain.answering, "free_for", generous)


def quota_off(stack: ExitStack, _: World) -> None:
    domain = services.registration.domain
    for module in (domain.answering, domain.waiting, domain.selecting):
        put(stack, module, "at_quota", lambda *_: False)


def deadline_by_the_clock(stack: ExitStack, world: World) -> None:
    """It is held against when it is decided, not when it was accepted."""
    command = Handlers._command

    def late(self: Handlers, received: Any) -> Any:
        return replace(command(self, received), accepted_at=world.house.clock.now())

    put(stack, Handlers, "_command", late)


def last_come_first_served(stack: ExitStack, _: World) -> None:
    queue = services.registration.domain.waiting._queue

    def reversed_(state: State, key: PoolKey) -> list[tuple[int, str]]:
        return [(-position, one) for position, one in queue(state, key)]

    put(stack, services.registration.domain.waiting, "_queue", reversed_)


def claims_of_one_side(stack: ExitStack, _: World) -> None:
    """A meeting keeps its attendee busy, and not its expert."""

    def theirs(self: Booking) -> frozenset[str]:
        slot = self.slot
        times = (self.gathering_id, slot.starts_at, slot.ends_at)
        return claims_of(*times, attendee=self.registration_id) if self.live else frozenset()

    put(stack, Booking, "claims", property(theirs))


def expert_without_end(stack: ExitStack, _: World) -> None:
    """Whatever a desk says that its expert takes in all."""
    put(stack, services.scheduling.domain.placing, "is_full", lambda *_: False)


def time_never_given_back(stack: ExitStack, _: World) -> None:
    """A block goes, and what it claimed does not."""
    freed: Callable[[Outcome], Any] = vars(Outcome)["freed"].func

    def kept(self: Outcome) -> Any:
        return {who: claims for who, claims in freed(self).items() if who not in self.before.blocks}

    put(stack, Outcome, "freed", property(kept))


def useless_offers_stand(stack: ExitStack, _: World) -> None:
    put(stack, services.scheduling.domain.deciding, "unusable", lambda *_: ())


def older_replaces_newer(stack: ExitStack, _: World) -> None:
    """The door believes whatever it heard last."""

    def gullible(ticket: Ticket, fact: Any, numbering: Any) -> Ticket:
        return hear(replace(ticket, version=0), fact, numbering)

    put(stack, services.checkin.handlers, "hear", gullible)


def random_mails(stack: ExitStack, world: World) -> None:
    """A mail's id is not made from its cause."""
    put(stack, decisions, "notification_id", lambda *_: f"mail-{world.draw.random()}")


def reminded_however_late(stack: ExitStack, _: World) -> None:
    """Also of what was booked within the last day."""
    put(stack, decisions, "reminders", lambda mails, _: reminders(mails, OPENS - timedelta(days=1)))


def lost_race_is_nothing(stack: ExitStack, _: World) -> None:
    """Whoever lost goes on as if they had won."""
    handle = Bus._handle

    async def careless(self: Bus, batch: Any, *rest: Any) -> Any:
        process: Callable[[Any], Awaitable[Any]] = self._process

        async def tried(some: Any) -> Any:
            try:
                return await process(some)
            except LostRace:
                return []

        self._process = tried
        try:
            return await handle(self, batch, *rest)
        finally:
            self._process = process

    put(stack, Bus, "_handle", careless)


def handed_on_to_the_colleague(stack: ExitStack, _: World) -> None:
    """What is meant for whoever gave a registration up goes to whoever has it now."""

    async def now(self: Briefings, told: Any, definition: Any, edition: int) -> Any:
        person = await self._person(told.registration_id, definition)
        return Suppression.NO_ADDRESS if person is None else Brief(told, definition, person, edition=edition)

    put(stack, Briefings, "_former", now)


MUTANTS: dict[str, Mutant] = {
    mutant.__name__: mutant
    for mutant in (
        offsets_before_handling,
        inbox_off,
        requests_answered_again,
        fence_down,
        read_then_write,
        published_before_commit,
        outbox_forgets,
        one_place_too_many,
        quota_off,
        deadline_by_the_clock,
        last_come_first_served,
        claims_of_one_side,
        expert_without_end,
        time_never_given_back,
        useless_offers_stand,
        older_replaces_newer,
        random_mails,
        handed_on_to_the_colleague,
        reminded_however_late,
        lost_race_is_nothing,
    )
}


@contextmanager
def broken(mutant: Mutant, seed: int) -> Iterator[World]:
    """A world whose house has this fault."""
    world = World(seed)
    with ExitStack() as stack:
        mutant(stack, world)
        yield world
