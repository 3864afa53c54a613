"""Leases: of several replicas, one does the background work. It saves effort; correctness never rests on it."""

from datetime import timedelta

from shared.clock import Clock
from shared.errors import LostRace
from shared.mongo import Mongo, outcomes


class Lease:
    """Held for `lasting` at a time, by machine time; whoever dies holding it is followed when it runs out."""

    def __init__(self, mongo: Mongo, name: str, owner: str, clock: Clock, lasting: timedelta) -> None:
        self._leases = mongo["leases"]
        self._name = name
        self._owner = owner
        self._clock = clock
        self._lasting = lasting

    async def hold(self) -> bool:
        """Take or prolong it; False while another holds it."""
        now = self._clock.wall()
        over = [{"until": {"$lt": now}}, {"until": {"$gt": now + 2 * self._lasting}}]  # or taken by a clock far ahead
        free = {"_id": self._name, "$or": [{"owner": self._owner}, *over]}
        try:
            with outcomes():
                await self._leases.update_one(
                    free, {"$set": {"owner": self._owner, "until": now + self._lasting}}, upsert=True
                )
        except LostRace:
            return False
        return True
