"""What all acts share: the people, the way in, the clock, the organisers' tokens and what they know."""

import asyncio
import random
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.rehearsal.brief import IN_PERSON, Brief
from cli.rehearsal.checks.fold import Standing
from cli.rehearsal.client import Client
from cli.rehearsal.evidence import Invited
from cli.rehearsal.journal import Exchange
from cli.rehearsal.mailbox import Mailbox
from cli.rehearsal.passes import Passes
from cli.rehearsal.people import Person
from cli.rehearsal.progress import Bar
from shared.clock import Clock, set_clock

IN_FORCE = 1.1  # seconds after which a moved clock holds for every process
Wish = tuple[str, str]


@dataclass
class Guest:
    """One person's registration for one gathering, as that person knows it."""

    person: Person
    gathering: str
    request: dict[str, Any]
    key: str
    id: str = ""
    token: str = ""
    ticket: str = ""
    parts: dict[str, Standing] = field(default_factory=dict)

    @property
    def delegation(self) -> str | None:
        delegation: str | None = self.request.get("delegation")
        return delegation

    def has(self, part: str, mode: str = IN_PERSON, status: str = "confirmed") -> bool:
        standing = self.parts.get(part)
        return standing is not None and (standing.mode, standing.status) == (mode, status)

    @property
    def is_live(self) -> bool:
        return any(standing.is_live for standing in self.parts.values())

    def learn(self, resource: Mapping[str, Any]) -> None:
        self.id = resource["id"]
        self.token = resource.get("manage_token", self.token)
        self.parts = {one["part"]: Standing(one["mode"], one["status"], one["reason"]) for one in resource["parts"]}


@dataclass
class Stage:
    client: Client
    mailbox: Mailbox
    clock_file: Path
    tokens: Mapping[str, str]
    briefs: Mapping[str, Brief]
    chance: random.Random
    crowd: Iterator[Person]
    passes: Passes
    size: float = 1.0
    bar: Bar = field(default_factory=Bar)
    guests: list[Guest] = field(default_factory=list)
    invited: dict[str, Invited] = field(default_factory=dict)
    codes: dict[tuple[str, str], str] = field(default_factory=dict)  # gathering, delegation or address → invitation
    lists: dict[str, list[Guest]] = field(default_factory=dict)  # groups that a later act calls up

    def __post_init__(self) -> None:
        self.clock = Clock(self.clock_file)

    def some(self, number: int, least: int = 1) -> int:
        """That many people, at this rehearsal's size."""
        return max(least, round(number * self.size))

    async def move_clock(self, moment: datetime) -> None:
        """Forward, for all processes; who plays waits until it is in force."""
        if moment > self.clock.now():
            set_clock(self.clock_file, moment)
            await asyncio.sleep(IN_FORCE)

    async def wait_for_clock(self, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, (moment - self.clock.now()).total_seconds()))

    async def together(self, plays: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
        """All at once, as far as there are connections; the bar counts them."""
        todo = list(plays)
        self.bar.more(len(todo))

        async def counted(play: Coroutine[Any, Any, Any]) -> Any:
            try:
                return await play
            finally:
                self.bar.step()

        return await asyncio.gather(*(counted(play) for play in todo))

    def guest(
        self,
        gathering: str,
        wishes: Sequence[Wish],
        *,
        person: Person | None = None,
        delegation: str | None = None,
        membership_code: str | None = None,
        invitation: str | None = None,
        **changes: Any,
    ) -> Guest:
        person = person or next(self.crowd)
        request = {
            "attendee": person.form,
            "delegation": delegation,
            "membership_code": membership_code,
            "invitation": invitation,
            "parts": [{"part": part, "mode": mode} for part, mode in wishes],
            "consents": {"privacy": True},
            **changes,
        }
        return Guest(person, gathering, request, self.client.fresh_id())

    async def register(self, guest: Guest) -> Exchange:
        path = f"/v1/gatherings/{guest.gathering}/registrations"
        answer = await self.client.submit("POST", path, guest.request, key=guest.key)
        if answer.accepted:
            self._accepted(guest, answer.answer)
        return answer

    def _accepted(self, guest: Guest, resource: Mapping[str, Any]) -> None:
        known = guest.id
        guest.learn(resource)
        if not known:
            self.guests.append(guest)

    async def change(self, guest: Guest, body: Mapping[str, Any]) -> Exchange:
        path = f"/v1/registrations/{guest.id}"
        return await self._manage(guest, "PATCH", path, body)

    async def cancel(self, guest: Guest, parts: Sequence[str] | None = None) -> Exchange:
        path = f"/v1/registrations/{guest.id}/cancellation"
        body = {"reason": "cannot come"} | ({} if parts is None else {"parts": list(parts)})
        return await self._manage(guest, "POST", path, body)

    async def _manage(self, guest: Guest, method: str, path: str, body: Mapping[str, Any]) -> Exchange:
        answer = await self.client.submit(method, path, body, token=guest.token)
        if answer.accepted:
            guest.learn(answer.answer)
        return answer

    async def look_again(self, guests: Iterable[Guest]) -> None:
        """What became of them meanwhile."""

        async def look(guest: Guest) -> None:
            answer = await self.client.ask("GET", f"/v1/registrations/{guest.id}", token=guest.token)
            if answer.accepted:
                guest.learn(answer.answer)

        await asyncio.gather(*(look(guest) for guest in guests))

    async def staff(self, method: str, path: str, body: Any = None, role: str = "organiser") -> Exchange:
        return await self.client.ask(method, path, body, token=self.tokens[role], key=self.client.fresh_id())

    def of(self, gathering: str) -> list[Guest]:
        return [guest for guest in self.guests if guest.gathering == gathering]
