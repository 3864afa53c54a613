"""Slots, the expert's day, blocks, diaries, and what other services ask."""

import json
from typing import Any

import httpx
from icalendar import Calendar

from services.scheduling.domain import Gathering
from shared.messages.scheduling import SlotRequested
from shared.tokens import Role
from tests.component.scheduling.conftest import ROOM, Service
from tests.unit.scheduling.building import (
    FAIR,
    NOON,
    G,
    asks,
    changed,
    confirmed,
    desk_with,
    moves,
    prefers,
    published,
    releases,
    shows,
    slot,
    waits,
)

DESKS = f"/v1/gatherings/{G}/desks"
BLOCKS = f"{DESKS}/anna/blocks"
SPAN = {"starts_at": "2021-12-10T13:00:00+01:00", "ends_at": "2021-12-10T13:20:00+01:00", "reason": "train"}


def sealed(service: Service, who: str = "ada", topic: str = "Our region", **also: Any) -> SlotRequested:
    booking = f"booking-{who}"
    return asks(who, booking=booking, sealed=service.seal.seal({"topic": topic}, booking), **also)


async def opened(service: Service) -> None:
    await service.hear(published(), *(confirmed(one) for one in ("ada", "bob", "cyd")))


async def test_slots_are_free_until_somebody_has_them(service: Service, client: httpx.AsyncClient) -> None:
    assert (await client.get(DESKS)).status_code == 404
    await opened(service)
    await service.hear(asks(slot_id=slot(10)))
    desks = (await client.get(DESKS)).json()["desks"]
    assert [(one["desk"], one["expert"]) for one in desks] == [("anna", "Anna Expert"), ("marc", "Marc Expert")]
    assert [one["free"] for one in desks[0]["slots"]] == [True, False, True, True, True]
    assert desks[0]["slots"][0] == {
        "slot_id": "anna-20211210T1200Z",
        "starts_at": "2021-12-10T12:00:00.000Z",
        "ends_at": "2021-12-10T12:10:00.000Z",
        "free": True,
    }
    assert all(one["free"] for one in desks[1]["slots"])


async def test_nothing_of_an_expert_who_takes_no_more_is_free(service: Service, client: httpx.AsyncClient) -> None:
    """What blocks time is no guest: only the booking counts."""
    await service.hear(published(desks=desk_with(per_expert=2)), *(confirmed(one) for one in ("ada", "bob")))
    await client.post(BLOCKS, json=SPAN, headers=service.headers(Role.EXPERT))
    await service.hear(asks(slot_id=slot(20)))

    async def free() -> list[list[bool]]:
        desks = (await client.get(DESKS)).json()["desks"]
        return [[one["free"] for one in desk["slots"]] for desk in desks]

    assert await free() == [[False] * 3 + [True] * 2, [True] * 5]
    await service.hear(asks("bob", slot(30)))
    assert await free() == [[False] * 5, [True] * 5]


async def test_a_block_is_given_back_by_who_may_take_it(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    expert = service.headers(Role.EXPERT, scope="anna")
    block = (await client.post(BLOCKS, json=SPAN, headers=expert)).json()
    await service.hear(*(asks(who, slot(20 + 10 * n)) for n, who in enumerate(("ada", "bob", "cyd"))))
    await service.hear(confirmed("dan"), waits("dan"))
    address = f"{BLOCKS}/{block['id']}"

    async def status(headers: dict[str, str], path: str = address) -> int:
        return (await client.delete(path, headers=headers)).status_code

    assert await status(service.headers(Role.DOOR)) == 403
    assert await status(service.headers(Role.EXPERT, scope="marc")) == 404
    assert await status(service.headers(Role.ORGANISER), f"{DESKS}/marc/blocks/{block['id']}") == 404
    keyed = expert | {"Idempotency-Key": "0123456789abcdef"}
    answer = await client.delete(address, headers=keyed)
    assert (answer.status_code, answer.json()["id"]) == (200, block["id"])
    assert [(one["registration_id"], one["slot_id"]) for one in answer.json()["offered"]] == [("dan", slot(0))]
    assert (await client.delete(address, headers=keyed)).json() == answer.json()
    assert await status(expert) == 404
    desks = (await client.get(DESKS)).json()["desks"]
    assert [one["free"] for one in desks[0]["slots"]] == [False, True, False, False, False]
    assert (await client.get(f"{DESKS}/anna/bookings", headers=expert)).json()["blocks"] == []
    assert [audit.action for _, audit in service.store.audits] == ["block-desk", "unblock-desk"]


async def test_an_expert_sees_who_comes_and_about_what(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(sealed(service), asks("bob", slot(10), sealed=None), asks("cyd", slot(20), sealed="k1.broken"))
    expert = service.headers(Role.EXPERT, scope="anna")
    day = (await client.get(f"{DESKS}/anna/bookings", headers=expert)).json()
    assert [(one["name"], one["topic"]) for one in day["bookings"]] == [
        ("Ada", "Our region"),
        (None, None),
        ("Cyd", None),
    ]
    assert day["join"] == ROOM
    service.people.away = True
    day = (await client.get(f"{DESKS}/anna/bookings", headers=expert)).json()
    assert (day["bookings"][0]["name"], day["join"]) == (None, None)


async def test_a_desk_is_open_to_its_expert_and_to_organisers_alone(
    service: Service, client: httpx.AsyncClient
) -> None:
    await opened(service)
    path = f"{DESKS}/anna/bookings"

    async def status(headers: dict[str, str]) -> int:
        return (await client.get(path, headers=headers)).status_code

    assert await status(service.headers(Role.EXPERT, scope="marc")) == 404
    assert await status(service.headers(Role.EXPERT)) == 200
    assert await status(service.headers(Role.ORGANISER)) == 200
    assert await status(service.headers(Role.AUDITOR)) == 200
    assert await status(service.headers(Role.DOOR)) == 403
    assert await status(service.headers(Role.EXPERT, gatherings=("other",))) == 404
    assert await status({}) == 401
    nobody = await client.get(f"{DESKS}/nobody/bookings", headers=service.headers(Role.EXPERT))
    assert nobody.status_code == 404


async def test_a_block_releases_tells_and_keeps_the_time(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(asks(), asks("bob", slot(20)))
    expert = service.headers(Role.EXPERT, scope="anna")
    answer = await client.post(BLOCKS, json=SPAN, headers=expert | {"Idempotency-Key": "0123456789abcdef"})
    assert answer.status_code == 201
    assert [one["id"] for one in answer.json()["released"]] == ["booking-ada"]
    assert service.store.said[-1].wires[0].topic == "slot-released"
    assert b'"expert-blocked"' in service.store.said[-1].wires[0].value
    again = await client.post(BLOCKS, json=SPAN, headers=expert | {"Idempotency-Key": "0123456789abcdef"})
    assert again.json()["id"] == answer.json()["id"]
    assert len(service.store.blocks) == 1
    desks = (await client.get(DESKS)).json()["desks"]
    assert [one["free"] for one in desks[0]["slots"]] == [False, False, False, True, True]
    day = (await client.get(f"{DESKS}/anna/bookings", headers=expert)).json()
    assert [one["reason"] for one in day["blocks"]] == ["train"]
    assert len(day["bookings"]) == 1
    assert [audit.action for _, audit in service.store.audits] == ["block-desk"]


async def test_a_block_needs_a_span(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    staff = service.headers(Role.ORGANISER)
    for wrong in (
        SPAN | {"ends_at": SPAN["starts_at"]},
        SPAN | {"ends_at": "2021-12-20T13:20:00Z"},
        SPAN | {"starts_at": 1639137600},
        SPAN | {"who": "me"},
        SPAN | {"starts_at": "2021-02-29T13:00:00Z"},
        SPAN | {"starts_at": "2021-12-10T24:00:00Z"},
        SPAN | {"starts_at": "0001-01-01T00:00:00+14:00"},
        SPAN | {"ends_at": "9999-12-31T23:59:59-14:00"},
    ):
        assert (await client.post(BLOCKS, json=wrong, headers=staff)).status_code == 422
    assert (await client.post(BLOCKS, json=SPAN, headers=service.headers(Role.AUDITOR))).status_code == 403
    other = service.headers(Role.EXPERT, scope="marc")
    assert (await client.post(BLOCKS, json=SPAN, headers=other)).status_code == 404


async def test_a_block_without_offsets_is_wall_time_there(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    wall = {"starts_at": "2021-12-10T13:00", "ends_at": "2021-12-10T13:20"}
    made = (await client.post(BLOCKS, json=wall, headers=service.headers(Role.ORGANISER))).json()
    assert (made["starts_at"], made["ends_at"]) == ("2021-12-10T12:00:00.000Z", "2021-12-10T12:20:00.000Z")


async def test_a_diary_has_parts_meetings_and_sessions(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(sealed(service))
    mine = (await client.get("/v1/registrations/ada/diary", headers=service.holder("ada"))).json()
    assert mine["gathering"] == G
    assert mine["parts"][0] | {"title": None} == {
        "part": "day",
        "mode": "remote",
        "status": "confirmed",
        "reason": None,
        "title": None,
        "starts_at": "2021-12-10T08:00:00.000Z",
        "ends_at": "2021-12-10T17:00:00.000Z",
        "starts_local": "2021-12-10T09:00:00+01:00",
        "ends_local": "2021-12-10T18:00:00+01:00",
    }
    booking = mine["bookings"][0]
    assert (booking["topic"], booking["expert"]) == ("Our region", "Anna Expert")
    assert service.tokens.read_join(booking["join"].rsplit("/", 1)[1]).part == "desk:anna"
    assert booking["starts_local"] == "2021-12-10T13:00:00+01:00"
    assert [one["session"] for one in mine["sessions"]] == ["opening", "practices"]
    staff = (await client.get("/v1/registrations/ada/diary", headers=service.headers(Role.ORGANISER))).json()
    assert not {"join", "topic"} & staff["bookings"][0].keys()


async def test_a_diary_is_its_holders_and_the_organisers(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    path = "/v1/registrations/ada/diary"
    for headers, status in (
        (service.holder("bob"), 404),
        (service.headers(Role.DOOR), 404),
        (service.headers(Role.ORGANISER, gatherings=("other",)), 404),
        (service.headers(Role.AUDITOR), 200),
        ({}, 401),
    ):
        assert (await client.get(path, headers=headers)).status_code == status
    assert (await client.get("/v1/registrations/zoe/diary", headers=service.holder("zoe"))).status_code == 404


async def test_the_diarys_calendar_cancels_what_was_released(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(asks(), moves(), asks("bob", slot(20)), releases("bob"))
    events = await _events(service, client, "ada")
    meeting = events["booking-ada@foyer.test"]
    assert (meeting["sequence"], meeting["status"]) == (2, "CONFIRMED")
    assert meeting["dtstart"].to_ical() == b"20211210T121000Z"
    assert str(meeting["url"]).startswith("http://foyer.test/v1/join/")
    part = events["ada-day@foyer.test"]
    assert (part["summary"], part["location"]) == ("Workshop: Day", "Online")
    assert (await _events(service, client, "bob"))["booking-bob@foyer.test"]["status"] == "CANCELLED"


async def _events(service: Service, client: httpx.AsyncClient, who: str) -> dict[str, Any]:
    answer = await client.get(f"/v1/registrations/{who}/diary.ics", headers=service.holder(who))
    return {str(one["uid"]): one for one in Calendar.from_ical(answer.text).events}


async def test_a_diary_outlives_the_desk_and_the_part(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(asks())
    service.clock.at = NOON  # the meeting has begun, so it stays when its desk goes
    night = {"part": "night", "starts": "2021-12-10T20:00", "ends": "2021-12-10T23:00", "modes": {"remote": {}}}
    await service.hear(published(2, desks=[], parts=[night], sessions=[]))
    mine = (await client.get("/v1/registrations/ada/diary", headers=service.holder("ada"))).json()
    assert mine["parts"] == [{"part": "day", "mode": "remote", "status": "confirmed", "reason": None}]
    assert mine["bookings"][0]["expert"] == "anna"
    assert mine["sessions"] == []
    assert list(await _events(service, client, "ada")) == ["booking-ada@foyer.test"]


async def test_a_block_at_a_desk_that_has_just_gone_is_refused(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    gathering = service.store.gatherings[G]
    await service.hear(published(2, desks=[]))

    async def still(gathering_id: str) -> Gathering | None:  # noqa: ARG001
        return gathering

    service.store.gathering = still  # type: ignore[method-assign]  # read just before the change
    answer = await client.post(BLOCKS, json=SPAN, headers=service.headers(Role.ORGANISER))
    assert answer.status_code == 404
    assert not service.store.blocks


async def test_a_long_export_comes_in_pieces(service: Service, client: httpx.AsyncClient) -> None:
    crowd = [f"p{number}" for number in range(501)]
    desks = desk_with(opens="2021-12-08T00:00", closes="2021-12-12T00:00", slot_minutes=5)
    await service.hear(published(desks=desks), *map(confirmed, crowd))
    slots = list(service.store.gatherings[G].slots)
    await service.hear(*(asks(who, slots[number]) for number, who in enumerate(crowd)))
    own = service.access.own_header("gateway")
    answer = await client.get("/internal/export", params={"gathering": G}, headers=own)
    assert len({json.loads(line)["id"] for line in answer.text.splitlines()}) == 501


async def test_wishes_are_read_back_by_their_owner(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    path = "/v1/registrations/ada/preferences"
    assert (await client.get(path, headers=service.holder("ada"))).status_code == 404
    await service.hear(prefers())
    assert (await client.get(path, headers=service.holder("ada"))).json()["working_groups"] == ["water"]
    assert (await client.get(path, headers=service.holder("bob"))).status_code == 404


async def test_who_was_taken_over_from_reads_nothing_and_changes_nothing(
    service: Service, client: httpx.AsyncClient
) -> None:
    await service.hear(published(partnering=FAIR), confirmed(), sealed(service), prefers(), shows())
    taken_over = changed().model_copy(update={"substituted": True, "generation": 1})
    own = "/v1/registrations/ada"
    pages = (f"{own}/diary", f"{own}/diary.ics", f"{own}/preferences", f"{own}/profile", f"/v1/gatherings/{G}/profiles")

    async def statuses(headers: dict[str, str]) -> list[int]:
        return [(await client.get(page, headers=headers)).status_code for page in pages]

    assert await statuses(service.holder("ada")) == [200] * 5
    assert await statuses(service.holder("ada", 1)) == [200] * 5  # a signed key is ahead of what is heard of it
    await service.hear(taken_over)
    assert await statuses(service.holder("ada")) == await statuses(service.holder("bob"))
    assert await statuses(service.holder("ada")) == [404, 404, 404, 404, 403]
    assert await statuses(service.holder("ada", 1)) == [200, 200, 404, 404, 200]  # what the other said is gone
    assert await statuses(service.headers(Role.ORGANISER)) == [200, 200, 404, 404, 200]
    refused, foreign = await service.hear(confirmed("bob"), moves(), moves("bob", booking="booking-ada"))
    assert (refused.status, refused.body) == (foreign.status, foreign.body)
    [booking] = await service.store.bookings_of("ada")
    assert (refused.status, booking.version) == (404, 1)


async def test_a_joining_link_is_of_whoever_holds_the_registration_now(
    service: Service, client: httpx.AsyncClient
) -> None:
    def generation(of: object) -> int:
        return service.tokens.read_join(str(of).rsplit("/", 1)[1]).generation

    await service.hear(published(), confirmed())
    _, booked = (await service.tell(asks()))["booking-ada"]
    assert generation(booked["join"]) == 0
    path = "/v1/registrations/ada/diary"
    ahead = (await client.get(path, headers=service.holder("ada", 1))).json()["bookings"][0]
    assert generation(ahead["join"]) == 1  # its key is ahead of the fact: one of before would soon be void
    await service.hear(changed().model_copy(update={"substituted": True, "generation": 1}))
    [moved] = await service.hear(moves().model_copy(update={"generation": 1}))
    assert generation(moved.body["join"]) == 1
    calendar = await client.get(f"{path}.ics", headers=service.holder("ada", 1))
    [meeting] = (one for one in Calendar.from_ical(calendar.content).walk("VEVENT") if "url" in one)
    assert generation(meeting["url"]) == 1


async def test_other_services_ask_whose_a_booking_is(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(asks())
    own = service.access.own_header("gateway")
    found = (await client.get("/internal/bookings/booking-ada", headers=own)).json()
    assert (found["registration_id"], found["gathering_id"], found["status"]) == ("ada", G, "booked")
    assert found["generation"] == 0
    assert (await client.get("/internal/bookings/nothing", headers=own)).status_code == 404
    assert (await client.get("/internal/bookings/booking-ada", headers=service.holder("ada"))).status_code == 404


async def test_the_export_has_a_line_for_every_booking_and_act(service: Service, client: httpx.AsyncClient) -> None:
    await opened(service)
    await service.hear(asks(), asks("bob", slot(10)))
    await client.post(BLOCKS, json=SPAN, headers=service.headers(Role.ORGANISER))
    own = service.access.own_header("gateway")
    answer = await client.get("/internal/export", params={"gathering": G}, headers=own)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["kind"] for line in lines] == ["booking", "booking", "audit"]
    assert {line["status"] for line in lines[:2]} == {"released"}
    assert lines[2]["action"] == "block-desk"
    assert (await client.get("/internal/export", params={"gathering": "none"}, headers=own)).text == ""
    assert (await client.get("/internal/export", params={"gathering": G})).status_code == 401
