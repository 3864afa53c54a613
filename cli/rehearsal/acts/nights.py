"""Two nights in which the clocks change, with people there and afar: rooms, meetings, an expert on watch, a list."""

from datetime import timedelta

from ruamel.yaml import YAML

from cli.rehearsal.acts.helpdesk import book
from cli.rehearsal.acts.partnering import figures, give_up, introduce, took_place, wish
from cli.rehearsal.acts.proposing import MEETINGS, ROOMS, diary, prefer, propose, publish, until_seated
from cli.rehearsal.acts.seeds import NIGHT, NIGHTS, SMALL_HOURS, SPRING
from cli.rehearsal.acts.turns import give_up as release
from cli.rehearsal.acts.turns import wait
from cli.rehearsal.brief import IN_PERSON, REMOTE
from cli.rehearsal.own import FILE
from cli.rehearsal.stage import Guest, Stage

THERE, AFAR = 12, 6
WATCH, SPRING_WATCH = "night-watch", "spring-watch"
PATH = f"/v1/gatherings/{NIGHTS}"


async def announced(stage: Stage) -> None:
    """1 October: a gathering of the rehearsal's own, for what the seeds do not have."""
    definition = YAML(typ="safe", pure=True).load(FILE.read_text())
    await stage.staff("PUT", PATH, definition)
    await stage.staff("POST", f"{PATH}/publish")


async def gathers(stage: Stage) -> None:
    """29 October: people come in person and from afar, wish, book the watch, and are divided into rooms."""
    there = [_guest(stage, number, IN_PERSON) for number in range(THERE)]
    afar = [_guest(stage, number, REMOTE) for number in range(AFAR)]
    people = [*there, *afar]
    await stage.together(stage.register(guest) for guest in people)
    rooms = list(stage.briefs[NIGHTS].groups.sizes)  # type: ignore[union-attr]
    await stage.together(introduce(stage, guest) for guest in people)
    await wish(stage, people, rooms)
    draft = await propose(stage, NIGHTS, ROOMS)
    await publish(stage, NIGHTS, ROOMS, draft)
    late = [_guest(stage, 0, IN_PERSON), _guest(stage, 1, REMOTE)]
    await stage.together(stage.register(guest) for guest in late)
    await stage.together(until_seated(stage, guest) for guest in late)
    await prefer(stage, late[0], working_groups=rooms[:3])
    slots = await slots_at(stage, WATCH)
    await stage.together(book(stage, guest, slot) for guest, slot in zip(people[3:], slots, strict=False))
    spring = await slots_at(stage, SPRING_WATCH)
    await stage.together(book(stage, guest, slot) for guest, slot in zip(afar, spring[:2], strict=False))


async def meets(stage: Stage) -> None:
    """30 October: meetings around what everybody has; those who are afar need no table, a cancellation frees one."""
    people = [guest for guest in stage.of(NIGHTS) if guest.is_live]
    draft = await propose(stage, NIGHTS, MEETINGS, {"mutual": False})
    await publish(stage, NIGHTS, MEETINGS, draft)
    await stage.cancel(people[3])  # a room, a desk and several meetings become free
    again = await propose(stage, NIGHTS, MEETINGS, {"mutual": False})
    await publish(stage, NIGHTS, MEETINGS, again)
    await stage.together(diary(stage, guest) for guest in people)


async def clocks_go_back(stage: Stage) -> None:
    """31 October, 02:50 for the first time: an offer of half an hour lapses at 02:20, for the second time."""
    people = [guest for guest in stage.of(NIGHTS) if guest.is_live]
    days = await stage.together(diary(stage, guest) for guest in people)
    booked = [
        (guest, one)
        for guest, day in zip(people, days, strict=True)
        for one in day.get("bookings", ())
        if one["status"] == "booked" and one["desk"] == WATCH
    ]
    last = max(booked, key=lambda one: str(one[1]["starts_at"]))
    holders = {guest.id for guest, _ in booked}
    waiting = [guest for guest in people if guest.id not in holders][:2]
    for guest in waiting:
        await wait(stage, guest, WATCH)
    meetings = [(guest, one) for guest, day in zip(people, days, strict=True) for one in day.get("meetings", ())]
    await stage.together(took_place(stage, guest, one) for guest, one in meetings)  # those to come: not yet
    await release(stage, last)
    await stage.move_clock(stage.clock.now() + timedelta(minutes=31))
    await stage.together(book(stage, guest, last[1]["slot_id"]) for guest in waiting)
    await stage.together(give_up(stage, guest, one) for guest, one in meetings[-2:])
    await stage.together(took_place(stage, guest, one) for guest, one in meetings)
    await figures(stage, NIGHTS)


async def clocks_go_forward(stage: Stage) -> None:
    """27 March, 01:40: one has not come, and somebody comes by at 03:30, fifty minutes later."""
    answer = await stage.staff("GET", f"{PATH}/desks/{SPRING_WATCH}/bookings", role="expert")
    first, *_ = sorted(answer.answer["bookings"], key=lambda one: str(one["starts_at"]))
    await stage.staff("POST", f"/v1/bookings/{first['id']}/no-show", {"who": "attendee"}, role="expert")
    met = {one["registration_id"] for one in answer.answer["bookings"]}
    people = [guest for guest in stage.of(NIGHTS) if guest.has(SPRING, REMOTE)]
    passing = next(guest for guest in people if guest.id not in met)
    slot_id = (await slots_at(stage, SPRING_WATCH))[-1]
    body = {"registration_id": passing.id, "slot_id": slot_id}
    await stage.staff("POST", f"{PATH}/desks/{SPRING_WATCH}/walk-ins", body, role="expert")
    await stage.together(diary(stage, guest) for guest in people)


def _guest(stage: Stage, number: int, mode: str) -> Guest:
    parts = [(NIGHT, mode), (SMALL_HOURS, mode), *([(SPRING, REMOTE)] if mode == REMOTE else [])]
    return stage.guest(NIGHTS, parts, delegation=f"observatory-{number % 5}", consents={})


async def slots_at(stage: Stage, desk: str) -> list[str]:
    answer = await stage.client.ask("GET", f"{PATH}/desks")
    (found,) = (one["slots"] for one in answer.answer["desks"] if one["desk"] == desk)
    return [str(slot["slot_id"]) for slot in found]
