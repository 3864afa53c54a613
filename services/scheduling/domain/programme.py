"""The agenda: a working copy that staff edit, numbered public releases, and what changed from one to the next."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from shared.messages.gathering import Definition, ReleaseLabel, Session
from shared.messages.scheduling import AgendaChange


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


UPSETTING: Final = frozenset({Kind.MOVED, Kind.REMOVED})


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one session between two releases; `was` or `now` is missing where it came or went."""

    kind: Kind
    session: str
    was: Session | None = None
    now: Session | None = None

    @property
    def sends_elsewhere(self) -> bool:
        """Who would have come to it would stand there at another time, or at another door."""
        return self.kind in UPSETTING or self._changes_room

    @property
    def _changes_room(self) -> bool:
        return self.was is not None and self.now is not None and self.was.room != self.now.room

    def told(self) -> AgendaChange:
        room = self.now.room if self.now is not None and self._changes_room else None
        return AgendaChange(session=self.session, change=self.kind, room=room)


@dataclass(frozen=True, slots=True)
class Placed:
    """A session in a release. `revision` is the release in which it last changed: calendars count by it."""

    session: Session
    revision: int


@dataclass(frozen=True)
class Release:
    """What the public sees: never changed, only followed by the next."""

    number: int
    label: ReleaseLabel
    published_at: datetime
    sessions: tuple[Placed, ...]
    changes: tuple[Change, ...]

    @cached_property
    def by_session(self) -> Mapping[str, Placed]:
        return {placed.session.session: placed for placed in self.sessions}

    @cached_property
    def speaking(self) -> Mapping[str, tuple[Session, ...]]:
        """By speaker, where they are expected."""
        found: defaultdict[str, list[Session]] = defaultdict(list)
        for placed in self.sessions:
            for speaker in placed.session.speakers:
                found[speaker.name].append(placed.session)
        return {name: tuple(theirs) for name, theirs in found.items()}

    @cached_property
    def mandatory(self) -> tuple[Session, ...]:
        return tuple(placed.session for placed in self.sessions if placed.session.mandatory)


@dataclass(frozen=True, slots=True)
class Agenda:
    """`edition` counts what staff put; it is 0 while the working copy is what the definition says."""

    working: tuple[Session, ...] = ()
    edition: int = 0
    latest: Release | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a working copy cannot be: where, and what to do."""

    place: tuple[str | int, ...]
    detail: str


def release(agenda: Agenda, label: ReleaseLabel, at: datetime) -> Release | None:
    """The working copy as the next release; nothing if the public would see no difference."""
    latest = agenda.latest
    known = latest.by_session if latest is not None else {}
    sessions = tuple(sorted(agenda.working, key=lambda one: (one.starts, one.ends, one.session)))
    changes = tuple(_changes(known, sessions))
    if latest is not None and not changes and latest.label is label:
        return None
    number = latest.number + 1 if latest is not None else 1
    placed = (_placed(known, session, number) for session in sessions)
    return Release(number, label, at, tuple(placed), changes if latest is not None else ())


def _placed(known: Mapping[str, Placed], session: Session, number: int) -> Placed:
    before = known.get(session.session)
    return before if before is not None and before.session == session else Placed(session, number)


def _changes(known: Mapping[str, Placed], sessions: Iterable[Session]) -> Iterator[Change]:
    left = dict(known)
    for now in sessions:
        before = left.pop(now.session, None)
        if before is None:
            yield Change(Kind.ADDED, now.session, now=now)
        elif (was := before.session) != now:
            moved = (was.starts, was.ends) != (now.starts, now.ends)
            yield Change(Kind.MOVED if moved else Kind.CHANGED, now.session, was, now)
    for gone in left.values():
        yield Change(Kind.REMOVED, gone.session.session, was=gone.session)


def faults(sessions: Iterable[Session], definition: Definition) -> Iterator[Fault]:
    """What stands against these sessions being held as they are written."""
    seen: set[str] = set()
    rooms: dict[str, list[tuple[datetime, datetime, int]]] = defaultdict(list)
    for number, session in enumerate(sessions):
        here = ("sessions", number)
        if session.session in seen:
            yield Fault((*here, "session"), "there is another session of this id; give each its own")
        seen.add(session.session)
        if definition.part(session.part) is None:
            yield Fault((*here, "part"), "the gathering has no such part; name one of its parts")
        if session.ends <= session.starts:
            yield Fault((*here, "ends"), "not after its beginning; correct one of the two times")
        if session.room is not None:
            rooms[session.room].append((session.starts, session.ends, number))
    for held in rooms.values():
        yield from _overlaps(held)


def _overlaps(held: list[tuple[datetime, datetime, int]]) -> Iterator[Fault]:
    ordered = sorted(held)
    busy_until, holder = ordered[0][1], ordered[0][2]
    for starts, ends, number in ordered[1:]:
        if starts < busy_until:
            detail = f"overlaps /sessions/{holder} in the same room; move one of the two"
            yield Fault(("sessions", number, "starts"), detail)
        if ends > busy_until:
            busy_until, holder = ends, number
