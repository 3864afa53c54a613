"""9 November: a slot is kept while its form is filled in, any expert will do, what becomes free passes down a list."""

from datetime import timedelta
from typing import Any

from cli.rehearsal.acts.helpdesk import book
from cli.rehearsal.acts.proposing import diary, of_their_own
from cli.rehearsal.acts.seeds import WORKSHOP
from cli.rehearsal.stage import Guest, Stage

BOTH = ("arnault-morisson", "marc-pattinson")
PATH = f"/v1/gatherings/{WORKSHOP}"
Booked = tuple[Guest, dict[str, Any]]


async def play(stage: Stage) -> None:
    people = [guest for guest in stage.lists["at-the-helpdesk"] if guest.is_live]
    days = await stage.together(diary(stage, guest) for guest in people)
    booked = [
        (guest, one)
        for guest, day in zip(people, days, strict=True)
        for one in day.get("bookings", ())
        if one["status"] == "booked"
    ]
    with_one = {guest.id for guest, _ in booked}
    waiting = [guest for guest in people if guest.id not in with_one]
    await give_up(stage, booked.pop())
    await book(stage, waiting[0], "any")
    await _filled_in(stage, booked.pop(), waiting[1:3])
    await _passed_on(stage, booked.pop(), waiting[3:7])
    await _given_back(stage, booked.pop(), waiting[7:9])


async def hold(stage: Stage, guest: Guest, slot_id: str) -> None:
    body = {"slot_id": slot_id, "registration_id": guest.id}
    await stage.client.submit("POST", f"/v1/gatherings/{guest.gathering}/holds", body, token=guest.token)


async def give_up(stage: Stage, booked: Booked) -> None:
    guest, one = booked
    await stage.client.submit("DELETE", f"/v1/bookings/{one['id']}", token=guest.token)


async def _filled_in(stage: Stage, booked: Booked, guests: list[Guest]) -> None:
    """One fills in the form for the slot that became free; who comes meanwhile is refused."""
    filling, hurried = guests
    slot_id = booked[1]["slot_id"]
    await give_up(stage, booked)
    await hold(stage, filling, slot_id)
    await book(stage, hurried, slot_id)
    await book(stage, filling, slot_id)
    await hold(stage, hurried, slot_id)


async def _passed_on(stage: Stage, booked: Booked, guests: list[Guest]) -> None:
    """The first who waits lets the offer lapse, so the second has it, and takes it; a passer-by cannot."""
    sleeping, awake, passing, beside = guests
    (_, one), desk = booked, booked[1]["desk"]
    for guest in (sleeping, awake):
        await wait(stage, guest, desk)
    await wait(stage, sleeping, desk)  # who asks again stands where they stood
    await wait(stage, beside, "nobodys-desk")
    await give_up(stage, booked)
    await book(stage, passing, one["slot_id"])
    await diary(stage, sleeping)
    await stage.move_clock(stage.clock.now() + timedelta(minutes=31))
    await book(stage, sleeping, one["slot_id"])
    await book(stage, awake, one["slot_id"])


async def wait(stage: Stage, guest: Guest, desk: str) -> None:
    await of_their_own(stage, guest, "PUT", f"waiting-list/{desk}")


async def _given_back(stage: Stage, booked: Booked, guests: list[Guest]) -> None:
    """Who leaves the list with an offer in hand passes it on, and the next one takes it."""
    desk = booked[1]["desk"]
    for guest in guests:
        await wait(stage, guest, desk)
    await give_up(stage, booked)
    await of_their_own(stage, guests[0], "DELETE", f"waiting-list/{desk}")
    await book(stage, guests[1], booked[1]["slot_id"])
