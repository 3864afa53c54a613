"""18 October: the online workshop opens. No limit, but everybody comes at once, and wishes for a working group."""

from cli.rehearsal.acts.rushing import JUST_BEFORE, duplicates
from cli.rehearsal.acts.seeds import ONLINE, WORKSHOP
from cli.rehearsal.brief import REMOTE
from cli.rehearsal.stage import Guest, Stage

PEOPLE = 240
PROJECTS = 60
ROOMS = ("circular-economy", "clean-energy", "green-mobility", "bioeconomy", "water", "agri-food", "skills", "tourism")


async def play(stage: Stage) -> None:
    opens = stage.briefs[WORKSHOP].pools[ONLINE, REMOTE].opens
    assert opens is not None  # noqa: S101  the seed says when
    await stage.move_clock(opens - JUST_BEFORE)
    hasty = [_participant(stage, number) for number in range(stage.some(6))]
    await stage.together(stage.register(guest) for guest in hasty)
    await stage.wait_for_clock(opens)
    rush = [_participant(stage, number) for number in range(stage.some(PEOPLE, 60))]
    await stage.together([*(stage.register(guest) for guest in rush), *duplicates(stage, WORKSHOP, (ONLINE, REMOTE))])
    await stage.together(_wish(stage, guest) for guest in stage.chance.sample(rush, len(rush) // 3))
    leaving = stage.chance.sample(rush, stage.some(10))
    await stage.together(stage.cancel(guest) for guest in leaving)


def _participant(stage: Stage, number: int) -> Guest:
    project = f"project-{number % PROJECTS:02d}" if stage.chance.random() < 0.8 else None  # noqa: PLR2004
    return stage.guest(WORKSHOP, [(ONLINE, REMOTE)], delegation=project)


async def _wish(stage: Stage, guest: Guest) -> None:
    wishes = stage.chance.sample(ROOMS, 3)
    path = f"/v1/registrations/{guest.id}/preferences"
    await stage.client.ask("PUT", path, {"working_groups": wishes}, token=guest.token, key=stage.client.fresh_id())
