"""Midnight before 12 November: requests arrive as the deadline passes, and some come again after it."""

from datetime import datetime, timedelta

from cli.rehearsal.acts.rushing import JUST_BEFORE
from cli.rehearsal.acts.seeds import POLICY, POLICY_EVENT
from cli.rehearsal.brief import IN_PERSON, REMOTE
from cli.rehearsal.stage import Guest, Stage

LAST_MINUTE = 30
REPEATED = 30


async def play(stage: Stage) -> None:
    closes = stage.briefs[POLICY].pools[POLICY_EVENT, IN_PERSON].closes
    await stage.move_clock(closes - JUST_BEFORE)
    late = [_applicant(stage, number) for number in range(stage.some(LAST_MINUTE, 12))]
    third = len(late) // 3
    await stage.together(stage.register(guest) for guest in late[:third])
    striking = late[third : 2 * third]
    moments = (closes + timedelta(milliseconds=50 * (number - len(striking) // 2)) for number in range(len(striking)))
    await stage.together(_at(stage, guest, moment) for guest, moment in zip(striking, moments, strict=True))
    await stage.wait_for_clock(closes)
    await stage.together(stage.register(guest) for guest in late[2 * third :])
    await _come_again(stage)
    remote = [stage.guest(POLICY, [(POLICY_EVENT, REMOTE)]) for _ in range(stage.some(10))]
    await stage.together(stage.register(guest) for guest in remote)


async def _at(stage: Stage, guest: Guest, moment: datetime) -> None:
    """As the clock strikes: some are in time by a blink, some late by one."""
    await stage.wait_for_clock(moment)
    await stage.register(guest)


def _applicant(stage: Stage, number: int) -> Guest:
    codes = list(stage.briefs[POLICY].codes.items())
    delegation, code = codes[number % 10]
    return stage.guest(
        POLICY,
        [(POLICY_EVENT, IN_PERSON)],
        delegation=delegation,
        membership_code=code,
        invitation=stage.codes[POLICY, delegation],
    )


async def _come_again(stage: Stage) -> None:
    """A form that was answered in October is sent once more: the deadline takes back neither a yes nor a no."""
    chosen = stage.chance.sample(stage.of(POLICY), stage.some(REPEATED, 10))
    path = f"/v1/gatherings/{POLICY}/registrations"
    await stage.together(stage.client.ask("POST", path, guest.request, key=guest.key) for guest in chosen)
