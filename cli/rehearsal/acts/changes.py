"""Late October: people cancel, change their minds, and send a colleague instead."""

import re

from cli.rehearsal.acts.seeds import LEAVING, PARTNERING, POLICY, POLICY_EVENT
from cli.rehearsal.brief import IN_PERSON, REMOTE
from cli.rehearsal.stage import Guest, Stage

WAITING = "awaiting-selection"


async def play(stage: Stage) -> None:
    await stage.look_again(stage.of(POLICY))
    applicants = [one for one in stage.of(POLICY) if one.has(POLICY_EVENT, IN_PERSON, WAITING)]
    leaving = [one for one in stage.of(POLICY) if one.delegation == LEAVING and one.has(PARTNERING, IN_PERSON, WAITING)]
    others = [one for one in applicants if one not in leaving]
    stage.chance.shuffle(others)
    few = stage.some(10)
    cancelling, going_home, staying = others[:few], others[few : 2 * few], others[2 * few :]
    colleagues = [one for one in staying if one.delegation is not None][:few]
    remote = [one for one in stage.of(POLICY) if one.has(POLICY_EVENT, REMOTE)]
    await stage.together(
        [
            *(stage.cancel(guest) for guest in cancelling),
            *(stage.cancel(guest, [PARTNERING]) for guest in leaving),
            *(stage.change(guest, _to(REMOTE)) for guest in going_home),
            *(substitute(stage, guest) for guest in colleagues),
            *(stage.change(guest, _to(IN_PERSON)) for guest in remote[:few]),  # without an invitation most may not
            *(_with_a_strangers_key(stage, guest, remote[0]) for guest in staying[:5]),
        ]
    )
    await _back_again(stage, cancelling[: few // 2])


def _to(mode: str) -> dict[str, object]:
    return {"parts": [{"part": POLICY_EVENT, "mode": mode}]}


async def substitute(stage: Stage, guest: Guest) -> None:
    """A colleague takes over: the old link is void, the new one comes by mail."""
    colleague = next(stage.crowd)
    answer = await stage.change(guest, {"attendee": colleague.form})
    if not answer.accepted:
        return
    guest.person = colleague
    link = re.compile(rf"/r/{re.escape(guest.id)}#([\w.-]+)")
    guest.token = await stage.mailbox.find(colleague.email, link) or ""


async def _with_a_strangers_key(stage: Stage, guest: Guest, stranger: Guest) -> None:
    path = f"/v1/registrations/{guest.id}/cancellation"
    await stage.client.ask("POST", path, {}, token=stranger.token, key=stage.client.fresh_id())


async def _back_again(stage: Stage, gone: list[Guest]) -> None:
    """Who cancelled may register anew: the place in the queue is lost, the person is not."""
    await stage.together(
        stage.register(stage.guest(POLICY, [(POLICY_EVENT, REMOTE)], person=guest.person)) for guest in gone
    )
