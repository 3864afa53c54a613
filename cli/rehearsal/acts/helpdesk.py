"""8 November: the helpdesk's ten meetings are released, and a hundred people want the first one."""

from typing import Any

from cli.rehearsal.acts.seeds import ONLINE, POLICY, WORKSHOP
from cli.rehearsal.brief import REMOTE
from cli.rehearsal.journal import Exchange
from cli.rehearsal.stage import Guest, Stage

FOR_ONE_SLOT = 100
SCATTERED = 60
TRIES = 3
TAKEN = 409


async def play(stage: Stage) -> None:
    await stage.look_again(stage.of(WORKSHOP))
    people = [guest for guest in stage.of(WORKSHOP) if guest.has(ONLINE, REMOTE)]
    stage.chance.shuffle(people)
    desks = await _desks(stage)
    grid = [slot["slot_id"] for desk in desks for slot in desk["slots"]]
    crowd = people[: stage.some(FOR_ONE_SLOT, 20)]
    answers = await stage.together(book(stage, guest, grid[0]) for guest in crowd)
    winners = [guest for guest, answer in zip(crowd, answers, strict=True) if answer.accepted]
    await _greedy(stage, winners, desks)
    scattered = people[len(crowd) : len(crowd) + stage.some(SCATTERED, 15)]
    await stage.together(_try_to_book(stage, guest, stage.chance.choice(grid)) for guest in scattered)
    booked = await _booked(stage, people)
    await _improper(stage, people, booked, grid)
    await _regret(stage, booked, crowd)
    stage.lists["at-the-helpdesk"] = people


async def _desks(stage: Stage) -> list[dict[str, Any]]:
    answer = await stage.client.ask("GET", f"/v1/gatherings/{WORKSHOP}/desks")
    desks: list[dict[str, Any]] = answer.answer["desks"]
    return desks


async def _greedy(stage: Stage, winners: list[Guest], desks: list[dict[str, Any]]) -> None:
    """Who has the first meeting wants a second one: with the other expert at the same time, with the same one later."""
    first, second = (desk["slots"] for desk in desks[:2])
    for guest in winners:
        await stage.together([book(stage, guest, second[0]["slot_id"]), book(stage, guest, first[1]["slot_id"])])


async def book(stage: Stage, guest: Guest, slot_id: str) -> Exchange:
    topic = f"A question of {guest.person.canary} about regional policy"
    body = {"slot_id": slot_id, "registration_id": guest.id, "topic": topic}
    return await stage.client.submit("POST", f"/v1/gatherings/{guest.gathering}/bookings", body, token=guest.token)


async def _try_to_book(stage: Stage, guest: Guest, slot_id: str) -> None:
    """Whoever is too late takes what is offered instead, until nothing is."""
    for _ in range(TRIES):
        answer = await book(stage, guest, slot_id)
        offered = answer.answer.get("alternatives") if answer.status == TAKEN else None
        if not offered:
            return
        slot_id = stage.chance.choice(offered)["slot_id"]


async def _booked(stage: Stage, people: list[Guest]) -> list[tuple[Guest, dict[str, Any]]]:
    """Who has a meeting, as their own diaries say."""
    found = []
    for guest in people:
        answer = await stage.client.ask("GET", f"/v1/registrations/{guest.id}/diary", token=guest.token)
        bookings = answer.answer.get("bookings", ()) if answer.accepted else ()
        found += [(guest, booking) for booking in bookings if booking.get("status", "booked") == "booked"]
    return found


async def _improper(
    stage: Stage, people: list[Guest], booked: list[tuple[Guest, dict[str, Any]]], grid: list[str]
) -> None:
    """A second meeting at the same desk or the same time, a slot that is none, somebody else's registration."""
    outsider = next(guest for guest in stage.of(POLICY) if guest.is_live)
    plays = [book(stage, guest, slot_id) for guest, _ in booked[:4] for slot_id in grid[:6]]
    plays += [book(stage, guest, "arnault-morisson-20211210T0300Z") for guest in people[:3]]
    stolen = {"slot_id": grid[1], "registration_id": people[0].id}
    path = f"/v1/gatherings/{WORKSHOP}/bookings"
    plays.append(stage.client.ask("POST", path, stolen, token=outsider.token, key=stage.client.fresh_id()))
    await stage.together(plays)


async def _regret(stage: Stage, booked: list[tuple[Guest, dict[str, Any]]], crowd: list[Guest]) -> None:
    """Some give their meeting up, some move it, one cancels everything; those who wait try once more."""
    if len(booked) < 4:  # noqa: PLR2004
        return
    (giving_up, given), (moving, moved), (leaving, left), (staying, kept), *_ = booked
    ask = stage.client.submit
    await ask("DELETE", f"/v1/bookings/{given['id']}", token=giving_up.token)
    path = f"/v1/bookings/{moved['id']}/reschedule"
    await ask("POST", path, {"slot_id": given["slot_id"]}, token=moving.token)
    await ask("POST", f"/v1/bookings/{kept['id']}/reschedule", {"slot_id": left["slot_id"]}, token=staying.token)
    await stage.cancel(leaving)
    waiting = [guest for guest in crowd if guest.is_live]
    wanted = [given["slot_id"], moved["slot_id"], left["slot_id"]]
    await stage.together(book(stage, guest, stage.chance.choice(wanted)) for guest in waiting[:30])
