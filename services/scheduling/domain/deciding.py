"""From commands to facts: each is decided on what the ones before it left."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from services.scheduling.domain.acting import act
from services.scheduling.domain.answering import answer
from services.scheduling.domain.asking import moderate
from services.scheduling.domain.cascading import (
    RegistrationFact,
    block,
    hear_erasure,
    hear_gathering,
    hear_registration,
    publish,
)
from services.scheduling.domain.evolving import evolve, evolve_all
from services.scheduling.domain.facts import (
    AgendaDrafted,
    AgendaReleased,
    AssignmentChanged,
    BookingChanged,
    Defined,
    Fact,
    HoldEnded,
    Learned,
    MeetingChanged,
    Unblocked,
    Waited,
)
from services.scheduling.domain.offering import lapse, next_offer, unusable
from services.scheduling.domain.outcome import Decided, Outcome
from services.scheduling.domain.programme import Agenda
from services.scheduling.domain.proposing import on_proposal
from services.scheduling.domain.requests import (
    BlockDesk,
    Command,
    DraftAgenda,
    ModerateQuestion,
    MoveBooking,
    OnProposal,
    PlaceLatecomers,
    PublishAgenda,
    ReleaseBooking,
    ReportMissed,
    SeatPerson,
    UnblockDesk,
    WalkIn,
    is_request,
)
from services.scheduling.domain.rooming import follow_session, place_latecomers, seat_person
from services.scheduling.domain.state import Diary, Gathering
from shared.messages.registration import AttendeeErased, GatheringPublished

FREEING = (
    BookingChanged | HoldEnded | Waited | Defined | Learned | Unblocked
)  # after these a slot may be somebody else's
FILLING = (
    BookingChanged | AssignmentChanged | MeetingChanged | AgendaReleased | Defined | Learned
)  # after these an offer may be good for nothing


def settle(diary: Diary, commands: Iterable[Command]) -> Outcome:
    """Decide commands in order; requests that had waited for one of them are decided right behind it."""
    after, decided = diary, list[Decided]()
    for command in commands:
        after = _apply(after, command, decided)
        for waiting in _revived(after, command):
            after = _apply(after, waiting, decided)
    return Outcome(diary, after, tuple(decided))


def _apply(diary: Diary, command: Command, decided: list[Decided]) -> Diary:
    """First what the clock has overtaken, then the command; whatever either sets free goes to those who wait for it."""
    diary = _take(diary, command, list(lapse(diary, command.at)), decided)
    return _take(diary, command, decide(diary, command), decided)


def _take(diary: Diary, command: Command, facts: list[Fact], decided: list[Decided]) -> Diary:
    diary = _with(diary, command, facts, decided)
    if diary.gathering is not None and any(isinstance(fact, Defined | AgendaReleased) for fact in facts):
        rooms = list(follow_session(diary, diary.gathering, command.at))
        diary = _with(diary, command, rooms, decided)
        facts = [*facts, *rooms]
    if diary.gathering is not None and any(isinstance(fact, FILLING) for fact in facts):
        gone = list(unusable(diary, diary.gathering, command.at))
        diary, facts = _with(diary, command, gone, decided), [*facts, *gone]
    freeing = any(isinstance(fact, FREEING) for fact in facts)
    return _offer_around(diary, command, decided) if freeing else diary


def _with(diary: Diary, command: Command, facts: Sequence[Fact], decided: list[Decided]) -> Diary:
    decided.extend(Decided(command, fact) for fact in facts)
    return evolve_all(diary, facts)


def _offer_around(diary: Diary, command: Command, decided: list[Decided]) -> Diary:
    while diary.gathering is not None and diary.waiters:
        fact = next_offer(diary, diary.gathering, command.cause, command.at)
        if fact is None:
            break
        decided.append(Decided(command, fact))
        diary = evolve(diary, fact)
    return diary


def decide(diary: Diary, command: Command) -> list[Fact]:
    """What follows from one command; nothing from one that was heard or answered before."""
    order = command.message
    return answer(diary, command, order) if is_request(order) else list(_follow(diary, command))


def _follow(diary: Diary, command: Command) -> Iterator[Fact]:
    order, at = command.message, command.at
    match order:
        case GatheringPublished():
            yield from hear_gathering(diary, order, at)
        case AttendeeErased():
            yield from hear_erasure(diary, order, at)
        case BlockDesk() | UnblockDesk() if diary.gathering is not None:
            yield from _block(diary, diary.gathering, command, order)
        case ReleaseBooking() | MoveBooking() | WalkIn() | ReportMissed() if diary.gathering is not None:
            yield from act(diary, diary.gathering, order, at)
        case _ if isinstance(order, OnProposal | PlaceLatecomers | SeatPerson) and diary.gathering is not None:
            yield from _encounter(diary, diary.gathering, order, at)
        case ModerateQuestion():
            yield from moderate(diary, order)
        case DraftAgenda(sessions=sessions):
            yield AgendaDrafted(Agenda(sessions, diary.agenda.edition + 1, diary.agenda.latest))
        case PublishAgenda(label=label):
            yield from publish(diary, diary.agenda, label, at)
        case _ if isinstance(order, RegistrationFact):
            yield from hear_registration(diary, order, at)
        case _:
            return


def _block(diary: Diary, gathering: Gathering, command: Command, order: BlockDesk | UnblockDesk) -> Iterator[Fact]:
    known = diary.blocks.get(order.block_id)
    if isinstance(order, UnblockDesk):
        yield from [Unblocked(known)] if known is not None else []
    elif known is None:  # a repeat would take nothing, and forget what the first has taken
        yield from block(diary, gathering, order, command.cause, command.at)


def _encounter(
    diary: Diary, gathering: Gathering, order: OnProposal | PlaceLatecomers | SeatPerson, at: datetime
) -> Iterator[Fact]:
    match order:
        case PlaceLatecomers():
            yield from place_latecomers(diary, gathering, order, at)
        case SeatPerson():
            yield from seat_person(diary, gathering, order, at)
        case _:
            yield from on_proposal(diary, gathering, order, at)


def _revived(diary: Diary, command: Command) -> list[Command]:
    """Who waited for the gathering, or for the registration that was just heard of."""
    order = command.message
    if isinstance(order, GatheringPublished):
        return list(diary.waiting.values())
    if isinstance(order, RegistrationFact | AttendeeErased):
        return [one for one in diary.waiting.values() if _registration(one) == order.registration_id]
    return []


def _registration(command: Command) -> str | None:
    return command.message.registration_id if is_request(command.message) else None
