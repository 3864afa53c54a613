"""What the routes work with, passed in by hand."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from services.checkin.domain import Gathering
from services.checkin.doors import Doors
from services.checkin.names import Names
from services.checkin.proofs import Proofs
from services.checkin.store import Store
from services.checkin.tickets import Press
from shared.access import Access, Actor
from shared.clock import Clock
from shared.http import not_found
from shared.loader import Loader
from shared.messages.gathering import Definition
from shared.tokens import Tokens


class Definitions(Protocol):
    """Whole definitions with their private parts, asked of registration (`shared.people`)."""

    async def definition(self, gathering_id: str, version: int) -> Definition | None: ...


@dataclass(frozen=True)
class Parts:
    store: Store
    doors: Doors
    proofs: Proofs
    names: Names
    definitions: Definitions
    press: Press
    tokens: Tokens
    access: Access
    clock: Clock

    @cached_property
    def _gatherings(self) -> Loader[str, Gathering]:
        return Loader(self.store.gatherings)

    async def gathering(self, gathering_id: str, actor: Actor) -> Gathering:
        """The gathering, for staff whose token covers it; for anybody else it is not there."""
        actor.must_cover(gathering_id)
        found = await self._gatherings.get(gathering_id)
        if found is None:
            raise not_found()
        return found
