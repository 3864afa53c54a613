"""What one registration may enter with: its ticket, followed from the facts that registration publishes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from shared.messages import Message
from shared.messages.checkin import AttendanceRecorded, TicketIssued, TicketRevoked
from shared.messages.gathering import Definition, Part
from shared.messages.registration import (
    PartState,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationPending,
    RegistrationWaitlisted,
)

IN_PERSON = "in-person"
REMOTE = "remote"
CONFIRMED = "confirmed"

# Doors of halls open about an hour ahead, and who comes then has come. Earlier somebody only tries the link.
JOINED_AHEAD: Final = timedelta(hours=1)

RegistrationFact = (
    RegistrationConfirmed
    | RegistrationWaitlisted
    | RegistrationPending
    | RegistrationDeclined
    | RegistrationChanged
    | RegistrationCancelled
)
Numbering = Callable[[str, int], str]


@dataclass(frozen=True)
class Gathering:
    """A definition as last published."""

    version: int
    definition: Definition


@dataclass(frozen=True)
class Ticket:
    """One registration as the door knows it. `numbers` are all that were ever printed; only the last one may be good.

    A revoked number never comes back: whoever is confirmed again gets a new one, so that a list of revoked numbers
    on a device that is offline can only grow true.
    """

    registration_id: str
    gathering_id: str
    version: int = 0
    delegation: str | None = None
    parts: tuple[PartState, ...] = ()
    numbers: tuple[str, ...] = ()
    live: bool = False
    said: int = 0  # facts told about it
    substitutions: frozenset[int] = frozenset()  # the versions at which another person took over
    generation: int = 0  # how often that has happened, as far as any fact has said
    admitted: Mapping[str, datetime] = field(default_factory=dict)  # door → when
    attended: Mapping[tuple[str, str], datetime] = field(default_factory=dict)  # part and mode → when first
    erased: bool = False
    revision: int = 0  # of the document: every write raises it

    def number(self) -> str | None:
        return self.numbers[-1] if self.live else None

    def opens_to(self, generation: int) -> bool:
        """Whoever held it before a substitution holds it no more. A key is signed: a newer one is ahead of its fact."""
        return generation >= self.generation

    def part(self, part: str) -> PartState | None:
        return next((state for state in self.parts if state.part == part), None)

    def opens(self) -> frozenset[str]:
        """The parts it may enter in person."""
        return frozenset(state.part for state in self.parts if (state.mode, state.status) == (IN_PERSON, CONFIRMED))

    def doors(self, definition: Definition | None) -> tuple[str, ...]:
        parts = self.opens()
        return () if definition is None else tuple(door.door for door in definition.doors if door.part in parts)


def hear(ticket: Ticket, fact: RegistrationFact, numbering: Numbering) -> Ticket:
    """Follow a registration. Topics have no order among them: only a higher version replaces what is known.

    A substitution counts whenever it is heard: another fact of the same decision may have come first. Facts of old do
    not say the generation: then those substitutions are counted that were heard.
    """
    if ticket.erased:
        return ticket
    substituted = (
        isinstance(fact, RegistrationChanged) and fact.substituted and fact.version not in ticket.substitutions
    )
    newer = fact.version > ticket.version
    if newer:
        ticket = replace(ticket, version=fact.version, delegation=fact.delegation, parts=fact.parts)
    if substituted:
        ticket = replace(ticket, substitutions=ticket.substitutions | {fact.version})
    if not (newer or substituted):
        return ticket
    generation = max(ticket.generation, fact.generation, len(ticket.substitutions))
    live = bool(ticket.opens())
    numbers = ticket.numbers
    if live and (substituted or not ticket.live):
        numbers = (*numbers, numbering(ticket.registration_id, len(numbers)))
    return replace(ticket, live=live, numbers=numbers, generation=generation)


def erase(ticket: Ticket, version: int) -> Ticket:
    """Forget everything but that there was somebody, so that a late fact does not bring them back."""
    gone = Ticket(ticket.registration_id, ticket.gathering_id, erased=True)
    return replace(gone, version=max(version, ticket.version), said=ticket.said, revision=ticket.revision)


def tell(before: Ticket, after: Ticket, definition: Definition | None) -> tuple[Ticket, list[Message]]:
    """Say what became of the ticket; the facts about it are counted in it."""
    facts: list[Message] = []
    about = {"gathering_id": after.gathering_id, "registration_id": after.registration_id, "version": after.version}
    replaced = after.numbers != before.numbers
    if before.live and (replaced or not after.live):
        facts.append(TicketRevoked.model_validate(about))
    if after.live and (replaced or after.opens() != before.opens()):
        facts.append(TicketIssued.model_validate(about | {"doors": after.doors(definition)}))
    return replace(after, said=after.said + len(facts)), facts


def join(ticket: Ticket, part: str, at: datetime) -> tuple[Ticket, list[Message]] | None:
    """Record that somebody joined a part remotely, once; None for who has no remote place in it."""
    state = ticket.part(part)
    if ticket.erased or state is None or (state.mode, state.status) != (REMOTE, CONFIRMED):
        return None
    return attend(ticket, part, REMOTE, at)


def counts(part: Part | None, at: datetime) -> bool:
    """Whether to join then is to be there. A part that no definition here knows of has no hours to be outside of."""
    return part is None or part.starts - JOINED_AHEAD <= at < part.ends


def attend(ticket: Ticket, part: str, mode: str, at: datetime) -> tuple[Ticket, list[Message]]:
    if (part, mode) in ticket.attended:
        return ticket, []
    fact = AttendanceRecorded(
        gathering_id=ticket.gathering_id,
        registration_id=ticket.registration_id,
        part=part,
        mode=mode,
        attended_at=at,
    )
    return replace(ticket, attended={**ticket.attended, (part, mode): at}), [fact]
