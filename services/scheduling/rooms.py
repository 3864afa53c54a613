"""Where meetings are joined: the same signed link that was mailed. The address behind it stays private."""

from collections.abc import Callable
from dataclasses import dataclass

from services.scheduling.domain import Booking, Registration
from shared.errors import Unavailable
from shared.messages.gathering import Definition
from shared.people import People
from shared.telemetry import get_logger
from shared.tokens import Join, Tokens

log = get_logger(__name__)

Links = Callable[[Booking], str | None]
Way = Callable[[Registration, str], str | None]  # to a room or a meeting


@dataclass(frozen=True, slots=True)
class Ways:
    """Where working groups and meetings are joined from afar."""

    room: Way
    meeting: Way


def nowhere(_: Registration, __: str) -> None:
    """For readers who are not the holder."""


NO_WAYS = Ways(nowhere, nowhere)


class Rooms:
    """Which desks have a meeting room is private too: registration is asked when somebody who may know is answered."""

    def __init__(self, people: People, tokens: Tokens, public_url: str) -> None:
        self._people = people
        self._tokens = tokens
        self._root = public_url.rstrip("/")

    async def links(self, gathering_id: str, version: int, generation: int) -> Links:
        """For who holds that generation. Without registration they get none: the meeting stands all the same."""
        definition = await self._definition(gathering_id, version)
        desks = definition.helpdesk.desks if definition is not None else ()
        online = {desk.desk for desk in desks if desk.join is not None}

        def link(booking: Booking) -> str | None:
            if not booking.live or booking.slot.desk not in online:
                return None
            return self._to(Join(booking.registration_id, gathering_id, f"desk:{booking.slot.desk}", generation))

        return link

    async def of_expert(self, gathering_id: str, version: int, desk: str) -> str | None:
        """The room itself: an expert is counted nowhere, so no joining link need stand before it."""
        definition = await self._definition(gathering_id, version)
        theirs = definition.desk(desk) if definition is not None else None
        return theirs.join.url if theirs is not None and theirs.join is not None else None

    async def ways(self, gathering_id: str, version: int) -> Ways:
        definition = await self._definition(gathering_id, version)
        if definition is None:
            return NO_WAYS
        groups = definition.working_groups.rooms if definition.working_groups is not None else ()
        rooms = {room.room for room in groups if room.join is not None}

        def to(kind: str) -> Way:
            return lambda who, name: self._to(Join(who.id, gathering_id, kind + name, who.generation))

        to_room, to_meeting = to("room:"), to("meeting:")
        return Ways(
            room=lambda who, room: to_room(who, room) if room in rooms else None,
            meeting=to_meeting if definition.meetings_join is not None else nowhere,
        )

    async def _definition(self, gathering_id: str, version: int) -> Definition | None:
        try:
            return await self._people.definition(gathering_id, version)
        except Unavailable as reason:
            log.warning("no joining links", gathering=gathering_id, reason=str(reason))
            return None

    def _to(self, join: Join) -> str:
        return f"{self._root}/v1/join/{self._tokens.join(join)}"
