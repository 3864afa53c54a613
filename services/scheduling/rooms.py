"""Where meetings are joined: the same signed link that was mailed. The address behind it stays private."""

from collections.abc import Callable

from services.scheduling.domain import Booking
from shared.errors import Unavailable
from shared.people import People
from shared.telemetry import get_logger
from shared.tokens import Join, Tokens

log = get_logger(__name__)

Links = Callable[[Booking], str | None]


class Rooms:
    """Which desks have a meeting room is private too: registration is asked when somebody who may know is answered."""

    def __init__(self, people: People, tokens: Tokens, public_url: str) -> None:
        self._people = people
        self._tokens = tokens
        self._root = public_url.rstrip("/")

    async def links(self, gathering_id: str, version: int) -> Links:
        """Without registration an answer goes out without its link: the meeting stands all the same."""
        try:
            definition = await self._people.definition(gathering_id, version)
        except Unavailable as reason:
            log.warning("no joining links", gathering=gathering_id, reason=str(reason))
            definition = None
        desks = definition.helpdesk.desks if definition is not None else ()
        online = {desk.desk for desk in desks if desk.join is not None}
        return lambda booking: self._link(booking) if booking.live and booking.slot.desk in online else None

    def _link(self, booking: Booking) -> str:
        join = Join(booking.registration_id, booking.gathering_id, f"desk:{booking.slot.desk}")
        return f"{self._root}/v1/join/{self._tokens.join(join)}"
