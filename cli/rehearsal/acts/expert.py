"""10 December: one expert falls ill, the other receives: who comes, who does not, and who comes by."""

from typing import Any

from cli.rehearsal.acts.helpdesk import book
from cli.rehearsal.acts.proposing import diary
from cli.rehearsal.acts.seeds import ONLINE, WORKSHOP
from cli.rehearsal.acts.turns import give_up
from cli.rehearsal.brief import REMOTE
from cli.rehearsal.stage import Stage

WELL, ILL = "arnault-morisson", "marc-pattinson"
PATH = f"/v1/gatherings/{WORKSHOP}/desks"


async def falls_ill(stage: Stage) -> None:
    """Those he was to meet are offered what the other has left; two who are to meet the other make room for that."""
    desk = stage.briefs[WORKSHOP].desks[ILL]
    day = await _day(stage, WELL)
    guests = {guest.id: guest for guest in stage.of(WORKSHOP)}
    for one in day[:2]:
        await give_up(stage, (guests[one["registration_id"]], one))
    span = {"starts_at": desk.opens.isoformat(), "ends_at": desk.closes.isoformat()}
    away = {**span, "reason": "Ill.", "offer_elsewhere": True}
    made = await stage.staff("POST", f"{PATH}/{ILL}/blocks", away, role="expert")
    offered = made.answer.get("offered", ())
    taking = [(guests[one["registration_id"]], one) for one in offered]
    await stage.together(book(stage, guest, one["slot_id"]) for guest, one in taking)
    newcomer = next(guest for guest in guests.values() if guest.has(ONLINE, REMOTE))
    await book(stage, newcomer, f"{ILL}-{desk.opens:%Y%m%dT%H%MZ}")  # he is not there


async def receives(stage: Stage) -> None:
    """11:42: the first has not come; another's meeting is cancelled by staff, so that somebody who comes by fits in."""
    day = await _day(stage, WELL)
    first, *_, last = day
    await stage.staff("GET", f"{PATH}/{WELL}/sheet", role="expert")
    missed = f"/v1/bookings/{first['id']}/no-show"
    await stage.staff("POST", missed, {"who": "attendee"}, role="expert")
    await stage.staff("POST", f"/v1/bookings/{last['id']}/no-show", {"who": "expert"}, role="expert")  # too soon to say
    why = {"release": True, "reason": "The guest called: a train is late."}
    await stage.staff("POST", f"/v1/bookings/{last['id']}/override", why)
    met = {one["registration_id"] for one in day}
    passing = [guest for guest in stage.of(WORKSHOP) if guest.has(ONLINE, REMOTE) and guest.id not in met]
    walk_in = {"registration_id": passing[0].id, "slot_id": last["slot_id"], "topic": "A question in passing"}
    await stage.staff("POST", f"{PATH}/{WELL}/walk-ins", walk_in, role="expert")
    await stage.staff("POST", f"{PATH}/{WELL}/walk-ins", {**walk_in, "registration_id": passing[1].id}, role="expert")
    await stage.together(diary(stage, guest) for guest in passing[:2])


async def _day(stage: Stage, desk: str) -> list[dict[str, Any]]:
    """Who comes, in order, as the expert's page has it."""
    answer = await stage.staff("GET", f"{PATH}/{desk}/bookings", role="expert")
    booked = [one for one in answer.answer["bookings"] if one["status"] == "booked"]
    return sorted(booked, key=lambda one: str(one["starts_at"]))
