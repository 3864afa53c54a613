"""Gathering what one mail needs at the moment of sending; what is personal is asked for and kept nowhere."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from services.notifications.domain import FOR_EXPERTS, Notification, Suppression, Template
from services.notifications.domain.kinds import BookingFact
from services.notifications.mails.letter import Brief, Person
from services.notifications.store import Situation
from shared import people as registration
from shared.messages.gathering import Definition
from shared.messages.registration import InvitationIssued

REMEMBERED: Final = 5000


class People(Protocol):
    """Registration, asked over HTTP. Raises `Unavailable`."""

    def forget(self, registration_id: str) -> None: ...
    async def get(self, registration_ids: Iterable[str]) -> dict[str, registration.Person]: ...
    async def definition(self, gathering_id: str, version: int) -> Definition | None: ...
    async def invitation(self, invitation_id: str) -> dict[str, Any] | None: ...


class Tickets(Protocol):
    """Check-in, asked over HTTP for the text of a QR code. Raises `Unavailable`."""

    async def text(self, gathering_id: str, registration_id: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class NotYet:
    """The gathering is not known to registration: it may come."""


Briefing = Brief | Suppression | NotYet


class Briefings:
    def __init__(self, people: People, tickets: Tickets) -> None:
        self._people = people
        self._tickets = tickets
        self._versions: OrderedDict[str, int] = OrderedDict()  # of the registrations whose people are remembered

    async def warm(self, mails: Iterable[Notification]) -> None:
        """Ask for all of them at once; afterwards each is at hand."""
        wanted = {told.registration_id for told in mails if told.registration_id is not None}
        if wanted:
            await self._people.get(wanted)

    async def brief(self, told: Notification, situation: Situation) -> Briefing:
        self._forget_if_changed(situation)
        definition = await self._people.definition(told.gathering_id, situation.definition_version)
        if definition is None:
            return NotYet()
        if told.template is Template.INVITATION:
            return await self._invitation(told, definition)
        person = await self._person(told.registration_id or "")
        if told.template in FOR_EXPERTS:
            expert = _expert(told, definition)
            return Suppression.NO_ADDRESS if expert is None else Brief(told, definition, expert, person)
        if person is None:
            return Suppression.ERASED
        ticket = None
        if told.template is Template.TICKET:
            ticket = await self._tickets.text(told.gathering_id, told.registration_id or "")
            if ticket is None:
                return Suppression.SUPERSEDED
        return Brief(told, definition, person, person, ticket)

    async def _person(self, registration_id: str) -> Person | None:
        found = (await self._people.get([registration_id])).get(registration_id)
        if found is None:
            return None
        return Person(found.name, found.email, found.language, found.manage_token, found.organisation)

    async def _invitation(self, told: Notification, definition: Definition) -> Briefing:
        fact = told.content
        found = await self._people.invitation(fact.invitation_id) if isinstance(fact, InvitationIssued) else None
        if found is None:
            return Suppression.SUPERSEDED  # revoked since
        if not found.get("email"):
            return Suppression.NO_ADDRESS
        language = found.get("language") or definition.languages[0]
        return Brief(told, definition, Person(found.get("name"), found["email"], language), invitation=found["code"])

    def _forget_if_changed(self, situation: Situation) -> None:
        """Another replica may have heard of a substitution; the version in the database shows it."""
        known = situation.registration
        if known is None:
            return
        if self._versions.get(known.id, known.version) != known.version or known.erased:
            self._people.forget(known.id)
        self._versions[known.id] = known.version
        self._versions.move_to_end(known.id)
        if len(self._versions) > REMEMBERED:
            self._versions.popitem(last=False)


def _expert(told: Notification, definition: Definition) -> Person | None:
    if not isinstance(told.content, BookingFact):
        return None
    for desk in definition.helpdesk.desks:
        if desk.desk == told.content.desk and desk.email is not None:
            return Person(desk.expert, desk.email, definition.languages[0])
    return None
