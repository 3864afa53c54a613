"""What a mail is made from, and the finished text before it is laid out: plain words, no markup."""

from dataclasses import dataclass
from typing import TypeVar

from services.notifications.domain import Notification
from services.notifications.mails.moments import Moments
from services.notifications.mails.voice import Voice
from shared.messages.gathering import Definition

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as registration knows them at the moment of sending; kept nowhere."""

    name: str | None
    email: str
    language: str
    manage_token: str | None = None
    organisation: str | None = None
    version: int = 0  # of the registration, as registration has it
    generation: int = 0  # of that key


@dataclass(frozen=True, slots=True)
class Brief:
    """All that a letter may use. `attendee` is whose registration it is, `to` who reads it, `other` whom they meet."""

    notification: Notification
    definition: Definition
    to: Person
    attendee: Person | None = None
    ticket: str | None = None
    invitation: str | None = None
    other: Person | None = None
    edition: int = 1  # the version of the definition
    is_remote: bool = False  # whether `to` attends that part online
    held: tuple[str, ...] = ()  # the parts that `to` had a place in before they handed it on

    @property
    def voice(self) -> Voice:
        return Voice(self.to.language)

    @property
    def moments(self) -> Moments:
        return Moments(self.voice, self.definition.timezone)

    @property
    def title(self) -> str:
        return self.definition.title.in_language(self.to.language)


def content(brief: Brief, *kinds: type[T]) -> T:
    """What the mail tells of; the domain pairs every template with one kind of content."""
    told = brief.notification.content
    if not isinstance(told, kinds):
        raise TypeError(f"a {brief.notification.template} mail cannot tell of a {type(told).__name__}")
    return told


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card: what, the words, something smaller below them, and where it leads."""

    label: str
    value: str
    beside: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """One thing the mail is about: a part, a meeting, a change."""

    title: str
    tone: str = "plain"  # good | waiting | over | plain
    badge: str | None = None
    note: str | None = None
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Calendar:
    """Calendar entries of one method; `filename` is what an attachment is called."""

    method: str
    content: bytes
    filename: str


@dataclass(frozen=True, slots=True)
class Letter:
    language: str
    subject: str
    kicker: str  # the gathering, above the headline
    headline: str
    greeting: str
    paragraphs: tuple[str, ...]
    cards: tuple[Card, ...] = ()
    steps: tuple[str, ...] = ()
    steps_title: str = ""
    button: Button | None = None
    warning: str | None = None
    footer: tuple[str, ...] = ()
    picture: bytes | None = None
    picture_says: str = ""
    calendars: tuple[Calendar, ...] = ()
