"""Who is told what: from the facts of a batch to the mails they cause and to what is known after them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from services.notifications.domain.kinds import (
    RANK,
    SLOT_TEMPLATES,
    TOGETHER_TEMPLATES,
    BookingFact,
    FormerTimes,
    MeetingFact,
    RegistrationFact,
    Rescheduled,
    RoomFact,
    Template,
)
from services.notifications.domain.registered import decision
from services.notifications.domain.reminders import reminders
from services.notifications.domain.state import (
    Audience,
    Gathering,
    Mailing,
    Notification,
    Outcome,
    Progress,
    Registration,
    View,
    notification_id,
)
from services.notifications.domain.subjects import concerned, subject_of
from shared.messages.base import Message
from shared.messages.checkin import AttendanceRecorded, AttendeeAdmitted, TicketIssued
from shared.messages.envelope import Received
from shared.messages.registration import (
    AccessLinkRequested,
    AttendeeErased,
    GatheringPublished,
    InvitationIssued,
    RegistrationChanged,
)
from shared.messages.scheduling import (
    AgendaChangeNoticed,
    AgendaPublished,
    MeetingCancelled,
    MeetingScheduled,
    RoomAssigned,
    RoomReleased,
    SlotBooked,
    SlotMoved,
    SlotOffered,
    SlotReleased,
)


def hear(view: View, batch: Iterable[Received[Message]]) -> Outcome:
    """Decide a batch, record after record; the facts of one decision become one mail."""
    notifications: dict[str, Notification] = {}
    mailings: dict[str, Mailing] = {}
    for heard in batch:
        for told in decide(view, heard):
            if isinstance(told, Mailing):
                mailings.setdefault(told.id, told)
            elif told.id not in notifications or RANK[told.template] < RANK[notifications[told.id].template]:
                notifications[told.id] = told
        view = evolve(view, heard)
    return Outcome(view, tuple(notifications.values()), tuple(mailings.values()))


def decide(view: View, heard: Received[Message]) -> Iterator[Notification | Mailing]:
    """What one fact makes us tell, and whom."""
    match heard.message:
        case GatheringPublished() as fact:
            yield from _rescheduled(view, heard, fact)
        case SlotBooked() | SlotMoved() | SlotReleased() as fact:
            yield from _reminding(heard, _meeting(view, heard, fact))
        case RoomAssigned() | RoomReleased() | MeetingScheduled() | MeetingCancelled() | AgendaChangeNoticed() as fact:
            yield from _reminding(heard, _together(heard, fact))
        case SlotOffered(registration_id=to):
            about, version = subject_of(heard)
            yield _mail(heard, to, Template.SLOT_OFFERED, about=about, version=version)
        case AgendaPublished(changes=()) as fact:
            yield _agenda(heard, fact)
        case TicketIssued(registration_id=to):
            yield _mail(heard, to, Template.TICKET, about=f"tickets/{to}", version=heard.sequence or 0)
        case InvitationIssued(revoked=False) as fact:
            about = f"invitations/{fact.invitation_id}"
            yield _mail(heard, None, Template.INVITATION, about=about, version=fact.version)
        case AccessLinkRequested(registration_id=to):
            yield _mail(heard, to, Template.ACCESS_LINK)
        case fact if isinstance(fact, RegistrationFact):
            yield from _decided(view, heard, fact)
        case _:
            return


def evolve(view: View, heard: Received[Message]) -> View:
    """What is known after one fact; an older one never replaces a newer."""
    match heard.message:
        case GatheringPublished() as fact:
            known = view.gatherings.get(fact.gathering_id)
            if known is None or known.version < fact.version:
                new = Gathering(fact.gathering_id, fact.version, fact.definition)
                view = replace(view, gatherings={**view.gatherings, new.id: new})
        case AttendeeErased(registration_id=who) as fact:
            view = _knowing(view, replace(_known(view, who, fact), parts=(), erased=True))
        case AttendeeAdmitted(registration_id=who, part=part) | AttendanceRecorded(registration_id=who, part=part):
            known_one = _known(view, who, heard.message)
            view = _knowing(view, replace(known_one, attended=known_one.attended | {part}))
        case fact if isinstance(fact, RegistrationFact):
            known_one = _known(view, fact.registration_id, fact)
            if known_one.version < fact.version and not known_one.erased:
                view = _knowing(view, replace(known_one, version=fact.version, parts=fact.parts))
        case fact:
            about, version = subject_of(heard)
            if about is not None and view.versions.get(about, 0) < version:
                view = replace(view, versions={**view.versions, about: version})
    return _counting(view, heard)


def _decided(view: View, heard: Received[Message], fact: RegistrationFact) -> Iterator[Notification]:
    """What becomes of the registration later is no concern of whoever handed it on: that mail is never void."""
    yield decision(view, heard, fact)
    if isinstance(fact, RegistrationChanged) and fact.substituted:
        yield _mail(heard, fact.registration_id, Template.HANDED_ON, version=fact.version)


def _meeting(view: View, heard: Received[Message], fact: BookingFact) -> Iterator[Notification]:
    about = f"bookings/{fact.booking_id}"
    for template in SLOT_TEMPLATES[type(fact)]:
        yield _mail(heard, fact.registration_id, template, about=about, version=fact.version)
    if isinstance(fact, SlotMoved) and fact.previous_desk is not None and _has_another_expert(view, fact):
        template = Template.SLOT_RELEASED_EXPERT
        told = _mail(heard, fact.registration_id, template, about=about, version=fact.version)
        yield replace(told, content=_lost(fact, fact.previous_desk))


def _together(heard: Received[Message], fact: RoomFact | MeetingFact | AgendaChangeNoticed) -> Iterator[Notification]:
    """One mail for each whom it concerns."""
    about, version = subject_of(heard)
    for to in concerned(fact):
        told = _mail(heard, to, TOGETHER_TEMPLATES[type(fact)], about=about, version=version)
        yield replace(told, id=notification_id(told.id, to))


def _reminding(heard: Received[Message], told: Iterator[Notification]) -> Iterator[Notification]:
    mails = tuple(told)
    yield from mails
    yield from reminders(mails, heard.time)


def _has_another_expert(view: View, fact: SlotMoved) -> bool:
    known = view.gatherings.get(fact.gathering_id)
    experts = {desk.desk: desk.expert for desk in known.definition.helpdesk.desks} if known is not None else {}
    return experts.get(fact.desk) != experts.get(fact.previous_desk or fact.desk)


def _lost(fact: SlotMoved, desk: str) -> SlotReleased:
    """What the move is to the expert whom the meeting has left."""
    return SlotReleased(
        gathering_id=fact.gathering_id,
        booking_id=fact.booking_id,
        registration_id=fact.registration_id,
        desk=desk,
        slot_id=fact.slot_id,
        starts_at=fact.previous_starts_at,
        ends_at=fact.previous_starts_at + (fact.ends_at - fact.starts_at),
        version=fact.version,
        reason="moved",
    )


def _agenda(heard: Received[Message], fact: AgendaPublished) -> Mailing:
    """The first release, and one that is no more than official now, is news to everybody."""
    return Mailing(
        id=notification_id(fact.subject()),
        gathering_id=fact.gathering_id,
        template=Template.AGENDA_PUBLISHED,
        cause_id=heard.causation_id or heard.id,
        content=fact,
        audience=Audience(),
        about=f"agendas/{fact.gathering_id}",
        version=fact.release,
        correlation_id=heard.correlation_id,
    )


def _rescheduled(view: View, heard: Received[Message], fact: GatheringPublished) -> Iterator[Mailing]:
    """Those in a part whose times differ from the definition heard before are told, once per new version."""
    known = view.gatherings.get(fact.gathering_id)
    if known is None or known.version >= fact.version:
        return
    now = {part.part: (part.starts, part.ends) for part in fact.definition.parts}
    former = tuple(
        FormerTimes(part=part.part, starts=part.starts, ends=part.ends)
        for part in known.definition.parts
        if now.get(part.part, (part.starts, part.ends)) != (part.starts, part.ends)
    )
    if former:
        yield Mailing(
            id=notification_id(fact.subject()),
            gathering_id=fact.gathering_id,
            template=Template.RESCHEDULED,
            cause_id=heard.causation_id or heard.id,
            content=Rescheduled(parts=former),
            audience=Audience(parts=frozenset(part.part for part in former)),
            after=heard.sequence or 0,
            correlation_id=heard.correlation_id,
        )


def _mail(
    heard: Received[Message], to: str | None, template: Template, *, about: str | None = None, version: int = 0
) -> Notification:
    cause = heard.causation_id or heard.id
    return Notification(
        id=notification_id(heard.message.subject(), template, cause),
        gathering_id=heard.message.gathering_id,
        registration_id=to,
        template=template,
        cause_id=cause,
        content=heard.message,
        about=about,
        version=version,
        correlation_id=heard.correlation_id,
    )


def _known(view: View, registration_id: str, fact: Message) -> Registration:
    return view.registrations.get(registration_id) or Registration(registration_id, fact.gathering_id)


def _knowing(view: View, registration: Registration) -> View:
    return replace(view, registrations={**view.registrations, registration.id: registration})


def _counting(view: View, heard: Received[Message]) -> View:
    if heard.sequence is None or type(heard.message).source != GatheringPublished.source:
        return view
    gathering_id = heard.message.gathering_id
    progress = view.progress.get(gathering_id, Progress()).hearing(heard.sequence)
    return replace(view, progress={**view.progress, gathering_id: progress})
