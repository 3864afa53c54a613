"""Somebody in their own pages: with what they have, or with a form that they sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from services.gateway.pages.base import Form, Gathering, key_in, one
from services.gateway.pages.inside import Reader, Said
from shared.errors import Unavailable

PREFERENCES = "/v1/registrations/{r}/preferences"
TOLD = {"registration_id", "accepted_at"}  # of them, and not part of them

AT_ONCE = {"prefer": "respond-async"}


@dataclass(frozen=True, slots=True)
class Visit:
    """A holder in their own pages."""

    reader: Reader
    registration: dict[str, Any]
    gathering: Gathering

    @property
    def id(self) -> str:
        return str(self.registration["id"])

    @property
    def gathering_id(self) -> str:
        return self.gathering.definition.gathering


@dataclass(frozen=True, slots=True)
class Act:
    """A form that a holder sent."""

    reader: Reader
    form: Form
    person: str
    gathering: str

    def field(self, name: str) -> str:
        return one(self.form, name).replace("\r\n", "\n").strip()

    async def say(self, method: str, path: str, body: Mapping[str, Any] | None = None, /, **ids: str) -> Said:
        return await self.reader.say(method, path, body, key=key_in(self.form), query="", headers=None, **ids)

    async def preferences(self) -> dict[str, Any]:
        """All wishes as they were last sent, to be sent again with a change: what is left out would be taken back."""
        known = await self.reader.get(PREFERENCES, r=self.person)
        if not known.ok and known.status != HTTPStatus.NOT_FOUND:
            raise Unavailable("scheduling is away")
        return {name: value for name, value in known.content.items() if name not in TOLD} if known.ok else {}

    async def begin(self, method: str, path: str, body: Mapping[str, Any], /, **ids: str) -> Said:
        """What takes a while: its page says how far it is."""
        return await self.reader.say(method, path, body, key=key_in(self.form), query="", headers=AT_ONCE, **ids)


class NoKey(Exception):
    """Nobody has shown the key to this registration; `why` is a word of the page's."""

    def __init__(self, why: str | None = None) -> None:
        super().__init__(why)
        self.why = why
