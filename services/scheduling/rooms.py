"""Where meetings are joined: a private part of the definition, which registration alone hands out."""

import structlog

from shared.errors import Unavailable
from shared.people import People

log = structlog.get_logger()


class Rooms:
    """Joining links of desks, asked for when somebody who may know one is answered. Nothing is stored."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def of(self, gathering_id: str, version: int) -> dict[str, str]:
        """By desk. Without registration an answer goes out without its link: the meeting stands all the same."""
        try:
            definition = await self._people.definition(gathering_id, version)
        except Unavailable as reason:
            log.warning("no joining links", gathering=gathering_id, reason=str(reason))
            return {}
        desks = definition.helpdesk.desks if definition is not None else ()
        return {desk.desk: desk.join.url for desk in desks if desk.join is not None}
