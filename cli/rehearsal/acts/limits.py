"""29 October: an expert who takes two people at two desks, and another who is away and then is not."""

from typing import Any

from cli.rehearsal.acts.helpdesk import book
from cli.rehearsal.acts.nights import PATH, slots_at
from cli.rehearsal.acts.seeds import NIGHTS
from cli.rehearsal.acts.turns import give_up, wait
from cli.rehearsal.stage import Guest, Stage

ARCHIVE, ANNEXE, GLOBE = "archive", "archive-annexe", "globe"
BEFORE_THEM = 9  # people of whom some have the night's watch, and one will cancel


async def play(stage: Stage) -> None:
    people = [guest for guest in stage.of(NIGHTS) if guest.is_live][BEFORE_THEM:]
    await _no_more_than_two(stage, people[:4])
    await _there_after_all(stage, people[4:6])


async def _no_more_than_two(stage: Stage, guests: list[Guest]) -> None:
    """The third is refused at either desk and waits; offered a slot at one, they take one at the other instead."""
    first, second, third, passing = guests
    here, there = await slots_at(stage, ARCHIVE), await slots_at(stage, ANNEXE)
    made = await book(stage, first, here[0])
    await book(stage, second, there[0])
    await stage.together(book(stage, third, slot_id) for slot_id in (here[1], there[1]))
    await wait(stage, third, ANNEXE)
    await give_up(stage, (first, made.answer))
    await book(stage, passing, here[0])  # what is offered counts
    await book(stage, third, here[1])  # the offer is good for nothing now
    await book(stage, passing, there[1])


async def _there_after_all(stage: Stage, guests: list[Guest]) -> None:
    """Nobody is received while it is blocked; given back, it goes to who waits, and then to anybody."""
    waiting, passing = guests
    slots, desk = await slots_at(stage, GLOBE), stage.briefs[NIGHTS].desks[GLOBE]
    path = f"{PATH}/desks/{GLOBE}/blocks"
    span: dict[str, Any] = {"starts_at": desk.opens.isoformat(), "ends_at": desk.closes.isoformat()}
    away = await stage.staff("POST", path, {**span, "reason": "A train is late."}, role="expert")
    await book(stage, passing, slots[0])
    await wait(stage, waiting, GLOBE)
    for _ in range(2):  # the second time there is nothing to give back
        await stage.staff("DELETE", f"{path}/{away.answer['id']}", role="expert")
    await book(stage, passing, slots[0])
    await book(stage, waiting, slots[0])
    await book(stage, passing, slots[1])
