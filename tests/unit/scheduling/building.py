"""A small gathering with two desks, and the messages that are about it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.scheduling.domain import Command, Diary, Gathering, Ledger, Outcome, settle
from services.scheduling.domain.requests import Order
from shared.messages import Message
from shared.messages.gathering import Definition
from shared.messages.registration import (
    AttendeeErased,
    GatheringPublished,
    PartState,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationWaitlisted,
)
from shared.messages.scheduling import (
    HoldRequested,
    MeetingNoted,
    MeetingReleaseRequested,
    MeetingRequested,
    MoveRequested,
    NoShowReported,
    PreferenceSubmitted,
    ProfileSubmitted,
    QuestionAsked,
    QuestionBacked,
    ReleaseRequested,
    SessionStarred,
    SlotRequested,
    WaitRequested,
)

G = "workshop-2021"
NOON = datetime(2021, 12, 10, 12, 0, tzinfo=UTC)  # the desks open now, by their own clock an hour later
EARLY = NOON - timedelta(days=3)

SESSIONS: list[dict[str, Any]] = [
    {
        "session": "opening",
        "part": "day",
        "title": {"en": "Opening"},
        "starts": "2021-12-10T09:00",
        "ends": "2021-12-10T09:45",
        "room": "hall",
        "speakers": [{"name": "Marek Przeor", "affiliation": "DG GROW"}],
    },
    {"session": "practices", "part": "day", "starts": "2021-12-10T09:45", "ends": "2021-12-10T10:30", "room": "hall"},
]
DESKS: list[dict[str, Any]] = [
    desk | {"opens": "2021-12-10T13:00", "closes": "2021-12-10T13:50", "slot_minutes": 10, "per_person": 1}
    for desk in ({"desk": "anna", "expert": "Anna Expert"}, {"desk": "marc", "expert": "Marc Expert"})
]


def definition(
    sessions: Sequence[dict[str, Any]] = SESSIONS, desks: Sequence[dict[str, Any]] = DESKS, **also: Any
) -> Definition:
    return Definition.model_validate(
        {
            "gathering": G,
            "title": {"en": "Workshop"},
            "timezone": "Europe/Paris",
            "parts": [
                {
                    "part": "day",
                    "starts": "2021-12-10T09:00",
                    "ends": "2021-12-10T18:00",
                    "modes": {"in-person": {"capacity": 100}, "remote": {}},
                }
            ],
            "agenda": {"release": "draft", "sessions": list(sessions)},
            "helpdesk": {"desks": list(desks)},
        }
        | also
    )


GROUPS: dict[str, Any] = {
    "session": "practices",
    "wishes": 2,
    "rooms": [{"room": "water", "capacity": 2}, {"room": "energy", "capacity": 2}],
}
FAIR: dict[str, Any] = {"part": "day", "tables": 2, "slot_minutes": 10, "break_minutes": 5, "max_per_person": 8}


def desk_with(number: int = 0, **changed: Any) -> list[dict[str, Any]]:
    """The desks, one of them changed."""
    return [desk | changed if place == number else desk for place, desk in enumerate(DESKS)]


def slot(minutes: int, desk: str = "anna") -> str:
    return f"{desk}-{NOON + timedelta(minutes=minutes):%Y%m%dT%H%MZ}"


def command(message: Order, at: datetime = EARLY, cause: str | None = None) -> Command:
    subject = message.subject() if isinstance(message, Message) else type(message).__name__
    return Command(message, cause=cause or f"cause-of-{subject}", at=at)


def published(version: int = 1, **changed: Any) -> GatheringPublished:
    return GatheringPublished(gathering_id=G, version=version, definition=definition(**changed))


def confirmed(
    who: str = "ada", version: int = 1, status: str = "confirmed", mode: str = "remote", delegation: str | None = None
) -> RegistrationConfirmed:
    return RegistrationConfirmed(**_registration(who, version, status, mode, delegation))


def changed(who: str = "ada", version: int = 2, status: str = "confirmed") -> RegistrationChanged:
    return RegistrationChanged(**_registration(who, version, status))


def cancelled(who: str = "ada", version: int = 2) -> RegistrationCancelled:
    return RegistrationCancelled(**_registration(who, version, "cancelled"))


def waitlisted(who: str = "ada", version: int = 1) -> RegistrationWaitlisted:
    return RegistrationWaitlisted(**_registration(who, version, "waitlisted"))


def erased(who: str = "ada", version: int = 3) -> AttendeeErased:
    return AttendeeErased(gathering_id=G, registration_id=who, version=version, erased_at=EARLY)


def _registration(
    who: str, version: int, status: str, mode: str = "remote", delegation: str | None = None
) -> dict[str, Any]:
    return {
        "gathering_id": G,
        "registration_id": who,
        "delegation": delegation,
        "version": version,
        "accepted_at": EARLY,
        "parts": (PartState(part="day", mode=mode, status=status),),
    }


def asks(
    who: str = "ada",
    slot_id: str | None = None,
    booking: str | None = None,
    at: datetime = EARLY,
    key: str | None = None,
    sealed: str | None = "sealed-topic",
) -> SlotRequested:
    wanted = slot_id or slot(0)
    booking_id = booking or f"booking-{who}"
    return SlotRequested(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=key or f"key-{booking_id}",
        booking_id=booking_id,
        slot_id=wanted,
        sealed=sealed,
    )


def moves(
    who: str = "ada", slot_id: str | None = None, number: int = 1, booking: str | None = None, at: datetime = EARLY
) -> MoveRequested:
    return MoveRequested(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-move-{who}-{number}",
        id=f"move-{who}-{number}",
        booking_id=booking or f"booking-{who}",
        slot_id=slot_id or slot(10),
    )


def releases(who: str = "ada", number: int = 1, booking: str | None = None, at: datetime = EARLY) -> ReleaseRequested:
    return ReleaseRequested(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-release-{who}-{number}",
        id=f"release-{who}-{number}",
        booking_id=booking or f"booking-{who}",
    )


def reports(who: str = "ada", number: int = 1, booking: str | None = None, at: datetime = NOON) -> NoShowReported:
    return NoShowReported(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-report-{who}-{number}",
        id=f"report-{who}-{number}",
        booking_id=booking or f"booking-{who}",
    )


def holds(who: str = "ada", slot_id: str | None = None, number: int = 1, at: datetime = EARLY) -> HoldRequested:
    return HoldRequested(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-hold-{who}-{number}",
        id=f"hold-{who}-{number}",
        slot_id=slot_id or slot(0),
    )


def waits(
    who: str = "ada", desk: str = "anna", number: int = 1, at: datetime = EARLY, *, leave: bool = False
) -> WaitRequested:
    return WaitRequested(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-wait-{who}-{desk}-{number}",
        id=f"wait-{who}-{desk}-{number}",
        desk=desk,
        leave=leave,
    )


def stars(
    who: str = "ada", session: str = "opening", number: int = 1, at: datetime = EARLY, *, starred: bool = True
) -> SessionStarred:
    return SessionStarred(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-star-{who}-{session}-{number}",
        id=f"star-{who}-{session}-{number}",
        session=session,
        starred=starred,
    )


def questions(who: str = "ada", session: str = "opening", number: int = 1, at: datetime = EARLY) -> QuestionAsked:
    return QuestionAsked(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-question-{who}-{number}",
        id=f"question-{who}-{number}",
        session=session,
        sealed="sealed-text",
    )


def backs(who: str = "bob", question: str = "question-ada-1", number: int = 1, at: datetime = EARLY) -> QuestionBacked:
    return QuestionBacked(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-backs-{who}-{number}",
        id=f"backs-{who}-{number}",
        question_id=question,
    )


def prefers(
    who: str = "ada",
    number: int = 1,
    groups: tuple[str, ...] = ("water",),
    meet: tuple[str, ...] = (),
    no_thanks: tuple[str, ...] = (),
) -> PreferenceSubmitted:
    return PreferenceSubmitted(
        gathering_id=G,
        registration_id=who,
        accepted_at=EARLY,
        key=f"key-prefer-{who}-{number}",
        id=f"prefer-{who}-{number}",
        working_groups=groups,
        meet=meet,
        no_thanks=no_thanks,
    )


def shows(who: str = "ada", number: int = 1, *, sealed: str | None = None, visible: bool = True) -> ProfileSubmitted:
    return ProfileSubmitted(
        gathering_id=G,
        registration_id=who,
        accepted_at=EARLY,
        key=f"key-profile-{who}-{number}",
        id=f"profile-{who}-{number}",
        sealed=sealed,
        visible=visible,
    )


def says_yes(who: str = "ada", to: str = "bob", number: int = 1, at: datetime = EARLY) -> MeetingRequested:
    return MeetingRequested(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-yes-{who}-{to}-{number}",
        id=f"yes-{who}-{to}-{number}",
        other_id=to,
    )


def gives_up(meeting: str, who: str = "ada", number: int = 1, at: datetime = EARLY) -> MeetingReleaseRequested:
    return MeetingReleaseRequested(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-gives-up-{who}-{meeting}-{number}",
        id=f"gives-up-{who}-{meeting}-{number}",
        meeting_id=meeting,
    )


def notes(meeting: str, who: str = "ada", number: int = 1, at: datetime = NOON) -> MeetingNoted:
    return MeetingNoted(
        gathering_id=G,
        registration_id=who,
        accepted_at=at,
        key=f"key-notes-{who}-{meeting}-{number}",
        id=f"notes-{who}-{meeting}-{number}",
        meeting_id=meeting,
    )


def empty() -> Diary:
    return Diary(Ledger(G))


def opened(*people: str, **changed: Any) -> Diary:
    """A published gathering and confirmed people."""
    diary = Diary(Ledger(G), gathering=Gathering(G, 1, definition(**changed)))
    return after(diary, *(confirmed(who) for who in people or ("ada", "bob", "cyd")))


def after(diary: Diary, *messages: Order, at: datetime = EARLY) -> Diary:
    return run(diary, *messages, at=at).after


def run(diary: Diary, *messages: Order, at: datetime = EARLY) -> Outcome:
    return settle(diary, [command(message, at) for message in messages])


def said(outcome: Outcome) -> list[Message]:
    return [message for message, _ in outcome.said]


def kinds(messages: Iterable[Message]) -> list[str]:
    return [type(message).__name__ for message in messages]
