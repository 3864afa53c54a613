"""Whoever comes after publication is given a room, as soon as registration has told their country."""

from functools import partial

from services.scheduling.domain import Command, Diary, Outcome, PlaceLatecomers, settle, wanted
from services.scheduling.proposals import countries
from services.scheduling.store import Store
from shared.clock import Clock, timestamp
from shared.people import People


class Latecomers:
    def __init__(self, store: Store, people: People, clock: Clock) -> None:
        self._store = store
        self._people = people
        self._clock = clock

    async def place(self) -> None:
        """All who wait for it, gathering by gathering."""
        for gathering_id in sorted(await self._store.untried()):
            late = [one.registration_id for one in await self._store.latecomers_in(gathering_id)]
            seated = [one.registration_id for one in await self._store.assignments_in(gathering_id) if one.live]
            known = await countries(self._people, sorted({*late, *seated}), tries=1)
            at = self._clock.now()
            order = PlaceLatecomers(tuple(known.items()))
            command = Command(order, cause=f"latecomers/{gathering_id}/{timestamp(at)}", at=at)
            await self._store.alone(gathering_id, wanted([command]), partial(_settled, command), at)


def _settled(command: Command, diary: Diary) -> Outcome:
    return settle(diary, [command])
