"""The agenda: sessions with rooms, speakers and times, and a change log that people can read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain import Agenda, Change, Gathering, Kind, Release
from services.scheduling.views.calendars import Entry, calendar
from shared.clock import timestamp
from shared.messages.gathering import Session, Speaker

CALLED = {
    "title": "title",
    "room": "room",
    "speakers": "speakers",
    "about": "description",
    "kind": "kind",
    "part": "part",
    "mandatory": "who must attend",
}


def agenda(gathering: Gathering, release: Release, releases: Sequence[Release]) -> dict[str, Any]:
    """One release, with the list of all."""
    zone = ZoneInfo(gathering.definition.timezone)
    return {
        "gathering": gathering.id,
        "timezone": gathering.definition.timezone,
        **_heading(release),
        "changes": [
            {"session": one.session, "change": one.kind.value, "line": line(one, zone)} for one in release.changes
        ],
        "sessions": [{**session(one.session, zone), "revision": one.revision} for one in release.sessions],
        "releases": [_heading(one) for one in releases],
    }


def draft(gathering: Gathering, written: Agenda) -> dict[str, Any]:
    """The working copy, for staff: in the form in which it is put back."""
    return {
        "gathering": gathering.id,
        "timezone": gathering.definition.timezone,
        "edition": written.edition,
        "published": _heading(written.latest) if written.latest is not None else None,
        "sessions": [one.model_dump(mode="json", exclude_none=True) for one in written.working],
    }


def session(one: Session, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "session": one.session,
        "part": one.part,
        "kind": one.kind.value,
        "title": one.title.root,
        "about": one.about.root if one.about is not None else None,
        "room": one.room,
        "starts_at": timestamp(one.starts),
        "ends_at": timestamp(one.ends),
        "starts_local": local(one.starts, zone),
        "ends_local": local(one.ends, zone),
        "mandatory": one.mandatory,
        "speakers": [speaker.model_dump(mode="json") for speaker in one.speakers],
    }


def agenda_calendar(gathering: Gathering, release: Release, domain: str) -> bytes:
    """A session's SEQUENCE is the release in which it last changed."""
    title = _title(gathering)
    entries = [session_entry(gathering.id, one.session, one.revision, domain) for one in release.sessions]
    return calendar(title, entries, release.published_at)


def session_entry(gathering_id: str, session: Session, sequence: int, domain: str, *, cancelled: bool = False) -> Entry:
    return Entry(
        uid=f"{gathering_id}-{session.session}@{domain}",
        sequence=sequence,
        starts_at=session.starts,
        ends_at=session.ends,
        summary=_named(session),
        location=session.room,
        description=_described(session),
        cancelled=cancelled,
    )


def line(change: Change, zone: ZoneInfo) -> str:
    """`Moved: “Opening”, Fri 10 Dec 09:15-10:00, now Fri 10 Dec 09:30-10:15`."""
    was, now = change.was, change.now
    if change.kind is Kind.ADDED and now is not None:
        where = f", room {now.room}" if now.room is not None else ""
        return f"Added: “{_named(now)}”, {_span(now, zone)}{where}"
    if was is not None and now is not None:
        others = ", ".join(word for field, word in CALLED.items() if getattr(was, field) != getattr(now, field))
        if change.kind is Kind.MOVED:
            also = f"; also changed: {others}" if others else ""
            return f"Moved: “{_named(now)}”, {_span(was, zone)}, now {_span(now, zone)}{also}"
        return f"Changed: “{_named(now)}”: {others}"
    gone = was or now
    return f"Removed: “{_named(gone)}”, {_span(gone, zone)}" if gone is not None else change.session


def local(moment: datetime, zone: ZoneInfo) -> str:
    """Wall time with its offset: `2021-12-10T09:15:00+01:00`."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _heading(release: Release) -> dict[str, Any]:
    published_at = timestamp(release.published_at)
    return {"release": release.number, "label": release.label.value, "published_at": published_at}


def _span(one: Session, zone: ZoneInfo) -> str:
    starts, ends = one.starts.astimezone(zone), one.ends.astimezone(zone)
    return f"{starts:%a} {starts.day} {starts:%b %H:%M}-{ends:%H:%M}"


def _title(gathering: Gathering) -> str:
    return gathering.definition.title.in_language(gathering.definition.languages[0])


def _named(one: Session) -> str:
    return one.title.in_language("en")


def _described(one: Session) -> str | None:
    lines = [_introduced(speaker) for speaker in one.speakers]
    if one.about is not None:
        lines.append(one.about.in_language("en"))
    return "\n".join(lines) or None


def _introduced(speaker: Speaker) -> str:
    of = ", ".join(filter(None, (speaker.affiliation, speaker.project, speaker.note)))
    return f"{speaker.name} ({of})" if of else speaker.name
