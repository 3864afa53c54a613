"""Asking registration, the one house of personal data, for a name at the moment it is needed. Nothing is stored."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.access import Access
from shared.calls import Calls
from shared.messages.gathering import Definition

REMEMBERED = 5000
WITHIN = 5.0  # seconds


class Person(BaseModel):
    """What a mail or a door screen needs to know of somebody, as of `version` of the registration."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    email: str
    language: str
    organisation: str | None = None
    country: str | None = None
    delegation: str | None = None
    version: int = 0
    generation: int = 0  # how often a colleague has taken it over
    manage_token: str


class Former(BaseModel):
    """Whom a colleague has taken a registration over from: enough to tell them, once."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    email: str
    language: str
    parts: tuple[str, ...]  # in which they had a place


class People:
    """A client with a bounded memory that an erasure, or a change of the registration, empties."""

    def __init__(self, url: str, access: Access, caller: str, within: float = WITHIN) -> None:
        self._calls = Calls("registration", url, within)
        self._access = access
        self._caller = caller
        self._known: OrderedDict[str, Person] = OrderedDict()
        self._asking: list[set[str]] = []  # for each question on its way, who was forgotten meanwhile
        self._definitions: OrderedDict[str, tuple[int, Definition]] = OrderedDict()

    async def close(self) -> None:
        await self._calls.close()

    def forget(self, registration_id: str) -> None:
        self._known.pop(registration_id, None)
        for forgotten in self._asking:
            forgotten.add(registration_id)

    async def get(self, registration_ids: Iterable[str]) -> dict[str, Person]:
        """Whoever is not in the answer is erased or was never there. Raises `Unavailable`."""
        wanted = set(registration_ids)
        found = {one: self._known[one] for one in wanted if one in self._known}
        if missing := sorted(wanted - found.keys()):
            found |= await self._ask_for(missing)
        return found

    async def _ask_for(self, missing: list[str]) -> dict[str, Person]:
        """Who is forgotten while the answer is on its way is in it, and is not remembered."""
        forgotten: set[str] = set()
        self._asking.append(forgotten)
        try:
            answer = await self._call("POST", "/internal/people", {"registration_ids": missing})
        finally:
            self._asking.remove(forgotten)
        found = {one: Person.model_validate(person) for one, person in answer["people"].items()}
        self._known.update((one, person) for one, person in found.items() if one not in forgotten)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def definition(self, gathering_id: str, version: int) -> Definition | None:
        """The whole definition with its private parts, at least as new as `version`. Raises `Unavailable`."""
        known = self._definitions.get(gathering_id)
        if known is None or known[0] < version:
            answer = await self._call("GET", f"/internal/gatherings/{gathering_id}")
            if answer is None:
                return None
            known = (answer["version"], Definition.model_validate(answer["definition"], extra="ignore"))
            self._definitions[gathering_id] = known
            while len(self._definitions) > REMEMBERED // 100:
                self._definitions.popitem(last=False)
        return known[1]

    async def invitation(self, invitation_id: str) -> dict[str, Any] | None:
        """`{email, name, code, language, delegation, places}`, or nothing once it is revoked. Raises `Unavailable`."""
        answer: dict[str, Any] | None = await self._call("GET", f"/internal/invitations/{invitation_id}")
        return answer

    async def former(self, registration_id: str, generation: int) -> Former | None:
        """Who made way for that generation; nothing once they are told, erased, or hold it again. Never remembered."""
        answer = await self._call("GET", _former(registration_id, generation))
        return None if answer is None else Former.model_validate(answer)

    async def forget_former(self, registration_id: str, generation: int) -> None:
        await self._call("DELETE", _former(registration_id, generation))

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        return await self._calls.ask(method, path, self._access.own_header(self._caller), body)


def _former(registration_id: str, generation: int) -> str:
    return f"/internal/people/{registration_id}/former/{generation}"
