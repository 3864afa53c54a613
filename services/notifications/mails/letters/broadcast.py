"""Letters to many: the agenda and what changed in it, an announcement, the follow-up article."""

from services.notifications.domain import Article, News
from services.notifications.mails.letter import Brief, Button, Card, Letter, Row, content
from services.notifications.mails.letters.frame import Stationery, button, framed, manage
from shared.messages.scheduling import AgendaChange, AgendaChangeNoticed, AgendaPublished


def agenda(brief: Brief, paper: Stationery) -> Letter:
    fact, voice = content(brief, AgendaPublished), brief.voice
    suffix = "-draft" if fact.label == "draft" else ""
    return framed(
        brief,
        subject=voice.say("agenda-published", f"subject{suffix}", title=brief.title),
        headline=voice.say("agenda-published", f"headline{suffix}"),
        paragraphs=voice.paragraphs("agenda-published", f"intro{suffix}", title=brief.title),
        steps=(voice.say("agenda-published", "step-look"),),
        button=_to_agenda(brief, paper),
        warning=None,
    )


def agenda_changed(brief: Brief, paper: Stationery) -> Letter:
    """Only what concerns who reads it."""
    fact = content(brief, AgendaChangeNoticed)
    sessions = {one.session: one.title.in_language(brief.to.language) for one in brief.definition.agenda.sessions}
    rows = tuple(
        Row(label, sessions.get(line.session, line.session.replace("-", " ")), _now_in(brief, line))
        for line in fact.changes
        if (label := _called(brief, line)) is not None
    )
    cards = (Card(brief.title, rows=rows),) if rows else ()
    return framed(brief, cards=cards, button=_to_agenda(brief, paper), warning=None)


def _called(brief: Brief, line: AgendaChange) -> str | None:
    """Nothing for a kind of change that came into the language later."""
    kind = "room" if line.change == "changed" and line.room is not None else line.change
    return brief.voice.say("agenda-changed", kind) if brief.voice.knows("agenda-changed", kind) else None


def _now_in(brief: Brief, line: AgendaChange) -> str | None:
    if line.room is None:
        return None
    return brief.voice.say("agenda-changed", "now-in", room=line.room.replace("-", " ").capitalize())


def _to_agenda(brief: Brief, paper: Stationery) -> Button:
    return Button(brief.voice.say("agenda-published", "button"), paper.links.agenda(brief.definition.gathering))


def announcement(brief: Brief, paper: Stationery) -> Letter:
    news = content(brief, News)
    return framed(
        brief,
        subject=brief.voice.say("announcement", "subject", subject=news.subject),
        headline=brief.voice.say("announcement", "headline", subject=news.subject),
        paragraphs=paragraphs_of(news.text),
        button=button(brief, manage(brief, paper)),
    )


def follow_up(brief: Brief, paper: Stationery) -> Letter:  # noqa: ARG001  every builder is called alike
    article = content(brief, Article)
    voice = brief.voice
    return framed(
        brief,
        headline=voice.say("follow-up", "headline", article=article.title),
        paragraphs=(*voice.paragraphs("follow-up", "intro", title=brief.title), *paragraphs_of(article.text)),
        button=Button(voice.say("follow-up", "button"), article.url),
        warning=None,
    )


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Free text as its writer broke it: an empty line parts paragraphs."""
    return tuple(block.strip() for block in text.replace("\r\n", "\n").split("\n\n") if block.strip())
