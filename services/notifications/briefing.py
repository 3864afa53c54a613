"""Gathering what one mail needs at the moment of sending; what is personal is asked for and kept nowhere."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

from services.notifications.domain import FOR_EXPERTS, DeskAccess, Notification, Suppression, Template
from services.notifications.domain.kinds import BookingFact, MeetingFact, RoomFact
from services.notifications.mails.letter import Brief, Person
from services.notifications.store import Situation
from shared import people as registration
from shared.errors import Unavailable
from shared.messages.gathering import Definition, Mode
from shared.messages.registration import InvitationIssued, RegistrationChanged


class People(Protocol):
    """Registration, asked over HTTP. Raises `Unavailable`."""

    def forget(self, registration_id: str) -> None: ...
    async def get(self, registration_ids: Iterable[str]) -> dict[str, registration.Person]: ...
    async def definition(self, gathering_id: str, version: int) -> Definition | None: ...
    async def invitation(self, invitation_id: str) -> dict[str, Any] | None: ...
    async def former(self, registration_id: str, generation: int) -> registration.Former | None: ...
    async def forget_former(self, registration_id: str, generation: int) -> None: ...


class Tickets(Protocol):
    """Check-in, asked over HTTP for the text of a QR code. Raises `Unavailable`."""

    async def text(self, gathering_id: str, registration_id: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class NotYet:
    """The gathering is not known to registration: it may come."""


Briefing = Brief | Suppression | NotYet
OF_NO_HOLDER = frozenset({Template.INVITATION, Template.HANDED_ON})  # to somebody who holds no registration, or no more


class Briefings:
    def __init__(self, people: People, tickets: Tickets) -> None:
        self._people = people
        self._tickets = tickets

    async def warm(self, mails: Iterable[Notification]) -> None:
        """Ask for all of them at once, and afresh: a mail goes to whoever holds the registration now."""
        wanted = {told.registration_id for told in mails if told.registration_id is not None}
        for registration_id in wanted:
            self._people.forget(registration_id)
        if wanted:
            await self._people.get(wanted)

    async def brief(self, told: Notification, situation: Situation) -> Briefing:
        definition = await self._people.definition(told.gathering_id, situation.definition_version)
        if definition is None:
            return NotYet()
        if told.template in OF_NO_HOLDER:
            return await self._for_no_holder(told, definition, max(situation.definition_version, 1))
        person = await self._person(told.registration_id, definition)
        if told.template in FOR_EXPERTS:
            expert = _expert(told, definition)
            return Suppression.NO_ADDRESS if expert is None else Brief(told, definition, expert, person)
        if person is None:
            return Suppression.ERASED
        if isinstance(told.content, RoomFact | MeetingFact):
            other = await self._other(told, definition)
            is_remote = _attends_online(told.content, definition, situation)
            return Brief(told, definition, person, person, other=other, is_remote=is_remote)
        brief = await self._for_attendee(told, definition, person)
        return replace(brief, edition=max(situation.definition_version, 1)) if isinstance(brief, Brief) else brief

    async def done_with(self, told: Notification) -> None:
        """The mail has ended: an address that was kept for it alone is forgotten now, or else within the week."""
        if told.template is Template.HANDED_ON and isinstance(told.content, RegistrationChanged):
            with suppress(Unavailable):
                await self._people.forget_former(told.content.registration_id, told.content.generation)

    async def _for_no_holder(self, told: Notification, definition: Definition, edition: int) -> Briefing:
        if told.template is Template.INVITATION:
            return await self._invitation(told, definition)
        return await self._former(told, definition, edition)

    async def _former(self, told: Notification, definition: Definition, edition: int) -> Briefing:
        fact = told.content
        if not isinstance(fact, RegistrationChanged):
            return Suppression.NO_ADDRESS
        found = await self._people.former(fact.registration_id, fact.generation)
        if found is None:
            return Suppression.NO_ADDRESS
        person = Person(found.name, found.email, found.language or definition.languages[0])
        return Brief(told, definition, person, edition=edition, held=found.parts)

    async def _for_attendee(self, told: Notification, definition: Definition, person: Person) -> Briefing:
        if told.about == f"registrations/{told.registration_id}" and told.version < person.version:
            return Suppression.SUPERSEDED  # not heard of yet, but already so: perhaps it is somebody else's by now
        if told.template is not Template.TICKET:
            return Brief(told, definition, person, person)
        ticket = await self._tickets.text(told.gathering_id, told.registration_id or "")
        return Suppression.SUPERSEDED if ticket is None else Brief(told, definition, person, person, ticket)

    async def _other(self, told: Notification, definition: Definition) -> Person | None:
        """Whom they meet; nobody who was erased."""
        if not isinstance(told.content, MeetingFact):
            return None
        other = next(one for one in told.content.registration_ids if one != told.registration_id)
        return await self._person(other, definition)

    async def _person(self, registration_id: str | None, definition: Definition) -> Person | None:
        if (
            registration_id is None
            or (found := (await self._people.get([registration_id])).get(registration_id)) is None
        ):
            return None
        language = found.language or definition.languages[0]
        key = found.manage_token, found.organisation, found.version, found.generation
        return Person(found.name, found.email, language, *key)

    async def _invitation(self, told: Notification, definition: Definition) -> Briefing:
        fact = told.content
        found = await self._people.invitation(fact.invitation_id) if isinstance(fact, InvitationIssued) else None
        if found is None:
            return Suppression.SUPERSEDED  # revoked since
        if not found.get("email"):
            return Suppression.NO_ADDRESS
        language = found.get("language") or definition.languages[0]
        return Brief(told, definition, Person(found.get("name"), found["email"], language), invitation=found["code"])


def _attends_online(fact: RoomFact | MeetingFact, definition: Definition, situation: Situation) -> bool:
    if isinstance(fact, MeetingFact):
        part: str | None = fact.part
    else:
        part = next((one.part for one in definition.agenda.sessions if one.session == fact.session), None)
    parts = situation.registration.parts if situation.registration is not None else ()
    return any(one.mode == Mode.REMOTE and one.status == "confirmed" and part in {None, one.part} for one in parts)


def _expert(told: Notification, definition: Definition) -> Person | None:
    desk = definition.desk(told.content.desk) if isinstance(told.content, BookingFact | DeskAccess) else None
    if desk is None or desk.email is None:
        return None
    return Person(desk.expert, desk.email, definition.languages[0])
