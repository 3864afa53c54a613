"""From commands to facts: each is decided on what the ones before it left."""

from collections.abc import Iterable, Iterator

from services.scheduling.domain.answering import answer
from services.scheduling.domain.cascading import (
    RegistrationFact,
    block,
    hear_erasure,
    hear_gathering,
    hear_registration,
    publish,
)
from services.scheduling.domain.evolving import evolve
from services.scheduling.domain.facts import AgendaDrafted, Decided, Fact, Outcome
from services.scheduling.domain.programme import Agenda
from services.scheduling.domain.requests import BlockDesk, Command, DraftAgenda, PublishAgenda, is_request
from services.scheduling.domain.state import Diary
from shared.messages.registration import AttendeeErased, GatheringPublished


def settle(diary: Diary, commands: Iterable[Command]) -> Outcome:
    """Decide commands in order; requests that had waited for one of them are decided right behind it."""
    after, decided = diary, list[Decided]()
    for command in commands:
        after = _apply(after, command, decided)
        for waiting in _revived(after, command):
            after = _apply(after, waiting, decided)
    return Outcome(diary, after, tuple(decided))


def _apply(diary: Diary, command: Command, decided: list[Decided]) -> Diary:
    for fact in decide(diary, command):
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
        case BlockDesk() if diary.gathering is not None:
            yield from block(diary, diary.gathering, order, at)
        case DraftAgenda(sessions=sessions):
            yield AgendaDrafted(Agenda(sessions, diary.agenda.edition + 1, diary.agenda.latest))
        case PublishAgenda(label=label):
            yield from publish(diary.ledger.gathering_id, diary.agenda, label, at)
        case _ if isinstance(order, RegistrationFact):
            yield from hear_registration(diary, order, at)
        case _:
            return


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
