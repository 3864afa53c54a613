"""Letters about a registration: how each of its parts stands, what to do now, and the calendar that follows."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, get_args

from services.notifications.domain import LIVE, Rescheduled, Template
from services.notifications.domain.kinds import RegistrationFact
from services.notifications.mails import calendar
from services.notifications.mails.letter import Brief, Calendar, Card, Letter, Row, content
from services.notifications.mails.letters.frame import Stationery, button, framed, join, manage
from shared.messages.gathering import CredentialFormat, Definition, Eligible, Membership, Part, RequirementKind
from shared.messages.registration import PartState, RegistrationChanged

TONES = {"confirmed": "good", "waitlisted": "waiting", "awaiting-selection": "waiting", "received": "waiting"}
INSTEAD = {"confirmed": "remote-instead", "waitlisted": "remote-waiting"}  # what somebody has who was not selected
STEPS = {  # in this order, each at most once
    ("confirmed", "in-person"): ("confirmed-in-person", "free-place"),
    ("confirmed", "remote"): ("confirmed-remote",),
    ("awaiting-selection", "in-person"): ("awaiting-selection",),
    ("waitlisted", "in-person"): ("waitlisted",),
}


def letter(brief: Brief, paper: Stationery, **over: Any) -> Letter:
    """Confirmed, waiting, declined, changed or cancelled: one shape, because one registration may be all of them."""
    template = brief.notification.template
    fact: RegistrationFact = content(brief, *get_args(RegistrationFact))
    states = fact.parts
    gone = template is Template.CANCELLED
    if template is Template.CONFIRMED and _is_turned_down(states):
        over = {"section": "confirmed-online"} | over
    if gone:
        over |= {"warning": None}
    return framed(
        brief,
        cards=tuple(_card(brief, paper, state) for state in states),
        steps=tuple(_steps(brief, paper, states)),
        button=button(brief, paper.links.gathering(brief.definition.gathering) if gone else manage(brief, paper)),
        calendars=tuple(_calendars(brief, paper, states)),
        **over,
    )


def _is_turned_down(states: Collection[PartState]) -> bool:
    """Not selected, and with nothing but places online to show for it: "good news" is not how they read it."""
    confirmed = [state for state in states if state.status == "confirmed"]
    return any(state.reason == "not-selected" for state in confirmed) and all(one.mode == "remote" for one in confirmed)


def refused(brief: Brief, paper: Stationery) -> Letter:
    """A change could not be made; everything stands as it did."""
    fact = content(brief, RegistrationChanged)
    reason = "change-not-eligible" if fact.refused == "not-eligible" else fact.refused or "other"
    why = brief.voice.one_of("reason", reason, delegations=_delegations(brief))
    opening = brief.voice.paragraphs(Template.CHANGE_REFUSED, "intro", reason=why)
    return letter(brief, paper, paragraphs=opening)


def rescheduled(brief: Brief, paper: Stationery) -> Letter:
    """The organisers moved a part in time; the registration stays as it is."""
    moved = [part for part in brief.definition.parts if part.part in _former(brief)]
    titles = _titles(brief.definition, {part.part for part in moved}, brief.to.language)
    over: dict[str, Any] = {}
    if moved:
        over["paragraphs"] = brief.voice.paragraphs(Template.RESCHEDULED, "intro-parts", parts=titles)
    if not isinstance(brief.notification.content, Rescheduled):
        return letter(brief, paper, **over)
    cards = [Card(part.title.in_language(brief.to.language), rows=when(brief, part)) for part in moved]
    entries = [_entry(brief, paper, part, None) for part in moved]
    attached = Calendar("PUBLISH", calendar.published(entries, paper.now), "calendar.ics")
    return framed(brief, cards=tuple(cards), button=button(brief, manage(brief, paper)), calendars=(attached,), **over)


def _former(brief: Brief) -> dict[str, tuple[datetime, datetime] | None]:
    """The parts that a mail says were moved in time, and when they were to take place before, if it is known."""
    match brief.notification.content:
        case Rescheduled(parts=parts):
            return {one.part: (one.starts, one.ends) for one in parts}
        case RegistrationChanged(retimed_part=str(moved), retimed_from=began_at):
            part = brief.definition.part(moved)
            if part is None or began_at is None:
                return {moved: None}
            return {moved: (began_at, began_at + (part.ends - part.starts))}
        case _:
            return {}


def _card(brief: Brief, paper: Stationery, state: PartState) -> Card:
    voice = brief.voice
    part = brief.definition.part(state.part)
    badge = voice.say("status", state.status)
    if part is None:
        return Card(state.part, "over", badge, _because(brief, state))
    mode = voice.say("mode", state.mode) if voice.knows("mode", state.mode) else state.mode
    rows = [*when(brief, part), Row(voice.say("common", "where"), _where(brief, state, mode))]
    if state.status == "confirmed":
        rows += _practical(brief, paper, part, state)
    title = part.title.in_language(brief.to.language)
    return Card(title, TONES.get(state.status, "over"), badge, _because(brief, state), tuple(rows))


def when(brief: Brief, part: Part) -> tuple[Row, ...]:
    words, say = brief.moments, brief.voice.say
    now = Row(say("common", "when"), words.span(part.starts, part.ends), words.beside(part.starts, part.ends))
    was = _former(brief).get(part.part)
    return (now,) if was is None else (now, Row(say("common", "was"), words.span(*was)))


def _venue(brief: Brief) -> str | None:
    venue = brief.definition.venue
    return None if venue is None else ", ".join(filter(None, (venue.name, venue.place))) or None


def _where(brief: Brief, state: PartState, mode: str) -> str:
    return (_venue(brief) if state.mode == "in-person" else None) or mode


def _practical(brief: Brief, paper: Stationery, part: Part, state: PartState) -> Iterator[Row]:
    """What somebody with a place needs on the day: where to meet, what to bring, how to join."""
    voice, to = brief.voice, brief.to
    if state.mode == "in-person":
        if part.meeting_point is not None:
            yield Row(voice.say("common", "meeting-point"), part.meeting_point.in_language(to.language))
        if bring := tuple(_bring(brief, part)):
            words = voice.say("common", "list-separator").join(bring)
            yield Row(voice.say("common", "bring"), words[:1].upper() + words[1:])
    elif (link := _join(brief, paper, state)) is not None:
        yield Row(voice.say("common", "join"), voice.say("common", "join-link"), href=link)


def _join(brief: Brief, paper: Stationery, state: PartState) -> str | None:
    pool = brief.definition.pool(state.part, state.mode)
    if pool is None or pool.join is None or brief.notification.registration_id is None:
        return None
    return join(brief, paper, state.part)


def _bring(brief: Brief, part: Part) -> Iterator[str]:
    seen = set()
    for door in brief.definition.doors:
        for requirement in door.requires if door.part == part.part else ():
            if requirement.id in seen or requirement.kind is RequirementKind.REGISTRATION_FACT:
                continue
            seen.add(requirement.id)
            policy = brief.definition.policies.get(requirement.policy or "")
            test = policy.accept.test if policy is not None else None
            if requirement.format is CredentialFormat.EU_DCC and test is not None:
                yield brief.voice.say("requirement", "eu-dcc", hours=test.max_age_hours)
            elif brief.voice.knows("requirement", requirement.id):
                yield brief.voice.say("requirement", requirement.id)
            else:
                yield requirement.label.in_language(brief.to.language)


def _because(brief: Brief, state: PartState) -> str | None:
    """Why a part is not what was asked for, in a sentence."""
    if state.reason is None:
        return None
    if state.status in INSTEAD:
        return brief.voice.say("reason", INSTEAD[state.status]) if state.reason == "not-selected" else None
    reason = _cancelled(brief, state) or state.reason
    why = brief.voice.one_of("reason", reason, delegations=_delegations(brief))
    return " ".join((why, *_conditions(brief, state))) if state.reason == "not-eligible" else why


def _cancelled(brief: Brief, state: PartState) -> str | None:
    """Registration for what does not take place is closed as well; why it is closed says more."""
    part, pool = brief.definition.part(state.part), brief.definition.pool(state.part, state.mode)
    if state.reason != "deadline-passed" or part is None or pool is None or not pool.cancelled:
        return None
    return "part-cancelled" if all(one.cancelled for one in part.modes.values()) else "mode-cancelled"


def _conditions(brief: Brief, state: PartState) -> Iterator[str]:
    """What a part asks for, as far as the definition tells; which of it was not met is not said to us."""
    voice, definition, to = brief.voice, brief.definition, brief.to
    part = definition.part(state.part)
    if part is None:
        return
    claimed = content(brief, *get_args(RegistrationFact)).delegation
    listed = definition.delegations
    if claimed is not None and listed is None:
        yield voice.say("condition", "no-delegations")
    elif claimed is not None and listed is not None:
        known = not listed.eligible or definition.delegation(claimed) is not None
        if not known or listed.membership is Membership.CODE:
            yield voice.say("condition", "listed", delegations=_delegations(brief))
    elif part.eligible is Eligible.DELEGATIONS_ONLY:
        yield voice.say("condition", "delegations-only", delegations=_delegations(brief))
    if part.needs is not None:
        mode = part.needs.mode
        needed = _titles(definition, {part.needs.part}, to.language)
        yield voice.say("condition", "needs", part=f"{needed} ({voice.say('mode', mode).lower()})" if mode else needed)
    if rivals := definition.rivals(part.part):
        yield voice.say("condition", "excludes", parts=_titles(definition, rivals, to.language))


def _titles(definition: Definition, parts: Collection[str], language: str) -> str:
    return ", ".join(part.title.in_language(language) for part in definition.parts if part.part in parts)


def _delegations(brief: Brief) -> str:
    delegations = brief.definition.delegations
    return delegations.label.in_language(brief.to.language) if delegations is not None else ""


def _steps(brief: Brief, paper: Stationery, states: tuple[PartState, ...]) -> Iterator[str]:
    template = brief.notification.template
    keys: dict[str, None] = {}
    for state in states:
        online = state.status == "confirmed" and state.mode == "remote"
        if not online or _join(brief, paper, state) is not None:
            keys |= dict.fromkeys(STEPS.get((state.status, "remote" if online else "in-person"), ()))
    if template in (Template.CANCELLED, Template.DECLINED):
        keys |= dict.fromkeys(_afterwards(template, states))
    if any(_is_withdrawn(brief, state) for state in states):
        keys |= {"calendar-cancel": None}
    for key in keys:
        yield brief.voice.say("steps", key)


def _afterwards(template: Template, states: tuple[PartState, ...]) -> tuple[str, ...]:
    """A registration that holds nothing cannot be changed; whoever has no other may register anew."""
    if template is Template.CANCELLED or any(state.status in LIVE for state in states):
        return (template,)
    return () if all(state.reason == "already-registered" for state in states) else ("declined-all",)


def _calendars(brief: Brief, paper: Stationery, states: tuple[PartState, ...]) -> Iterator[Calendar]:
    """What is confirmed goes in one file; each part that is no more in its own, as the standard wants it."""
    known = [(state, part) for state in states if (part := brief.definition.part(state.part)) is not None]
    kept = [_entry(brief, paper, part, state) for state, part in known if state.status == "confirmed"]
    if kept:
        yield Calendar("PUBLISH", calendar.published(kept, paper.now), "calendar.ics")
    for state, part in known:
        if _is_withdrawn(brief, state):
            yield withdrawn(brief, paper, part, state)


def _is_withdrawn(brief: Brief, state: PartState) -> bool:
    """Whether its entry has to leave the calendar; whoever takes over was never sent one."""
    is_gone = state.status == "cancelled" and brief.notification.template is not Template.SUBSTITUTED
    return is_gone or state.part in brief.notification.given_up


def withdrawn(brief: Brief, paper: Stationery, part: Part, state: PartState | None = None) -> Calendar:
    """Takes a part's entry out of the calendar of whom it was sent to."""
    entry = _entry(brief, paper, part, state)
    cancelled = calendar.cancelled(entry, paper.now, paper.organiser(brief))
    return Calendar("CANCEL", cancelled, f"cancelled-{part.part}.ics")


def _location(brief: Brief, state: PartState | None) -> str | None:
    if state is None:
        return None
    return _venue(brief) if state.mode == "in-person" else brief.voice.say("common", "online")


def _entry(brief: Brief, paper: Stationery, part: Part, state: PartState | None) -> calendar.Entry:
    title = part.title.in_language(brief.to.language)
    link = _join(brief, paper, state) if state is not None and state.status == "confirmed" else None
    return calendar.Entry(
        uid=f"{brief.notification.registration_id}-{part.part}@{paper.domain}",
        sequence=brief.notification.version + brief.edition - 1,  # a new time in the definition raises it as well
        starts_at=part.starts,
        ends_at=part.ends,
        summary=title if title == brief.title else f"{brief.title}: {title}",
        location=_location(brief, state),
        url=link,
        attendee=(brief.to.name or brief.to.email, brief.to.email),
    )
