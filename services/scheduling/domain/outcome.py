"""What some commands came to: what is to be written, and what is to be said."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from services.scheduling.domain.encounters import Assignment, Meeting
from services.scheduling.domain.facts import Claimant, Fact, Spoken
from services.scheduling.domain.requests import Command
from services.scheduling.domain.state import Booking, Diary
from shared.messages import Message

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Decided:
    """A fact and what it was decided on."""

    command: Command
    fact: Fact

    @property
    def said(self) -> Message | None:
        return self.fact.said if isinstance(self.fact, Spoken) else None


@dataclass(frozen=True)
class Outcome:
    """One gathering before and after some commands: what is to be written is the difference."""

    before: Diary
    after: Diary
    decided: tuple[Decided, ...]

    @property
    def gathering_id(self) -> str:
        return self.before.ledger.gathering_id

    @cached_property
    def said(self) -> tuple[tuple[Message, Command], ...]:
        """What goes out, in order, each with its cause."""
        return tuple((said, one.command) for one in self.decided if (said := one.said) is not None)

    @property
    def revived(self) -> Iterable[Command]:
        """Requests that had been waiting and have now been decided."""
        return [command for who, command in self.before.waiting.items() if who not in self.after.waiting]

    @cached_property
    def bookings(self) -> tuple[Booking, ...]:
        return tuple(_changed(self.before.bookings, self.after.bookings))

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        return tuple(_changed(self.before.assignments, self.after.assignments))

    @cached_property
    def meetings(self) -> tuple[Meeting, ...]:
        return tuple(_changed(self.before.meetings, self.after.meetings))

    @cached_property
    def freed(self) -> Mapping[str, frozenset[str]]:
        """By holder, the claims it no longer holds: freed only where that holder still holds them."""
        found = dict[str, frozenset[str]]()
        for known, one in self._changes():
            if known is not None and (gone := known.claims - one.claims):
                found[one.id] = gone
        before, after = self.before, self.after
        found |= {one.id: one.claims for one in before.holds.values() if one.id not in after.holds}
        return found | {one.id: one.claims for one in before.blocks.values() if one.id not in after.blocks}

    @cached_property
    def taken(self) -> Mapping[str, str]:
        found = dict[str, str]()
        for known, one in self._changes():
            found |= dict.fromkeys(one.claims - (known.claims if known is not None else frozenset()), one.id)
        for hold in self.after.holds.values():
            if hold.id not in self.before.holds:
                found |= dict.fromkeys(hold.claims, hold.id)
        for block in self.after.blocks.values():
            if block.id not in self.before.blocks:
                found |= dict.fromkeys(block.claims, block.id)
        return found

    def _changes(self) -> Iterator[tuple[Claimant | None, Claimant]]:
        """Whatever keeps people busy, as it was and as it is."""
        before = self.before
        yield from ((before.bookings.get(one.id), one) for one in self.bookings)
        yield from ((before.assignments.get(one.id), one) for one in self.assignments)
        yield from ((before.meetings.get(one.id), one) for one in self.meetings)


def _changed(before: Mapping[str, T], after: Mapping[str, T]) -> Iterator[T]:
    return (one for who, one in after.items() if before.get(who) != one)
