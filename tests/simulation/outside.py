"""What the services meet in passing: the time, readable ids, registration over HTTP, a mail server with moods."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import compat32
from typing import Any

from services.notifications.mails.letter import Brief
from services.notifications.outbound import Answer, Later, Refused, Taken
from services.registration.identities import Identities
from shared.clock import Clock
from shared.messages.gathering import Definition
from shared.people import Former, Person
from shared.text import person_key
from tests.simulation.faults import Steps, turn
from tests.simulation.loop import Loop
from tests.support.registration_store import FakeStore as RegistrationStore

DOMAIN = "foyer.example"
WALL = datetime(2026, 1, 1, tzinfo=UTC)


class SimulatedClock(Clock):
    """Foyer's time may jump; the machine's goes on, and never shows the same moment twice."""

    def __init__(self, loop: Loop, begins: datetime) -> None:
        super().__init__()
        self._loop = loop
        self.begins = begins
        self._looked = 0

    def now(self) -> datetime:
        return self.begins + timedelta(seconds=self._loop.time())

    def wall(self) -> datetime:
        self._looked += 1
        return WALL + timedelta(seconds=self._loop.time(), microseconds=self._looked)

    def jump(self, to: datetime) -> None:
        self.begins += max(timedelta(), to - self.now())


class PlainIdentities(Identities):
    """Ids that can be read in a trace; any keyed function would do."""

    def __init__(self) -> None:
        """No keys."""

    def person(self, gathering_id: str, email: str) -> str:
        return f"{gathering_id}/{person_key(email)}"

    def code(self, gathering_id: str, code: str) -> str:
        return f"{gathering_id}/{code}"

    def act(self, gathering_id: str, *cause: str) -> str:
        return "/".join((gathering_id, *cause))


class Registry:
    """Registration as the others ask it over HTTP: what is in its database now."""

    def __init__(self, kept: RegistrationStore, steps: Steps) -> None:
        self._kept = kept
        self._steps = steps

    def forget(self, registration_id: str) -> None:
        """Nothing is remembered here."""

    async def get(self, registration_ids: Iterable[str]) -> dict[str, Person]:
        await self._steps.call()
        known = (self._kept.registrations.get(one) for one in registration_ids)
        return {
            one.id: Person(
                name=one.attendee["attendee"]["name"],
                email=one.attendee["attendee"]["email"],
                language="en",
                version=one.version,
                manage_token="-",
            )
            for one in known
            if one is not None and one.attendee is not None
        }

    async def former(self, registration_id: str, generation: int) -> Former | None:
        await self._steps.call()
        holder = self._kept.registrations[registration_id]
        found = self._kept.former.get((registration_id, generation))
        if found is None or found.person == holder.person:
            return None
        return Former(name=found.attendee["name"], email=found.attendee["email"], language="", parts=found.parts)

    async def forget_former(self, registration_id: str, generation: int) -> None:
        await self._steps.call()
        self._kept.former.pop((registration_id, generation), None)

    async def definition(self, gathering_id: str, version: int) -> Definition | None:  # noqa: ARG002
        await self._steps.call()
        found = self._kept.gatherings.get(gathering_id)
        return None if found is None else found.published

    async def invitation(self, invitation_id: str) -> dict[str, Any] | None:  # noqa: ARG002
        return None


class TicketTexts:
    async def text(self, gathering_id: str, registration_id: str) -> str | None:  # noqa: ARG002
        return f"ticket of {registration_id}"


@dataclass
class MailServer:
    """It takes, refuses, puts off; and sometimes takes without saying so."""

    taken: list[tuple[str, str]] = field(default_factory=list)  # Message-ID and address
    excused: set[str] = field(default_factory=set)  # Message-IDs whose sender cannot know that they were taken
    sending: dict[str, str] = field(default_factory=dict)  # which process has which mail on its way

    def of(self, owner: str, steps: Steps) -> "Smtp":
        return Smtp(self, owner, steps)


class Smtp:
    def __init__(self, server: MailServer, owner: str, steps: Steps) -> None:
        self._server = server
        self._owner = owner
        self._steps = steps

    async def send(self, message: EmailMessage, sender: str, recipient: str) -> Answer:  # noqa: ARG002
        name, draw, odds = str(message["Message-ID"]), self._steps.draw, self._steps.odds
        await turn()
        if draw.random() < odds.mail_later:
            return Later("421")
        if draw.random() < odds.mail_refused:
            return Refused("550")
        self._server.taken.append((name, recipient))
        self._server.sending[name] = self._owner
        if draw.random() < odds.mail_unanswered:
            self._server.excused.add(name)
            return Later("cut off after DATA")
        await turn()
        return Taken()

    async def rest(self) -> None:
        """Nothing to close."""


def compose(brief: Brief) -> EmailMessage:
    """What a mail says is tested elsewhere; here it is which, and to whom."""
    message = EmailMessage(policy=compat32)
    message["Message-ID"] = f"<{brief.notification.id}@{DOMAIN}>"
    message["To"] = brief.to.email
    return message
