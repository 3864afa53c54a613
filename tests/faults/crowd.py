"""The load: an open stream of people, doors and staff at a fixed rate; nobody waits for anybody else's answer."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cli.rehearsal.client import Unanswered
from cli.rehearsal.journal import Exchange, Shown
from cli.rehearsal.passes import Pass
from cli.rehearsal.stage import Guest, Stage
from tests.faults.gathering import BREAKFAST, DELEGATIONS, DOOR, GATHERINGS, HALL, HOT, WORKSHOP, slots

IMPATIENT = {"Prefer": "wait=2"}
PRESSED_TWICE, STOLEN_KEY, TWO_SPELLINGS, SCANNED_TWICE, OFFLINE = 0.15, 0.05, 0.05, 0.4, 0.25
RECENT, ALL = 300, 0  # of the guests: the last so many; a slice from -0 takes every one
DEVICES, UPLOADED = ("tablet-1", "tablet-2"), 3  # two devices without a network; how often each sends its log


@dataclass
class Booked:
    id: str
    guest: Guest


@dataclass
class Crowd:
    """What it knows, it knows from answers."""

    stage: Stage
    chance: random.Random
    bookings: list[Booked] = field(default_factory=list)
    erased: dict[str, tuple[Guest, datetime]] = field(default_factory=dict)  # when the answer came
    unresolved: list[str] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    certificates: set[str] = field(default_factory=set)
    uploaded: dict[str, Shown] = field(default_factory=dict)  # scan → what an offline device really saw
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def come(self, rate: float, enough: asyncio.Event) -> None:
        """So many commands a second, until it is enough; then wait until each has its answer."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not enough.is_set():
            due += self.chance.expovariate(rate)
            await asyncio.sleep(max(0.0, due - loop.time()))
            self._send(self._one())
        await self.settle()

    async def settle(self) -> None:
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    def _send(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Awaitable[None]) -> None:
        try:
            await work
        except Unanswered as reason:
            self.unresolved.append(str(reason))
        except Exception as error:  # an answer that nobody expected is a finding, not the end of the load  # noqa: BLE001
            self.crashes.append(f"{type(error).__name__}: {error}")

    def rush(self, part: str, people: int) -> None:
        """So many at once want a place in one part."""
        for _ in range(people):
            self._send(self._submit(self.stage.guest(HOT, [(part, "in-person")])))

    async def _one(self) -> None:
        """In the mix of a busy day."""
        acts: list[tuple[float, Callable[[], Awaitable[None]]]] = [
            (0.55, self._register),
            (0.15, self._change),
            (0.15, self._slot),
            (0.10, self._scan),
            (0.05, self._staff),
        ]
        (act,) = self.chance.choices([act for _, act in acts], [weight for weight, _ in acts])
        await act()

    async def _register(self) -> None:
        gathering = HOT if self.chance.random() < 0.8 else GATHERINGS[1]
        wishes = self.chance.choice(
            [
                [(HALL, "in-person")],
                [(HALL, "in-person")],
                [(HALL, "remote")],
                [(HALL, "in-person"), (WORKSHOP, "in-person")],
                [(WORKSHOP, "in-person")],
                [(BREAKFAST, "in-person")],
            ]
        )
        team = self.chance.choice([*DELEGATIONS, None, None, None])
        guest = self.stage.guest(gathering, wishes, delegation=team)
        draw = self.chance.random()
        if draw < PRESSED_TWICE:
            await asyncio.gather(*(self._submit(guest) for _ in range(3)))
        elif draw < PRESSED_TWICE + STOLEN_KEY:
            await self._submit(guest)
            stranger = self.stage.guest(gathering, wishes)
            await self._ask("POST", f"/v1/gatherings/{gathering}/registrations", stranger.request, key=guest.key)
        elif draw < PRESSED_TWICE + STOLEN_KEY + TWO_SPELLINGS:
            form = guest.person.form
            shouted = form | {"email": form["email"].upper()}
            other = self.stage.guest(gathering, wishes, person=guest.person, attendee=shouted)
            await asyncio.gather(self._submit(guest), self._submit(other))
        else:
            await self._submit(guest)

    async def _submit(self, guest: Guest) -> None:
        path = f"/v1/gatherings/{guest.gathering}/registrations"
        answer = await self._ask("POST", path, guest.request, key=guest.key)
        if answer.accepted:
            self.stage._accepted(guest, answer.answer)

    async def _change(self) -> None:
        guest = self._somebody(lambda one: one.is_live)
        if guest is None:
            return
        path = f"/v1/registrations/{guest.id}"
        if self.chance.random() < 0.55:
            answer = await self._manage(guest, "POST", f"{path}/cancellation", {"reason": "ill"})
        else:
            mode = "remote" if guest.has(HALL) else "in-person"
            answer = await self._manage(guest, "PATCH", path, {"parts": [{"part": HALL, "mode": mode}]})
        if answer.accepted:
            self.stage._accepted(guest, answer.answer)  # when all places are gone, these still come to the door

    async def _slot(self) -> None:
        if self.bookings and self.chance.random() < 0.4:
            booked = self.chance.choice(self.bookings)
            path = f"/v1/bookings/{booked.id}"
            if self.chance.random() < 0.6:
                self.bookings.remove(booked)
                await self._manage(booked.guest, "DELETE", path)
            else:
                slot = {"slot_id": self.chance.choice(slots())}
                await self._manage(booked.guest, "POST", f"{path}/reschedule", slot)
            return
        guest = self._somebody(lambda one: one.has(HALL) or one.has(HALL, "remote"))
        if guest is None:
            return
        body = {"slot_id": self.chance.choice(slots()), "registration_id": guest.id, "topic": guest.person.canary}
        path, key = f"/v1/gatherings/{guest.gathering}/bookings", self.stage.client.fresh_id()
        answer = await self._ask("POST", path, body, token=guest.token, key=key)
        if answer.accepted:
            self.bookings.append(Booked(answer.answer["id"], guest))

    async def _scan(self) -> None:
        # of all, not of the latest: once the places are gone nobody new holds one, and yet they come to the door
        guest = self._somebody(lambda one: bool(one.ticket), ALL) if self.chance.random() < 0.3 else None
        guest = guest or self._somebody(lambda one: one.has(HALL), ALL)
        if guest is None:
            return
        if not guest.ticket:
            answer = await self._ask("GET", f"/v1/registrations/{guest.id}/ticket", token=guest.token)
            if not answer.accepted:
                return
            guest.ticket = str(answer.answer["ticket"])
        if self.chance.random() < OFFLINE:
            await self._upload(guest)
            return
        again = self.chance.random() < SCANNED_TWICE
        scan_id = self.stage.client.fresh_id()
        shown = self._presents()
        scans = [scan_id, scan_id, self.stage.client.fresh_id()] if again else [scan_id]
        await asyncio.gather(*(self.show(guest, one, shown) for one in scans))

    def _presents(self) -> Pass:
        """Nine of ten bring a good certificate."""
        now = self.stage.clock.now()
        passes = self.stage.passes
        return passes.good(now) if self.chance.random() < 0.9 else self.chance.choice(passes.bad(now))

    async def _upload(self, guest: Guest) -> None:
        """Two devices that were offline saw the same ticket, and each sends its log again and again."""
        logs = [self.seen_offline(guest, self._presents(), self.stage.clock.now()) for _ in DEVICES]
        sent = zip(DEVICES * UPLOADED, logs * UPLOADED, strict=True)
        await asyncio.gather(*(self.send_log(guest.gathering, device, [scan]) for device, scan in sent))

    def seen_offline(self, guest: Guest, shown: Pass, at: datetime) -> dict[str, Any]:
        """One line of a device's own log."""
        scan_id = self.stage.client.fresh_id()
        body, self.uploaded[scan_id] = self._shows(guest, scan_id, shown)
        return body | {"scanned_at": at.isoformat()}

    async def send_log(self, gathering: str, device: str, scans: list[dict[str, Any]]) -> Exchange:
        path, log = f"/v1/gatherings/{gathering}/check-ins/batch", {"device": device, "scans": scans}
        return await self.stage.client.ask("POST", path, log, token=self.stage.tokens["door"], headers=IMPATIENT)

    def _shows(self, guest: Guest, scan_id: str, shown: Pass) -> tuple[dict[str, Any], Shown]:
        """What a door sends, and what was really held out there."""
        presented = {"id-document": True, **shown.presented}
        if isinstance(certificate := presented.get("health", {}).get("hc1"), str):
            self.certificates.add(certificate)
        who = {"ticket": guest.ticket} if guest.ticket else {"registration_id": guest.id}
        body = {"door": DOOR, **who, "scan_id": scan_id, "presented": presented}
        return body, Shown(guest.id, has_id_document=True, proof=shown.proof, attested=shown.attested)

    async def show(self, guest: Guest, scan_id: str, shown: Pass) -> Exchange:
        body, truth = self._shows(guest, scan_id, shown)
        body["device"] = "gate"
        path = f"/v1/gatherings/{guest.gathering}/check-ins"
        door = self.stage.tokens["door"]
        return await self.stage.client.ask("POST", path, body, token=door, shown=truth, headers=IMPATIENT)

    async def _staff(self) -> None:
        draw = self.chance.random()
        if draw < 0.5:
            await self._select()
        elif draw < 0.8:
            await self.add_guest()
        else:
            await self._erase()

    async def _select(self) -> None:
        waiting = [one for one in self.stage.guests if one.has(WORKSHOP, "in-person", "awaiting-selection")]
        waiting = [one for one in waiting if one.gathering == HOT][:3]
        if not waiting:
            return
        outcomes = [self.chance.choice(["confirmed", "waitlisted"]) for _ in waiting]
        decisions = [
            {"registration_id": one.id, "outcome": outcome, "reason": None}
            for one, outcome in zip(waiting, outcomes, strict=True)
        ]
        body = {"part": WORKSHOP, "decisions": decisions}
        await self._staff_asks("POST", f"/v1/gatherings/{HOT}/selections", body)
        with suppress(Unanswered):
            await self.stage.look_again(waiting)

    async def add_guest(self) -> Guest:
        """Somebody who takes no public place."""
        guest = self.stage.guest(HOT, [(HALL, "in-person")])
        body = {
            "attendee": guest.person.form,
            "parts": guest.request["parts"],
            "consents": {"privacy": True},
            "category": "speaker",
            "override": "asked by the chair",
        }
        answer = await self._staff_asks("POST", f"/v1/gatherings/{HOT}/registrations", body)
        if answer.accepted:
            guest.learn(answer.answer)
        return guest

    async def _erase(self) -> None:
        guest = self._somebody(lambda one: one.is_live and one.id not in self.erased)
        if guest is None:
            return
        answer = await self._staff_asks("DELETE", f"/v1/people/{guest.id}")
        if answer.accepted:
            self.erased[guest.id] = (guest, self.stage.clock.now())
            guest.parts = {}

    async def _staff_asks(self, method: str, path: str, body: Any = None) -> Exchange:
        key = self.stage.client.fresh_id()
        return await self._ask(method, path, body, token=self.stage.tokens["organiser"], key=key)

    async def _manage(self, guest: Guest, method: str, path: str, body: Any = None) -> Exchange:
        return await self._ask(method, path, body, token=guest.token, key=self.stage.client.fresh_id())

    async def _ask(self, method: str, path: str, body: Any = None, **more: Any) -> Exchange:
        return await self.stage.client.ask(method, path, body, headers=IMPATIENT, **more)

    def _somebody(self, fits: Callable[[Guest], bool], latest: int = RECENT) -> Guest | None:
        fitting = [one for one in self.stage.guests[-latest:] if fits(one)]
        return self.chance.choice(fitting) if fitting else None
