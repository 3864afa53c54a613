"""The house in memory: what survives a kill, and processes made as `app.py` and `shared/process.py` make them."""

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.checkin.doors import Doors
from services.checkin.handlers import HEARS as CHECKIN_HEARS
from services.checkin.handlers import Handlers as CheckinHandlers
from services.notifications.briefing import Briefings
from services.notifications.handlers import HEARS as NOTIFICATIONS_HEARS
from services.notifications.handlers import Handlers as NotificationsHandlers
from services.notifications.reminding import Reminding
from services.notifications.sender import Sender
from services.notifications.spreading import Spreading
from services.registration.api import Office
from services.registration.handlers import HEARS as REGISTRATION_HEARS
from services.registration.handlers import Handlers as RegistrationHandlers
from services.registration.tasks import Tasks
from services.scheduling.handlers import HEARS as SCHEDULING_HEARS
from services.scheduling.handlers import Handlers as SchedulingHandlers
from services.scheduling.rooms import Rooms
from services.scheduling.timers import Timers
from shared.bus import Bus, Process
from shared.errors import DeliveryError
from shared.leases import Lease
from shared.outbox import Outbox, by_gathering, by_subject
from shared.seal import Seal
from shared.settings import Settings
from tests.component.scheduling.memory import MemoryStore
from tests.simulation.broker import Broker, Consumer, Group, Producer
from tests.simulation.collection import Database, unsent
from tests.simulation.faults import Odds, Steps, turn
from tests.simulation.loop import Lane, Loop
from tests.simulation.outside import DOMAIN, MailServer, PlainIdentities, Registry, SimulatedClock, TicketTexts, compose
from tests.simulation.stores import CheckinPort, Committed, NotificationsPort, Port, RegistrationPort, SchedulingPort
from tests.support.checkin import FakeStore as CheckinStore
from tests.support.checkin import nameless, numbering
from tests.support.notifications import FakeStore as NotificationsStore
from tests.support.registration_store import FakeStore as RegistrationStore

SEAL = Seal("k", {"k": bytes(32)})
SETTINGS = Settings()
HEARS = {
    "registration": REGISTRATION_HEARS,
    "scheduling": SCHEDULING_HEARS,
    "checkin": CHECKIN_HEARS,
    "notifications": NOTIFICATIONS_HEARS,
}
SERVICES = tuple(HEARS)


class Replica:
    """One process of one service."""

    def __init__(self, house: "House", service: str, number: int) -> None:
        self.service = service
        self.name = f"{service}-{number}"
        self.lane = house.loop.lane(self.name)
        self.steps = Steps(house.draw, house.odds)
        self.consumer = Consumer(house.groups[service], house.draw)
        self._house = house
        mongo: Any = house.databases[service].of(self.steps)
        producer: Any = Producer(house.broker, self.steps)
        stream_of = by_gathering if service in {"registration", "scheduling"} else by_subject
        self.outbox = Outbox(mongo, producer, house.clock, stream_of, self.name)
        self._lease = Lease(mongo, "timers", self.name, house.clock, timedelta(seconds=10))
        self.parts: Any = None
        self.port: Any = None
        process, loops = getattr(self, f"_{service}")()
        self._bus = Bus(SETTINGS, service, HEARS[service], process, producer, self.outbox.settled)
        self._bus._subscriber.consumer = self.consumer
        for loop in (self._consume, self.outbox.run, *loops):
            house.loop.spawn(self.lane, self._keep(loop))

    def _ported(self, port: type[Port], **also: Any) -> Any:
        house = self._house
        self.port = port(house.kept[self.service], self.outbox, self.steps, house.clock, house.committed, **also)
        return self.port

    def _registration(self) -> tuple[Process, Sequence[Callable[[], Coroutine[Any, Any, None]]]]:
        port, identities = self._ported(RegistrationPort), PlainIdentities()
        nobody: Any = None
        self.parts = Office(port, port, identities, nobody, self._house.clock, nobody)
        tasks = Tasks(port, port, self._lease, self._house.clock)
        return RegistrationHandlers(port, SEAL, identities), [tasks.run]

    def _scheduling(self) -> tuple[Process, Sequence[Callable[[], Coroutine[Any, Any, None]]]]:
        port, people = self._ported(SchedulingPort), self._registry()
        rooms = Rooms(people, people, "https://foyer.example")
        handlers = SchedulingHandlers(port, self._house.clock, rooms, people.forget)
        return handlers.process, [Timers([handlers.give_up, handlers.lapse], self._lease).run]

    def _checkin(self) -> tuple[Process, Sequence[Callable[[], Coroutine[Any, Any, None]]]]:
        port, people = self._ported(CheckinPort), self._registry()
        self.parts = Doors(port, self._house.clock, nameless)
        handlers = CheckinHandlers(port, self._house.clock, numbering, people.forget)
        return handlers.process, [handlers.run]

    def _notifications(self) -> tuple[Process, Sequence[Callable[[], Coroutine[Any, Any, None]]]]:
        port, people, clock = self._ported(NotificationsPort, owner=self.name), self._registry(), self._house.clock
        sender = Sender(
            port,
            Briefings(people, TicketTexts()),
            self._house.mails.of(self.name, self.steps),
            compose,
            clock,
            address=f"desk@{DOMAIN}",
            domain=DOMAIN,
            lanes=2,
        )
        spreading = Spreading(port, clock, sender.woken)

        def wake() -> None:
            sender.woken.set()
            spreading.woken.set()

        loops = [sender.run, spreading.run, Reminding(port, sender.woken).run]
        return NotificationsHandlers(port, people.forget, wake, sender.rush).process, loops

    def _registry(self) -> Any:
        return Registry(self._house.kept["registration"], self.steps)

    async def _consume(self) -> None:
        while True:
            self.consumer.news.clear()
            if self.consumer.is_out:
                await self._bus._fence.on_partitions_revoked(set())
                self.consumer.join()
            if records := self.consumer.take():
                await self._bus._on_batch(records)
                await turn()
            else:
                await self.consumer.news.wait()

    async def _keep(self, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """A loop that fails is begun again, as the runtime does."""
        while True:
            try:
                await loop()
            except DeliveryError:
                await asyncio.sleep(1)
            except Exception as fault:
                self._house.broke(f"{self.name}: {getattr(loop, '__qualname__', loop)} failed: {fault!r}")
                raise


class House:
    """Four services of one or two processes each, over what outlives them."""

    def __init__(self, draw: random.Random, begins: datetime, committed: Committed) -> None:
        self.draw = draw
        self.odds = Odds()
        self.loop = Loop()  # type: ignore[abstract]
        self.clock = SimulatedClock(self.loop, begins)
        self.broker = Broker()
        self.groups = {name: Group(self.broker, {one.topic for one in HEARS[name]}) for name in SERVICES}
        self.databases = {name: Database() for name in SERVICES}
        self.kept: dict[str, Any] = {
            "registration": RegistrationStore(),
            "scheduling": MemoryStore(self.clock),
            "checkin": CheckinStore(self.clock),
            "notifications": NotificationsStore(self.clock),
        }
        self.mails = MailServer()
        self.committed = committed
        self.replicas: list[Replica] = []
        self.dead: list[Lane] = []
        self.faults: list[str] = []
        self._count = 0

    def broke(self, what: str) -> None:
        self.faults.append(what)

    def of(self, service: str) -> list[Replica]:
        return [one for one in self.replicas if one.service == service]

    def start(self, service: str) -> Replica:
        self._count += 1
        replica = Replica(self, service, self._count)
        self.replicas.append(replica)
        self.rebalance(service)
        return replica

    def kill(self, replica: Replica) -> None:
        self.loop.cut(replica.lane)
        self.dead.append(replica.lane)
        self.replicas.remove(replica)
        self.excuse(replica)

    def excuse(self, replica: Replica) -> None:
        """Mails that it handed over and had not recorded yet when it was killed or stopped may go again."""
        queued = {key for key, one in self.kept["notifications"].mails.items() if one.document["status"] == "queued"}
        mine = (mail for mail, owner in self.mails.sending.items() if owner == replica.name)
        self.mails.excused |= {mail for mail in mine if mail[1:].partition("@")[0] in queued}

    def rebalance(self, service: str) -> None:
        """Whoever is stopped has lost its session; it will find out when it goes on."""
        self.groups[service].assign([one.consumer for one in self.of(service) if not one.lane.stopped])

    def spawn(self, replica: Replica, work: Coroutine[Any, Any, Any]) -> None:
        self.loop.spawn(replica.lane, work)

    def come_to_peace(self, odds: Odds) -> None:
        self.odds.__dict__.update(odds.__dict__)

    def idle(self) -> bool:
        return not self.why_not_idle()

    def why_not_idle(self) -> list[str]:
        """What is still to be heard, decided, published or told."""
        kept, found = self.kept, []
        found += [f"{name} is {lag} records behind" for name, group in self.groups.items() if (lag := group.lag())]
        found += [f"{name} has facts unsent" for name, one in self.databases.items() if unsent(one)]
        mails = kept["notifications"].mails.values()
        queued = [one.told.id for one in mails if one.document["status"] == "queued"]
        found += [f"mails queued: {queued}"] if queued else []
        due = [one.told.id for one in mails if one.document["status"] == "scheduled" and self._is_due(one.told)]
        found += [f"reminders due: {due}"] if due else []
        found += [f"tasks open: {kept['registration'].tasks}"] if kept["registration"].tasks else []
        found += [f"requests waiting: {kept['scheduling'].waiting}"] if kept["scheduling"].waiting else []
        found += ["facts waiting in checkin"] if kept["checkin"]._waiting else []
        return found

    def _is_due(self, told: Any) -> bool:
        return told.due_at is not None and told.due_at <= self.clock.now()
