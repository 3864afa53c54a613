"""The services' databases: the fakes of the component tests, which outlive processes, and each process's way to them.

A port is what MongoStore is: reads of more than one moment, a write that is one moment, facts kept with the write.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from services.checkin.store import Commit as CheckinCommit
from services.notifications.store import Ended, Loaded
from services.registration.domain import Ledger, State
from services.registration.store import Commit, Reader, Wanted
from services.scheduling.domain import Ledger as DeskLedger
from services.scheduling.domain import Outcome
from shared.clock import Clock
from shared.errors import LostRace
from shared.messages.envelope import encode
from shared.outbox import Entry, Outbox
from tests.simulation.faults import Steps

T = TypeVar("T")
Committed = Callable[[Sequence[Entry]], None]
PATIENCE = 20  # tries of a staff call or a timer
TRANSACTION: Any = object()  # what is written in one comes with the rest of it


class Port:
    """Every read of the database is a step."""

    def __init__(self, kept: Any, outbox: Outbox, steps: Steps, clock: Clock, committed: Committed) -> None:
        self.kept = kept
        self._outbox = outbox
        self._steps = steps
        self._clock = clock
        self._committed = committed

    def __getattr__(self, name: str) -> Any:
        read = getattr(self.kept, name)

        async def stepped(*given: Any, **named: Any) -> Any:
            await self._steps.call()
            return await read(*given, **named)

        return stepped

    async def _keep(self, entries: Iterable[Entry]) -> list[Entry]:
        """In the same moment as the write they tell of."""
        said = [entry for entry in entries if entry.wires]
        await self._outbox.insert(said, TRANSACTION)
        self._committed(said)
        return said


class RegistrationPort(Port):
    """With the memory of ledgers that the one on MongoDB has, and the one turn at a time for staff."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._cached: dict[str, Ledger] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def begin(self, wanted: Mapping[str, Wanted]) -> dict[str, State]:
        ledgers = {one: self._cached.get(one) or self.kept.ledgers.get(one) or Ledger(one) for one in wanted}
        await self._steps.call()
        states: dict[str, State] = await self.kept.load(wanted)
        for one, state in states.items():
            if state.ledger.definition_version != ledgers[one].definition_version:
                self._cached.pop(one, None)
                raise LostRace("the definition was published anew")
        return {one: replace(state, ledger=ledgers[one]) for one, state in states.items()}

    async def commit(self, commits: Sequence[Commit]) -> None:
        try:
            await self._steps.writing()
            await self.kept.commit(commits)
            entries = await self._keep(self._entry(commit) for commit in commits)
            await self._steps.written()
        except LostRace:
            for commit in commits:
                self._cached.pop(commit.before.ledger.gathering_id, None)
            raise
        for commit in commits:
            ledger = self.kept.ledgers[commit.before.ledger.gathering_id]
            self._cached[ledger.gathering_id] = ledger
        self._outbox.publish_soon(entries)

    async def alone(self, gathering_id: str, work: Callable[[Reader], Awaitable[tuple[Commit | None, T]]]) -> T:
        reader: Any = self
        async with self._turns[gathering_id]:
            for _ in range(PATIENCE):
                began = self.kept.ledgers.get(gathering_id, Ledger(gathering_id)).version
                commit, result = await work(reader)
                if commit is None:
                    return result
                if commit.before.ledger.version != began:
                    continue  # a transaction reads as of its beginning
                try:
                    await self.commit([commit])
                except LostRace:
                    continue
                return result
        raise LostRace("other writers keep winning")

    def _entry(self, commit: Commit) -> Entry:
        ledger, now = commit.before.ledger, self._clock.now()
        said = [(decision.cause, fact) for decision in commit.decisions for fact in decision.facts]
        wires = (
            encode(fact, cause=cause, time=now, sequence=number, correlation_id=commit.correlations.get(cause))
            for number, (cause, fact) in enumerate(said, start=ledger.sequence + 1)
        )
        return Entry(f"{ledger.gathering_id}:{ledger.sequence + 1:016d}", tuple(wires))

    async def open_tasks(self) -> list[Any]:
        await self._steps.call()
        return [*self.kept.tasks.values()]

    async def links_asked_for(self) -> list[Any]:
        return []  # nobody loses one here

    async def published(self) -> list[str]:
        await self._steps.call()
        return [*self.kept.gatherings]

    async def same_person(self, one: Any) -> frozenset[str]:
        await self._steps.call()
        own = (other for other in self.kept.registrations.values() if other.gathering_id == one.gathering_id)
        return frozenset([one.id, *(other.id for other in own if other.person == one.person)])


class SchedulingPort(Port):
    async def load(self, wanted: Mapping[str, Any]) -> dict[str, Any]:
        ledgers = {one: self.kept.ledgers.get(one, DeskLedger(one)) for one in wanted}
        await self._steps.call()
        diaries = await self.kept.load(wanted)
        return {one: replace(diary, ledger=ledgers[one]) for one, diary in diaries.items()}

    async def commit(self, outcomes: Sequence[Outcome], at: Any) -> None:
        if any(outcome.decided for outcome in outcomes):
            await self._write(lambda: self.kept.commit(outcomes, at))

    async def alone(self, *given: Any) -> Outcome:
        for _ in range(PATIENCE):
            try:
                outcome: Outcome = await self._write(lambda: self.kept.alone(*given))
            except LostRace:
                continue
            return outcome
        raise LostRace("other writers keep winning")

    async def _write(self, write: Callable[[], Awaitable[T]]) -> T:
        await self._steps.writing()
        known = len(self.kept.said)
        written = await write()
        entries = await self._keep(self.kept.said[known:])
        await self._steps.written()
        self._outbox.publish_soon(entries)
        return written


class CheckinPort(Port):
    async def commit(self, commit: CheckinCommit) -> None:
        await self._steps.writing()
        await self.kept.commit(commit)
        wires = tuple(
            encode(
                one.message, cause=one.cause, time=one.time, sequence=one.sequence, correlation_id=one.correlation_id
            )
            for one in commit.said
        )
        entries = await self._keep([Entry(f"{self._clock.wall():%Y%m%dT%H%M%S.%f}", wires)])
        await self._steps.written()
        self._outbox.publish_soon(entries)


class NotificationsPort(Port):
    """The fake knows one sender at a time: it is told which."""

    def __init__(self, *given: Any, owner: str) -> None:
        super().__init__(*given)
        self._owner = owner

    def __getattr__(self, name: str) -> Any:
        stepped = super().__getattr__(name)

        async def owned(*given: Any, **named: Any) -> Any:
            await self._steps.call()
            self.kept._owner = self._owner
            return await getattr(self.kept, name)(*given, **named)

        return owned if name in {"claim", "prolong", "put_off"} else stepped

    async def commit(self, loaded: Loaded, outcome: Any) -> int:
        await self._steps.writing()
        fresh: int = await self.kept.commit(loaded, outcome)
        await self._steps.written()
        return fresh

    async def spread(self, *given: Any) -> None:
        await self._steps.writing()
        await self.kept.spread(*given)
        await self._steps.written()

    async def end(self, ended: Ended) -> bool:
        await self._steps.writing()
        done: bool = await self.kept.end(ended)
        if done:
            wire = encode(ended.fact, cause=ended.notification.cause_id, time=ended.at, sequence=1)
            entries = await self._keep([Entry(ended.notification.id, (wire,))])
            await self._steps.written()
            self._outbox.publish_soon(entries)
        return done
