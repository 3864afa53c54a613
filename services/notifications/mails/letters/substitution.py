"""Letters of a substitution: to whoever takes a registration over, and to whoever it was."""

from collections.abc import Iterator

from services.notifications.mails.letter import Brief, Card, Letter, content
from services.notifications.mails.letters import decision
from services.notifications.mails.letters.frame import Stationery, button, framed
from shared.messages.gathering import Definition
from shared.messages.registration import RegistrationChanged


def taken_over(brief: Brief, paper: Stationery) -> Letter:
    """It calls a place what is one. No entry is taken out of a calendar that never had it."""
    states = content(brief, RegistrationChanged).parts
    holds = any(state.status == "confirmed" for state in states)
    return decision.letter(brief, paper, section=None if holds else "substituted-waiting")


def handed_on(brief: Brief, paper: Stationery) -> Letter:
    """No key, no link and no word of whose it is now; the entries they were sent are taken out of their calendar."""
    held = [part for part in brief.definition.parts if part.part in brief.held]
    badge, language = brief.voice.say("handed-on", "badge"), brief.to.language
    return framed(
        brief,
        section=None if held else "handed-on-waiting",
        cards=tuple(
            Card(part.title.in_language(language), "over", badge, rows=decision.when(brief, part)) for part in held
        ),
        steps=tuple(brief.voice.say("steps", key) for key in _steps(brief.definition, had_a_place=bool(held))),
        button=button(brief, paper.links.gathering(brief.definition.gathering)),
        calendars=tuple(decision.withdrawn(brief, paper, part) for part in held),
    )


def _steps(definition: Definition, *, had_a_place: bool) -> Iterator[str]:
    if had_a_place:
        yield "calendar-cancel"
        if definition.helpdesk.desks or definition.working_groups is not None or definition.partnering is not None:
            yield "handed-on-meetings"
    yield "handed-on"
