"""Where the seed strikes: every call of a process on the outside is a step, and may fail as the real one fails."""

import random
from collections.abc import Generator
from dataclasses import dataclass
from types import coroutine

from shared.errors import LostRace, Unavailable


@dataclass
class Odds:
    """How often, of all such calls; all 0 once the house is to come to rest."""

    away: float = 0.01  # the database or the broker does not answer
    race: float = 0.02  # somebody else's transaction is in the way
    unknown: float = 0.02  # it was committed, and nobody was told
    mail_later: float = 0.08
    mail_refused: float = 0.02
    mail_unanswered: float = 0.03  # taken, but the 250 is lost


NONE = Odds(0, 0, 0, 0, 0, 0)


@coroutine
def turn() -> Generator[None, None, None]:
    """Let others come first."""
    yield


class Steps:
    """One process's way to the outside."""

    def __init__(self, draw: random.Random, odds: Odds) -> None:
        self.draw = draw
        self.odds = odds

    async def call(self) -> None:
        """Another process may come first; then the call is made, or fails."""
        await turn()
        if self.draw.random() < self.odds.away:
            raise Unavailable("simulated")

    async def writing(self) -> None:
        await self.call()
        if self.draw.random() < self.odds.race:
            raise LostRace("simulated")

    async def written(self) -> None:
        """It is in the database; whether the writer hears of it is another matter."""
        await turn()
        if self.draw.random() < self.odds.unknown:
            raise self.draw.choice((LostRace, Unavailable))("simulated: outcome unknown")
