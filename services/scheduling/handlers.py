"""What scheduling hears: a batch is loaded once, decided in log order, committed once, and answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from services.scheduling import views
from services.scheduling.domain import Command, Diary, LapseHolds, Outcome, is_request, settle, wanted
from services.scheduling.rooms import Links, Rooms
from services.scheduling.store import Store
from shared.bus import Batch, Reply
from shared.clock import Clock, timestamp
from shared.errors import LostRace
from shared.messages import Message
from shared.messages.registration import (
    AttendeeErased,
    GatheringPublished,
    RegistrationCancelled,
    RegistrationChanged,
    RegistrationConfirmed,
    RegistrationDeclined,
    RegistrationPending,
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
from shared.telemetry import get_logger

log = get_logger(__name__)

HEARS: tuple[type[Message], ...] = (
    SlotRequested,
    MoveRequested,
    ReleaseRequested,
    NoShowReported,
    PreferenceSubmitted,
    HoldRequested,
    WaitRequested,
    SessionStarred,
    QuestionAsked,
    QuestionBacked,
    ProfileSubmitted,
    MeetingRequested,
    MeetingReleaseRequested,
    MeetingNoted,
    GatheringPublished,
    RegistrationConfirmed,
    RegistrationWaitlisted,
    RegistrationPending,
    RegistrationDeclined,
    RegistrationChanged,
    RegistrationCancelled,
    AttendeeErased,
)
WAIT_AT_MOST = timedelta(seconds=60)  # for a gathering or a registration to be heard of


def _settled(command: Command, diary: Diary) -> Outcome:
    return settle(diary, [command])


class Handlers:
    """From the log to the store and back. Which rule a message falls under is the domain's to say."""

    def __init__(self, store: Store, clock: Clock, rooms: Rooms, forget: Callable[[str], None]) -> None:
        self._store = store
        self._clock = clock
        self._rooms = rooms
        self._forget = forget  # what is remembered of a person whose name may have changed or gone

    async def process(self, batch: Batch) -> Sequence[Reply]:
        commands = [Command.from_log(received) for received in batch]
        for command in commands:  # first of all: whoever is gone is gone also while MongoDB is away
            if isinstance(command.message, AttendeeErased | RegistrationChanged):
                self._forget(command.message.registration_id)
        outcomes = await self._settle(commands)
        revived = [command for outcome in outcomes.values() for command in outcome.revived]
        return await self._replies([*commands, *revived], outcomes)

    async def give_up(self) -> bool:
        """Refuse what has waited too long; True if there was something."""
        overdue = await self._store.overdue(self._clock.wall() - WAIT_AT_MOST)
        if not overdue:
            return False
        log.info("given up waiting", requests=len(overdue))
        try:
            await self._settle([command.for_the_last_time() for command in overdue])
        except LostRace:
            log.info("requests have been decided meanwhile")
        return True

    async def lapse(self) -> None:
        """End what is held for nobody any more; whoever waits next is offered it in the same decision."""
        now = self._clock.now()
        for gathering_id in sorted(await self._store.lapsed(now)):
            command = Command(LapseHolds(), cause=f"lapse/{gathering_id}/{timestamp(now)}", at=now)
            settled = partial(_settled, command)
            await self._store.alone(gathering_id, wanted([command]), settled, now)

    async def _settle(self, commands: Iterable[Command]) -> dict[str, Outcome]:
        by_gathering = dict[str, list[Command]]()
        for command in commands:
            if isinstance(command.message, Message):
                by_gathering.setdefault(command.message.gathering_id, []).append(command)
        diaries = await self._store.load({one: wanted(theirs) for one, theirs in by_gathering.items()})
        outcomes = {one: settle(diaries[one], theirs) for one, theirs in by_gathering.items()}
        await self._store.commit(list(outcomes.values()), self._clock.now())
        return outcomes

    async def _replies(self, commands: Sequence[Command], outcomes: Mapping[str, Outcome]) -> list[Reply]:
        replies = []
        links = dict[tuple[str, int], Links]()
        for command in commands:
            request = command.message
            if command.reply_to is None or not is_request(request):
                continue
            after = outcomes[request.gathering_id].after
            answer = after.answers.get(request.submission_id())
            if answer is None:
                continue  # it waits; the gateway says 202
            of = request.gathering_id, request.generation
            if answer.booking is not None and after.gathering is not None and of not in links:
                gathering_id, generation = of
                links[of] = await self._rooms.links(gathering_id, after.gathering.version, generation)
            status, body = views.reply(answer, request, links.get(of, views.nowhere))
            replies.append(Reply(command.reply_to, status, body))
        return replies
