"""Scans that arrive within a moment of each other are decided together and committed as one transaction."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from services.checkin.domain import Admission, Gathering, Scan, ScanReusedError, Ticket, decide, evolve
from services.checkin.store import Commit, Said, Store
from shared.clock import Clock
from shared.errors import LostRace
from shared.messages.gathering import Door

TOGETHER = 0.003  # seconds that the first scan of a crowd waits for others
AT_MOST = 200
ATTEMPTS = 8


@dataclass(frozen=True)
class Answer:
    """What the door says, and to whom: nobody for a ticket that is none."""

    admission: Admission
    ticket: Ticket | None
    name: "asyncio.Future[str | None] | None"  # on its way while the admission is committed


@dataclass(frozen=True)
class _Call:
    scan: Scan
    door: Door
    gathering: Gathering
    request_id: str | None
    answer: "asyncio.Future[Answer]"


@dataclass
class _Work:
    """What one transaction holds."""

    tickets: list[tuple[Ticket, Ticket]] = field(default_factory=list)
    admissions: list[Admission] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    answers: list[tuple["asyncio.Future[Answer]", Answer | ScanReusedError]] = field(default_factory=list)


class Doors:
    """All doors of one process. Whoever calls gets the answer once it is committed."""

    def __init__(self, store: Store, clock: Clock, name_of: Callable[[str], Awaitable[str | None]]) -> None:
        self._store = store
        self._clock = clock
        self._name_of = name_of
        self._calls: list[_Call] = []
        self._turn: asyncio.Task[None] | None = None
        self._is_crowded = False

    async def scan(self, scan: Scan, gathering: Gathering, door: Door, request_id: str | None = None) -> Answer:
        """Raises ScanReusedError, Unavailable, or LostRace when others kept winning."""
        call = _Call(scan, door, gathering, request_id, asyncio.get_running_loop().create_future())
        self._calls.append(call)
        if self._turn is None or self._turn.done():
            self._turn = asyncio.create_task(self._take_turns())
        return await call.answer

    async def _take_turns(self) -> None:
        """One transaction after another; what arrives during one makes up the next. Nobody waits for a crowd of one."""
        if self._is_crowded:
            await asyncio.sleep(TOGETHER)
        while self._calls:
            calls, self._calls = self._calls[:AT_MOST], self._calls[AT_MOST:]
            self._is_crowded = len(calls) > 1
            await self._answer(calls)

    async def _answer(self, calls: Sequence[_Call]) -> None:
        try:
            work = await self._decided(calls)
        except Exception as error:  # noqa: BLE001 - each caller is told, and the next turn is taken
            for call in calls:
                if not call.answer.done():
                    call.answer.set_exception(error)
            return
        for answer, found in work.answers:
            if answer.done():  # the caller hung up; a repeat of the scan gets the same answer
                continue
            if isinstance(found, Answer):
                answer.set_result(found)
            else:
                answer.set_exception(found)

    async def _decided(self, calls: Sequence[_Call]) -> _Work:
        for attempt in range(1, ATTEMPTS + 1):
            work = await self._decide(calls)
            try:
                if work.admissions:
                    await self._store.commit(
                        Commit({}, tuple(work.tickets), tuple(work.admissions), said=tuple(work.said))
                    )
            except LostRace:
                if attempt == ATTEMPTS:
                    raise
                await asyncio.sleep(TOGETHER * attempt)
            else:
                return work
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    async def _decide(self, calls: Sequence[_Call]) -> _Work:
        work = _Work()
        by_gathering: dict[str, list[_Call]] = defaultdict(list)
        for call in calls:
            by_gathering[call.scan.gathering_id].append(call)
        for gathering_id, together in by_gathering.items():
            doors = loaded = await self._store.doors(gathering_id, [call.scan for call in together])
            for call in together:
                try:
                    admission = decide(doors, call.scan, call.gathering.definition, call.door)
                except ScanReusedError as reused:
                    work.answers.append((call.answer, reused))
                    continue
                if call.scan.scan_id not in doors.answered:
                    work.admissions.append(admission)
                doors, facts = evolve(doors, admission, call.door.part)
                cause = f"{gathering_id}/scans/{call.scan.scan_id}"
                at = self._clock.now()
                work.said += [Said(fact, cause, at, correlation_id=call.request_id) for fact in facts]
                ticket = doors.tickets.get(admission.registration_id or "")
                name = None if ticket is None else asyncio.ensure_future(self._name_of(ticket.registration_id))
                work.answers.append((call.answer, Answer(admission, ticket, name)))
            work.tickets += [
                (loaded.tickets[key], after) for key, after in doors.tickets.items() if after != loaded.tickets[key]
            ]
        return work
