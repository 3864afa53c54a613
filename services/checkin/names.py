"""A name for the door's screen, asked of registration at that moment; the door goes on without it."""

import time
from collections.abc import Iterable
from typing import Protocol

from shared.errors import Unavailable
from shared.loader import Loader
from shared.people import Person

PAUSE = 1.0  # seconds in which a registration that did not answer is not asked again: a queue must not wait for it


class Asked(Protocol):
    """The part of `shared.people.People` that is needed here."""

    async def get(self, registration_ids: list[str]) -> dict[str, Person]: ...


class Names:
    """Names for screens; what it remembers is bounded and emptied by an erasure (`shared.people`)."""

    def __init__(self, people: Asked) -> None:
        self._people = people
        self._one_of_many = Loader(lambda ids: people.get(sorted(ids)))
        self._ask_again_at = 0.0

    async def of(self, registration_id: str) -> str | None:
        if time.monotonic() < self._ask_again_at:
            return None
        try:
            person = await self._one_of_many.get(registration_id)
        except Unavailable:
            self._ask_again_at = time.monotonic() + PAUSE
            return None
        return None if person is None else person.name

    async def all(self, registration_ids: Iterable[str]) -> dict[str, str]:
        """The names of many; empty where registration is down."""
        try:
            people = await self._people.get(sorted(registration_ids))
        except Unavailable:
            return {}
        return {registration_id: person.name for registration_id, person in people.items()}
