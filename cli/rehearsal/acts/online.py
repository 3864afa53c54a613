"""Those who are not in the room: the link in their mail shows a button, and pressing it is being there."""

import re
from urllib.parse import urlsplit

from cli.rehearsal.acts.seeds import ONLINE, POLICY, POLICY_EVENT, WORKSHOP
from cli.rehearsal.brief import REMOTE
from cli.rehearsal.stage import Guest, Stage

LINK = re.compile(r"(https?://[^\s\"<>]+/v1/join/[\w.-]+)")
ONLY_SCANNED = 10  # whose mail program opens links by itself


async def policy_event(stage: Stage) -> None:
    await _attend(stage, POLICY, POLICY_EVENT)


async def workshop(stage: Stage) -> None:
    await _attend(stage, WORKSHOP, ONLINE)


async def _attend(stage: Stage, gathering: str, part: str) -> None:
    people = [guest for guest in stage.of(gathering) if guest.has(part, REMOTE)]
    stage.chance.shuffle(people)
    absent = stage.some(ONLY_SCANNED)
    await stage.together(_join(stage, guest, part, press=number >= absent) for number, guest in enumerate(people))


async def _join(stage: Stage, guest: Guest, part: str, *, press: bool) -> None:
    """The newest link may lead to a working group's room: on to the next, until it is the livestream's."""
    if await stage.mailbox.find(guest.person.email, LINK) is None:
        return
    for link in stage.mailbox.every(guest.person.email, LINK):
        path = urlsplit(link).path
        await stage.client.ask("GET", path)
        about = await stage.client.ask("GET", path, headers={"Accept": "application/json"})
        if press:
            await stage.client.ask("POST", path)
            await stage.client.ask("POST", path)  # again after a lost connection: one attendance
        if about.accepted and about.answer.get("part") == part:
            return
