"""What organisers do with rooms and meetings alike: propose, wait until it is worked out, look at it, publish it."""

import asyncio
from typing import Any

from cli.rehearsal.journal import Exchange
from cli.rehearsal.mailbox import LOOK_EVERY
from cli.rehearsal.stage import Guest, Stage

ROOMS, MEETINGS = "working-groups", "partnering"
WORKED_OUT_WITHIN = 60.0
Proposal = dict[str, Any]


async def propose(stage: Stage, gathering: str, what: str, terms: dict[str, Any] | None = None) -> Proposal:
    """As it is once it is worked out, or why it cannot be."""
    begun = await stage.staff("POST", f"/v1/gatherings/{gathering}/{what}/propose", terms or {})
    shown: Proposal = begun.answer
    for _ in range(int(WORKED_OUT_WITHIN / LOOK_EVERY)):
        if shown.get("state") != "running":
            break
        await asyncio.sleep(LOOK_EVERY)
        shown = (await stage.staff("GET", f"/v1/gatherings/{gathering}/proposals/{shown['id']}")).answer
    return shown


async def publish(
    stage: Stage, gathering: str, what: str, proposal: Proposal, *, leave_out: bool = False, role: str = "organiser"
) -> Exchange:
    path = f"/v1/gatherings/{gathering}/{what}/publish"
    return await stage.staff("POST", path, {"proposal": proposal["id"], "leave_out": leave_out}, role)


async def prefer(stage: Stage, guest: Guest, **wishes: Any) -> Exchange:
    return await of_their_own(stage, guest, "PUT", "preferences", wishes)


async def of_their_own(stage: Stage, guest: Guest, method: str, what: str, body: Any = None) -> Exchange:
    return await stage.client.submit(method, f"/v1/registrations/{guest.id}/{what}", body, token=guest.token)


async def diary(stage: Stage, guest: Guest) -> dict[str, Any]:
    answer = await stage.client.ask("GET", f"/v1/registrations/{guest.id}/diary", token=guest.token)
    return answer.answer if answer.accepted else {}


async def until_gone(stage: Stage, guest: Guest, part: str) -> None:
    """Until scheduling has heard that they do not come, a moment after registration said so."""
    for _ in range(100):
        parts = {one["part"]: one["status"] for one in (await diary(stage, guest)).get("parts", ())}
        if parts.get(part) != "confirmed":
            return
        await asyncio.sleep(LOOK_EVERY)


async def until_seated(stage: Stage, guest: Guest) -> None:
    """Whoever comes after publication has a room a moment later."""
    for _ in range(100):
        if (await diary(stage, guest)).get("room"):
            return
        await asyncio.sleep(LOOK_EVERY)
