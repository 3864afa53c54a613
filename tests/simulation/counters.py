"""The people at the doors and the desks of the simulation."""

import random
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from services.checkin.domain import Scan
from services.checkin.doors import Doors
from services.scheduling.domain import (
    BlockDesk,
    Command,
    DraftAgenda,
    MoveBooking,
    PublishAgenda,
    ReleaseBooking,
    ReportMissed,
    Side,
    UnblockDesk,
    WalkIn,
    settle,
    wanted,
)
from shared.http import Problem
from shared.messages.gathering import ReleaseLabel
from tests.simulation.gatherings import DEFINITIONS, slots
from tests.simulation.house import House, Replica
from tests.simulation.journal import Journal
from tests.support.checkin import numbering

Call = tuple[str, Callable[[], Awaitable[object]]]  # what is done, for the trace, and how


class Caller:
    """What everybody who calls an owner needs."""

    def __init__(self, house: House, draw: random.Random, journal: Journal) -> None:
        self._house = house
        self._draw = draw
        self._journal = journal
        self._count = 0

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}"

    def _someone(self) -> tuple[str, str]:
        """A gathering, and somebody who applied for it."""
        gathering = self._draw.choice([*DEFINITIONS])
        known = self._journal.applied[gathering]
        return gathering, self._draw.choice(known[-15:]).id if known else "nobody"


class Counters(Caller):
    def _scan(self, replica: Replica) -> Call:
        gathering, who = self._someone()
        kept = self._house.kept["registration"].registrations.values()
        places = [one for one in kept if any((s.mode, s.status) == ("in-person", "confirmed") for s in one.parts)]
        if places and self._draw.random() < 0.8:
            found = self._draw.choice(places)
            gathering, who = found.gathering_id, found.id
        door = self._draw.choice(DEFINITIONS[gathering].doors).door
        scan_id = self._name("scan")
        if self._journal.scans and self._draw.random() < 0.2:
            scan_id = self._draw.choice([*self._journal.scans])
            _, gathering, who, door = self._journal.scans[scan_id][0]
        else:
            self._journal.scans[scan_id] = [("asked", gathering, who, door)]
        by_number = self._draw.random() < 0.5
        doors: Doors = replica.parts

        async def work() -> None:
            found = (await replica.port.gatherings([gathering])).get(gathering)
            if found is None:
                return
            scan = Scan(
                scan_id,
                gathering,
                door,
                f"{gathering}/{who}/{door}",
                self._house.clock.now(),
                "controller",
                "door",
                number=numbering(who, 0) if by_number else None,
                registration_id=None if by_number else who,
            )
            opened = next(one for one in found.definition.doors if one.door == door)
            admission = (await doors.scan(scan, found, opened)).admission
            self._journal.scans[scan_id].append((admission.outcome, admission.reason))

        return f"{scan_id}: {who} at {gathering}'s {door}", work

    def _at_desk(self, replica: Replica) -> Call:
        gathering, who = self._someone()
        booked = self._journal.booked[gathering]
        known = self._draw.choice(booked[-10:]) if booked else None
        slot, name = self._draw.choice(slots(gathering)), self._name("walk")
        desks = DEFINITIONS[gathering].helpdesk.desks
        desk = self._draw.choice(desks)
        orders: list[Any] = [WalkIn(name, who, desk.desk), WalkIn(name, who, slot.rpartition("-")[0], slot)]
        starts = self._draw.choice(desk.slots())[0]
        orders.append(BlockDesk(name, desk.desk, starts, desk.closes, elsewhere=self._draw.random() < 0.5))
        blocks = [one.id for one in self._house.kept["scheduling"].blocks.values() if one.gathering_id == gathering]
        orders += [UnblockDesk(self._draw.choice(blocks))] * 2 if blocks else []
        if known is not None:
            about = (known.id, known.registration_id)
            orders += [ReleaseBooking(*about), MoveBooking(*about, slot), ReportMissed(*about, Side.ATTENDEE)]
        order = self._draw.choice(orders)
        return f"{order}", self._ordered(replica, gathering, order)

    def _agenda(self, replica: Replica) -> Call:
        gathering = self._draw.choice([*DEFINITIONS])
        sessions = DEFINITIONS[gathering].agenda.sessions
        some = tuple(one for one in sessions if self._draw.random() < 0.5)
        order = self._draw.choice((DraftAgenda(some), PublishAgenda(ReleaseLabel.OFFICIAL)))
        return f"{type(order).__name__} of {gathering}", self._ordered(replica, gathering, order)

    def _ordered(self, replica: Replica, gathering: str, order: Any) -> Callable[[], Awaitable[object]]:
        cause = self._name("order")
        self._journal.ordered.add(cause)

        def decided(command: Command, diary: Any) -> Any:
            if diary.gathering is None or getattr(order, "desk", None) not in {None, *diary.gathering.desks}:
                raise Problem(404, "not-found", "simulated")
            return settle(diary, [command])

        async def work() -> None:
            now = self._house.clock.now()
            command = Command(order, cause=cause, at=now)
            await replica.port.alone(gathering, wanted([command]), partial(decided, command), now)

        return work
