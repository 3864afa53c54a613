"""Whether a gathering exists: asked of registration, a yes remembered for a while, never a reason to wait for long."""

import asyncio
import time
from collections import OrderedDict
from http import HTTPStatus

from services.gateway.clients.owners import Owners
from shared.errors import Unavailable
from shared.http import not_found

KNOWN_FOR = 30.0  # seconds; a gathering does not go away
UNCERTAIN_FOR = 1.0
WITHIN = 0.5
REMEMBERED = 10_000


class Gatherings:
    """Answers only what is certain: while registration is away, any gathering may exist.

    A no is not remembered: the gathering may be published the moment after.
    """

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        self._seen: OrderedDict[str, float] = OrderedDict()  # until when it need not be asked for again
        self._asking: dict[str, asyncio.Task[bool]] = {}

    async def must_not_be_unknown(self, gathering_id: str) -> None:
        """404 for a gathering that registration does not have."""
        if self._seen.get(gathering_id, 0.0) <= time.monotonic() and not await self._ask_once(gathering_id):
            raise not_found()

    async def _ask_once(self, gathering_id: str) -> bool:
        """A rush of callers shares one question."""
        asking = self._asking.get(gathering_id)
        if asking is None:
            asking = asyncio.create_task(self._ask(gathering_id))
            self._asking[gathering_id] = asking
            asking.add_done_callback(lambda _: self._asking.pop(gathering_id, None))
        return await asyncio.shield(asking)

    async def _ask(self, gathering_id: str) -> bool:
        try:
            answer = await self._owners.ask(
                "registration", "GET", f"/internal/gatherings/{gathering_id}", None, within=WITHIN
            )
        except Unavailable:
            hold = UNCERTAIN_FOR
        else:
            hold = KNOWN_FOR
            if answer.status == HTTPStatus.NOT_FOUND:
                self._seen.pop(gathering_id, None)
                return False
        self._seen[gathering_id] = time.monotonic() + hold
        self._seen.move_to_end(gathering_id)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True
