"""Emptying the queue: a mail is written as it goes out, handed over, and recorded when the answer comes."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Final, Protocol

from services.notifications.briefing import Briefings, NotYet
from services.notifications.domain import UNKNOWN_AFTER, Notification, Suppression, next_try, suppression, too_late
from services.notifications.mails.letter import Brief
from services.notifications.outbound import Answer, Later, Refused, Taken
from services.notifications.rush import Rush
from services.notifications.store import Ended, Queued, Store
from shared.clock import Clock
from shared.errors import Unavailable
from shared.messages.notifications import NotificationFailed, NotificationSent
from shared.telemetry import MAIL_PAUSES, MAILS, get_logger

log = get_logger(__name__)

AT_ONCE: Final = 32  # leased at a time
LOOK_EVERY: Final = 2.0  # seconds, when nobody wakes it
PROLONG_EVERY: Final = 5.0
PAUSES: Final = (1.0, 2.0, 4.0, 8.0)  # seconds, while something that every mail needs is away
FIRST_LOOK: Final = timedelta(seconds=2)  # for a gathering that is not here yet

RECORD_AGAIN: Final = 0.5  # seconds
FINISH_WITHIN: Final = 8.0

Step = Answer | Suppression | NotYet
Compose = Callable[[Brief], EmailMessage]


class Server(Protocol):
    async def send(self, message: EmailMessage, sender: str, recipient: str) -> Answer: ...
    async def rest(self) -> None: ...


class Sender:
    def __init__(
        self,
        store: Store,
        briefings: Briefings,
        server: Server,
        compose: Compose,
        clock: Clock,
        *,
        address: str,
        domain: str,
        lanes: int,
    ) -> None:
        self._store = store
        self._briefings = briefings
        self._server = server
        self._compose = compose
        self._clock = clock
        self._address = address
        self._domain = domain
        self._lanes = lanes
        self._ready: deque[Queued] = deque()
        self._held: set[str] = set()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._taking = asyncio.Lock()
        self._troubles = 0  # in a row, of the kind that is no mail's fault
        self.woken = asyncio.Event()
        self.rush = Rush()

    async def run(self) -> None:
        """Until cancelled; then what is on its way is finished, and the rest is given back."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._prolong())
                for _ in range(self._lanes):
                    group.create_task(self._lane())
        finally:
            if self._in_hand:
                await asyncio.wait(self._in_hand, timeout=FINISH_WITHIN)
            await self._give_back()
            self._held.clear()

    async def drain(self) -> None:
        """Send what is due now, one after the other."""
        while await self._refill():
            while self._ready:
                await self._settle(self._ready.popleft())

    async def _lane(self) -> None:
        while True:
            queued = await self._next()
            work = asyncio.create_task(self._settle(queued))
            self._in_hand.add(work)
            work.add_done_callback(self._in_hand.discard)
            await asyncio.shield(work)  # a mail that is being handed over is not dropped half-way

    async def _next(self) -> Queued:
        async with self._taking:
            await self._calm()
            while not self._ready:
                self.woken.clear()
                try:
                    if await self._refill():
                        break
                except Unavailable as reason:
                    await self._pause(reason)
                    continue
                await self._idle()
                await self._calm()
            return self._ready.popleft()

    async def _calm(self) -> None:
        """What is leased already waits as well: a rush would else begin with the last one's mails."""
        while (left := self.rush.left) > 0:  # noqa: ASYNC110  it may last longer meanwhile, and tells nobody
            await asyncio.sleep(left)

    async def _refill(self) -> bool:
        """Lease some more; after trouble a single one, to see whether it is over."""
        claiming = asyncio.ensure_future(self._store.claim(1 if self._troubles else AT_ONCE, self._held))
        try:
            await asyncio.shield(claiming)
        finally:  # also when told to stop meanwhile: what was leased can then be given back
            mails = await claiming
            self._held.update(queued.notification.id for queued in mails)
            self._ready.extend(mails)
        if mails:
            try:
                await self._briefings.warm(queued.notification for queued in mails)
            except Unavailable:
                await self._give_back()
                raise
        return bool(mails)

    async def _idle(self) -> None:
        await self._server.rest()
        try:
            await asyncio.wait_for(self.woken.wait(), LOOK_EVERY)
        except TimeoutError:
            return

    async def _settle(self, queued: Queued) -> None:
        """One mail, to its end or to another time; whatever is wrong with it concerns no other."""
        mail = queued.notification
        try:
            step = await self._attempt(queued.notification)
        except Unavailable as reason:
            self._ready.appendleft(queued)
            await self._pause(reason)
            return
        except Exception as error:
            log.exception("mail cannot be written", notification=mail.id, template=mail.template)
            step = Later(f"cannot be written: {type(error).__name__}")
        else:
            self._troubles = 0
        await self._keep_recording(queued, step)
        self._held.discard(mail.id)

    async def _attempt(self, mail: Notification) -> Step:
        situation = await self._store.situation(mail)
        untrue = suppression(mail, situation.registration, situation.latest)
        if (reason := untrue or too_late(mail, self._clock.now())) is not None:
            return reason
        brief = await self._briefings.brief(mail, situation)
        if not isinstance(brief, Brief):
            return brief
        return await self._server.send(self._compose(brief), self._address, brief.to.email)

    async def _keep_recording(self, queued: Queued, step: Step) -> None:
        """Held until it is recorded: a mail that was taken must not go again because MongoDB was away."""
        while True:
            try:
                await self._record(queued, step)
            except Exception as error:  # whatever it is, the answer that came must not be forgotten  # noqa: BLE001
                log.warning("mail not recorded yet", notification=queued.notification.id, reason=str(error))
                await asyncio.sleep(RECORD_AGAIN)
            else:
                return

    async def _record(self, queued: Queued, step: Step) -> None:
        mail = queued.notification
        match step:
            case Taken():
                await self._end(mail, "sent", None)
            case Refused(reason):
                log.error("mail refused", notification=mail.id, reason=reason)
                await self._end(mail, "failed", reason)
            case Later(reason):
                await self._later(queued, reason)
            case NotYet():
                await self._wait_for_gathering(queued)
            case Suppression() as why:
                await self._end(mail, "suppressed", why)

    async def _later(self, queued: Queued, reason: str) -> None:
        until = next_try(queued.since, self._clock.wall())
        if until is None:
            log.error("mail given up", notification=queued.notification.id, reason=reason)
            await self._end(queued.notification, "failed", f"given up: {reason}")
        else:
            await self._store.put_off([queued.notification.id], until, reason, tries=1)

    async def _wait_for_gathering(self, queued: Queued) -> None:
        now = self._clock.wall()
        if now - queued.since >= UNKNOWN_AFTER:
            await self._end(queued.notification, "suppressed", Suppression.UNKNOWN)
        else:
            await self._store.put_off([queued.notification.id], now + FIRST_LOOK, "gathering not here yet", tries=0)

    async def _end(self, mail: Notification, status: str, reason: str | None) -> None:
        now = self._clock.now()
        about = {
            "gathering_id": mail.gathering_id,
            "notification_id": mail.id,
            "registration_id": mail.registration_id,
            "template": mail.template.value,
            "cause_id": mail.cause_id,
            "message_id": f"<{mail.id}@{self._domain}>",
        }
        fact: NotificationSent | NotificationFailed
        if status == "sent":
            fact = NotificationSent(**about, sent_at=now)
        else:
            fact = NotificationFailed(**about, status=status, reason=reason or "", failed_at=now)
        if await self._store.end(Ended(mail, status, reason, now, fact)):
            MAILS.labels(status).inc()
        await self._briefings.done_with(mail)

    async def _pause(self, reason: Unavailable) -> None:
        """Something that every mail needs is away: nobody's turn is lost, and one mail will try it again."""
        log.warning("sending waits", reason=str(reason))
        MAIL_PAUSES.inc()
        await self._give_back()
        pause = PAUSES[min(self._troubles, len(PAUSES) - 1)]
        self._troubles += 1
        await asyncio.sleep(pause)

    async def _give_back(self) -> None:
        mine = [queued.notification.id for queued in self._ready]
        self._ready.clear()
        self._held.difference_update(mine)
        try:
            await self._store.put_off(mine, self._clock.wall(), "waiting", tries=0)
        except Unavailable:
            return  # their leases will end

    async def _prolong(self) -> None:
        while True:
            await asyncio.sleep(PROLONG_EVERY)
            if self._held:
                try:
                    await self._store.prolong(self._held)
                except Unavailable as reason:
                    log.warning("leases not prolonged", reason=str(reason))
