"""Notifications' fakes and makings: a clock that is set, a store in memory, people, a mail server, facts as heard."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, TypeVar

from services.notifications.domain import (
    AHEAD,
    LATEST,
    SETTLING,
    Gathering,
    Mailing,
    Notification,
    Outcome,
    Progress,
    View,
    next_pass,
)
from services.notifications.domain import Registration as Known
from services.notifications.outbound import Answer, Taken
from services.notifications.store import Audit, Ended, Line, Loaded, Queued, Situation, Wanted, documents
from services.notifications.store.base import LEASE
from shared.clock import Clock
from shared.errors import LostRace, Unavailable
from shared.messages import Message
from shared.messages.envelope import Received, message_id
from shared.messages.gathering import Definition
from shared.messages.registration import PartState, RegistrationConfirmed
from shared.people import Former, Person

G = "clusters-2021"
START = datetime(2021, 11, 8, 8, 0, tzinfo=UTC)
DOMAIN = "foyer.example"
F = TypeVar("F", bound=Message)
_offsets = itertools.count()


class SetClock(Clock):
    """Stands until it is moved; both of its times move together."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at + timedelta(days=1800)

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def heard(message: Message, *, cause: str = "cause", sequence: int | None = None) -> Received[Message]:
    return Received(
        message,
        id=message_id(cause, message.topic, message.subject()),
        subject=message.subject(),
        time=START,
        topic=message.topic,
        partition=0,
        offset=next(_offsets),
        sequence=sequence,
        causation_id=cause,
    )


def part(name: str = "policy-event", status: str = "confirmed", mode: str = "in-person") -> PartState:
    return PartState(part=name, mode=mode, status=status)


def fact(kind: type[F], who: str, version: int, *parts: PartState, **more: Any) -> F:
    """A registration's fact, whichever it is."""
    about = {"registration_id": who, "gathering_id": G, "delegation": None, "accepted_at": START, "version": version}
    return kind.model_validate(about | {"parts": parts} | more)


def confirmed(who: str, version: int = 1, *parts: PartState) -> RegistrationConfirmed:
    return fact(RegistrationConfirmed, who, version, *(parts or (part(),)))


@dataclass
class _Kept:
    """A queued mail and what became of it."""

    document: dict[str, Any]
    told: Notification
    lease: str | None = None


class FakeStore:
    """Keeps in memory what MongoDB would, and refuses what it would."""

    def __init__(self, clock: Clock, owner: str = "test") -> None:
        self._clock = clock
        self._owner = owner
        self.database = clock  # of the machine that a database would be on
        self.view = View()
        self.revisions: dict[str, int] = {}
        self.mails: dict[str, _Kept] = {}
        self.mailings: dict[str, tuple[Mailing, str | None, datetime]] = {}
        self.due: dict[str, datetime] = {}
        self.audit: list[Audit] = []
        self.said: list[Message] = []
        self.away = False

    def as_another(self, owner: str) -> "FakeStore":
        """The same database, seen by another sender."""
        other = FakeStore(self._clock, owner)
        other.__dict__ |= {name: value for name, value in self.__dict__.items() if name != "_owner"}
        return other

    async def load(self, wanted: Wanted) -> Loaded:
        self._reach()
        view = View(
            gatherings={one: self.view.gatherings[one] for one in wanted.gatherings if one in self.view.gatherings},
            registrations={
                one: self.view.registrations[one] for one in wanted.registrations if one in self.view.registrations
            },
            versions={one: self.view.versions[one] for one in wanted.subjects if one in self.view.versions},
            progress={one: self.view.progress[one] for one in wanted.gatherings if one in self.view.progress},
        )
        return Loaded(view, {one: self.revisions[one] for one in view.registrations})

    async def commit(self, loaded: Loaded, outcome: Outcome) -> int:
        self._reach()
        for one, revision in ((one, loaded.revisions.get(one, 0)) for one in outcome.view.registrations):
            if self.revisions.get(one, 0) != revision:
                raise LostRace("a document changed since it was read")
        self._must_be_as_read(loaded.view, outcome.view)
        for one, new in outcome.view.registrations.items():
            if loaded.view.registrations.get(one) != new:
                self.revisions[one] = self.revisions.get(one, 0) + 1
        self.view = View(
            gatherings={**self.view.gatherings, **outcome.view.gatherings},
            registrations={**self.view.registrations, **outcome.view.registrations},
            versions={
                **self.view.versions,
                **{one: max(new, self.view.versions.get(one, 0)) for one, new in outcome.view.versions.items()},
            },
            progress={**self.view.progress, **outcome.view.progress},
        )
        fresh = [mailing for mailing in outcome.mailings if mailing.id not in self.mailings]
        for mailing in fresh:
            self.mailings[mailing.id] = (mailing, "", self._clock.wall())
        return self._queue(outcome.notifications) + len(fresh)

    def _must_be_as_read(self, read: View, after: View) -> None:
        for one, new in after.gatherings.items():
            if new != read.gatherings.get(one) and self.view.gatherings.get(one) != read.gatherings.get(one):
                raise LostRace("a definition changed since it was read")
        for one, progress in after.progress.items():
            if progress != read.progress.get(one) and self.view.progress.get(one) != read.progress.get(one):
                raise LostRace("more was heard since it was read")

    async def gathering(self, gathering_id: str) -> Gathering | None:
        self._reach()
        return self.view.gatherings.get(gathering_id)

    async def claim(self, limit: int, held: Collection[str]) -> list[Queued]:
        self._reach()
        now = self._clock.wall()
        due = [
            kept
            for kept in self.mails.values()
            if kept.document["status"] == "queued"
            and kept.document["next_attempt_at"] <= now
            and kept.told.id not in held
        ]
        due.sort(key=lambda kept: kept.document["next_attempt_at"])
        for kept in due[:limit]:
            kept.lease = self._owner
            kept.document["next_attempt_at"] = now + LEASE
        return [Queued(kept.told, kept.document["since"], kept.document["attempts"]) for kept in due[:limit]]

    async def fall_due(self) -> int:
        self._reach()
        wall, now = self._clock.wall(), self._clock.now()
        scheduled = [kept.document for kept in self.mails.values() if kept.document["status"] == "scheduled"]
        due = [document for document in scheduled if document["due_at"] <= now]
        for document in due:
            document |= {"status": "queued", "since": wall, "next_attempt_at": wall}
        return len(due)

    async def correct_times(self) -> int:
        self._reach()
        now = max(self._clock.wall(), self.database.wall())
        queued = [kept for kept in self.mails.values() if kept.document["status"] == "queued" and kept.lease is None]
        waiting = [kept.document for kept in queued if kept.document["next_attempt_at"] > now + AHEAD]
        new = [document for document in waiting if document["since"] > now + AHEAD]
        for document in new:
            document |= {"since": now, "next_attempt_at": now}
        late = [document for document in waiting if document["next_attempt_at"] > now + LATEST + AHEAD]
        for document in late:
            document["next_attempt_at"] = now
        return len(new) + len(late)

    async def prolong(self, notification_ids: Collection[str]) -> None:
        self._reach()
        for kept in self._leased(notification_ids):
            kept.document["next_attempt_at"] = self._clock.wall() + LEASE

    async def situation(self, told: Notification) -> Situation:
        self._reach()
        known = self.view.registrations.get(told.registration_id or "")
        if told.about is not None and told.about.startswith("registrations/"):
            latest = 0 if known is None else known.version
        else:
            latest = self.view.versions.get(told.about or "", 0)
        gathering = self.view.gatherings.get(told.gathering_id)
        return Situation(known, latest, 0 if gathering is None else gathering.version)

    async def end(self, ended: Ended) -> bool:
        self._reach()
        document = self.mails[ended.notification.id].document
        if document["status"] != "queued":
            return False
        document |= {"status": ended.status, "reason": ended.reason}
        if ended.status == "sent":
            document["sent_at"] = ended.at
        self.said.append(ended.fact)
        return True

    async def put_off(self, notification_ids: Collection[str], until: datetime, reason: str, tries: int) -> None:
        self._reach()
        for kept in self._leased(notification_ids):
            kept.lease = None
            kept.document["attempts"] += tries
            kept.document |= {"next_attempt_at": until, "reason": reason}

    async def open_mailings(self, recorded_before: datetime) -> list[tuple[Mailing, str]]:
        self._reach()
        return [
            (mailing, cursor)
            for mailing, cursor, recorded_at in self.mailings.values()
            if cursor is not None
            and self.due.get(mailing.id, recorded_at) <= self._clock.wall()
            and (
                self.view.progress.get(mailing.gathering_id, Progress()).through >= mailing.after
                or recorded_at < recorded_before
            )
        ]

    async def registrations(self, gathering_id: str, after: str, limit: int) -> list[Known]:
        self._reach()
        found = [one for one in self.view.registrations.values() if one.gathering_id == gathering_id and one.id > after]
        return sorted(found, key=lambda one: one.id)[:limit]

    async def spread(self, mailing: Mailing, after: str, mails: Sequence[Notification], reached: str | None) -> None:
        self._reach()
        _, cursor, recorded_at = self.mailings[mailing.id]
        if cursor != after:
            raise LostRace("another process carries this mailing out")
        self._queue(mails)
        if reached is None and (again := next_pass(mailing, recorded_at, self._clock.wall())) is not None:
            self.due[mailing.id], reached = again, ""
        self.mailings[mailing.id] = (mailing, reached, recorded_at)

    async def publish(self, mailing: Mailing, fact: Message | None, audit: Audit) -> Mailing:
        self._reach()
        done = next((one.object.rpartition("/")[2] for one in self.audit if one.id == audit.id), None)
        known = self.mailings.get(done or mailing.id)
        if done is None:
            self.audit.append(audit)
        if known is not None:
            return known[0]
        self.mailings[mailing.id] = (mailing, "", self._clock.wall())
        self.said += [] if fact is None else [fact]
        return mailing

    async def tell(self, told: Notification, audit: Audit) -> bool:
        self._reach()
        if not self._queue([told]):
            return False
        self.audit.append(audit)
        return True

    async def export(self, gathering_id: str) -> AsyncIterator[Line]:
        self._reach()
        for kept in sorted(self.mails.values(), key=lambda kept: kept.told.id):
            if kept.told.gathering_id == gathering_id:
                yield documents.line_of(kept.document, DOMAIN)
        for one in self.audit:
            if one.gathering_id == gathering_id:
                yield documents.audit_line(documents.audit_to(one))

    async def mails_to(self, gathering_id: str, registration_id: str) -> AsyncIterator[Line]:
        async for line in self.export(gathering_id):
            if line.get("registration_id") == registration_id:
                yield line

    def come_back(self) -> None:
        self.away = False

    def statuses(self) -> dict[str, str]:
        """How each mail stands, by its template; where there are several of one, the last."""
        return {kept.told.template.value: kept.document["status"] for kept in self.mails.values()}

    def _queue(self, mails: Iterable[Notification]) -> int:
        fresh = [told for told in mails if told.id not in self.mails]
        for told in fresh:
            due = self._clock.wall() + SETTLING.get(told.template, timedelta())
            self.mails[told.id] = _Kept(documents.notification_to(told, self._clock.now(), due), told)
        return len(fresh)

    def _leased(self, notification_ids: Collection[str]) -> list[_Kept]:
        return [self.mails[one] for one in notification_ids if self.mails[one].lease == self._owner]

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("the database is away")


@dataclass
class FakePeople:
    """Registration, as far as notifications asks it."""

    known: Definition | None
    people: dict[str, Person] = field(default_factory=dict)
    invitations: dict[str, dict[str, Any]] = field(default_factory=dict)
    formers: dict[tuple[str, int], Former] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    away: bool = False

    def forget(self, registration_id: str) -> None:
        self.forgotten.append(registration_id)

    async def get(self, registration_ids: Iterable[str]) -> dict[str, Person]:
        self._reach()
        return {one: self.people[one] for one in registration_ids if one in self.people}

    async def definition(self, gathering_id: str, version: int) -> Definition | None:  # noqa: ARG002
        self._reach()
        return self.known

    async def invitation(self, invitation_id: str) -> dict[str, Any] | None:
        self._reach()
        return self.invitations.get(invitation_id)

    async def former(self, registration_id: str, generation: int) -> Former | None:
        self._reach()
        return self.formers.get((registration_id, generation))

    async def forget_former(self, registration_id: str, generation: int) -> None:
        self._reach()
        self.formers.pop((registration_id, generation), None)

    def add(self, who: str, language: str = "en") -> None:
        self.people[who] = Person(
            name=f"Person {who}", email=f"{who}@example.org", language=language, manage_token=f"key-of-{who}"
        )

    def _reach(self) -> None:
        if self.away:
            raise Unavailable("registration does not answer")


@dataclass
class FakeTickets:
    texts: dict[str, str] = field(default_factory=dict)

    async def text(self, gathering_id: str, registration_id: str) -> str | None:  # noqa: ARG002
        return self.texts.get(registration_id)


@dataclass
class FakeServer:
    """A mail server that takes everything, until it is told how to answer."""

    answer: Callable[[EmailMessage], Awaitable[Answer]] | None = None
    taken: list[EmailMessage] = field(default_factory=list)
    rested: int = 0

    async def send(self, message: EmailMessage, sender: str, recipient: str) -> Answer:  # noqa: ARG002
        answer = Taken() if self.answer is None else await self.answer(message)
        if isinstance(answer, Taken):
            self.taken.append(message)
        return answer

    async def rest(self) -> None:
        self.rested += 1

    @property
    def subjects(self) -> list[str]:
        return [str(message["Subject"]) for message in self.taken]
