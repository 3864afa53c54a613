"""What all letters share: greeting, subject, why it came; and what the installation gives them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from services.notifications.domain import FOR_EXPERTS, Template
from services.notifications.mails.letter import Brief, Button, Letter
from services.notifications.mails.links import Links
from shared.tokens import Join

DAY_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stationery:
    """What the installation gives every letter: addresses, the moment of writing, and who signs calendar entries."""

    links: Links
    now: datetime
    wall: datetime  # the machine's time, in which staff's keys end
    sender: tuple[str, str]  # name, address
    domain: str

    def organiser(self, brief: Brief) -> tuple[str, str]:
        """Whom a calendar names as organiser: the gathering's contact, else whoever sends the mail."""
        contact = brief.definition.contact
        return self.sender if contact is None else (contact.name or brief.title, contact.email)


def manage(brief: Brief, paper: Stationery) -> str:
    """The attendee's own page; the public one for who holds no key."""
    registration_id = brief.notification.registration_id
    if registration_id is None or brief.to.manage_token is None:
        return paper.links.gathering(brief.definition.gathering)
    return paper.links.registration(registration_id, brief.to.manage_token)


def join(brief: Brief, paper: Stationery, part: str) -> str:
    """For whoever reads the mail, as long as the registration is theirs."""
    about = brief.notification
    return paper.links.join(Join(about.registration_id or "", about.gathering_id, part, brief.to.generation))


def day(brief: Brief, paper: Stationery, desk: str) -> str:
    """The expert's own page: for a day longer than the gathering and the desk; of what is past, for a day."""
    place = brief.definition.desk(desk)
    hours = place.slots() if place is not None else ()
    ends = max([brief.definition.ends_at, *(ends for _, ends in hours)])
    left = max(ends - paper.now, timedelta()) + DAY_AFTER
    return paper.links.day(brief.definition.gathering, desk, paper.wall, left)


def button(brief: Brief, href: str) -> Button:
    return Button(brief.voice.say(brief.notification.template, "button"), href)


def framed(brief: Brief, section: str | None = None, **parts: Any) -> Letter:
    """A letter with the words that every mail of this template opens and closes with; `parts` go over them."""
    voice, name = brief.voice, brief.to.name
    said = section or brief.notification.template
    opening = {
        "language": voice.language,
        "subject": voice.say(said, "subject", title=brief.title) if "subject" not in parts else "",
        "kicker": brief.title,
        "headline": voice.say(said, "headline") if "headline" not in parts else "",
        "greeting": voice.say("common", "greeting", name=name) if name else voice.say("common", "greeting-nameless"),
        "paragraphs": voice.paragraphs(said, "intro", title=brief.title) if "paragraphs" not in parts else (),
        "steps_title": voice.say("common", "next"),
        "warning": voice.say("common", "link-is-yours") if brief.to.manage_token or said in FOR_EXPERTS else None,
        "footer": footer(brief),
    }
    return Letter(**(opening | parts))


def footer(brief: Brief) -> tuple[str, ...]:
    voice, definition = brief.voice, brief.definition
    template = brief.notification.template
    why = "why-expert" if template in FOR_EXPERTS else "why-invited" if template is Template.INVITATION else "why"
    lines = [f"{voice.say('common', why, title=brief.title)} {voice.say('common', 'automatic')}"]
    if definition.contact is not None:
        contact = definition.contact.name or definition.contact.email
        lines.append(voice.say("common", "reply", contact=contact))
    if definition.organisers:
        names = ", ".join(organiser.name for organiser in definition.organisers)
        lines.append(voice.say("common", "organised", organisers=names))
    return tuple(lines)
