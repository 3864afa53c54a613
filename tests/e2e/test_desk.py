"""The desk at the gateway, over real servers: whichever expert, holds, turns that pass on, questions, calendars."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.e2e.foyer import Answer, Foyer, running_foyer

BEGINS = datetime(2031, 3, 3, 9, 0, tzinfo=UTC)
PART = {"part": "day", "starts": "2031-03-10T09:00", "ends": "2031-03-10T17:00", "modes": {"remote": {}}}
SESSION = {
    "session": "opening",
    "part": "day",
    "starts": "2031-03-10T09:00",
    "ends": "2031-03-10T10:00",
    "room": "hall",
}
DESKS = [
    {"desk": "anna", "expert": "Anna", "opens": "2031-03-10T12:00", "closes": "2031-03-10T12:10", "slot_minutes": 10},
    {"desk": "marc", "expert": "Marc", "opens": "2031-03-10T12:00", "closes": "2031-03-10T12:20", "slot_minutes": 10},
]
ANNA, MARC, LATER = "anna-20310310T1200Z", "marc-20310310T1200Z", "marc-20310310T1210Z"


@pytest.fixture(scope="module")
async def foyer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foyer]:
    async with running_foyer(tmp_path_factory.mktemp("foyer") / "state", BEGINS) as running:
        yield running


@pytest.fixture
async def gathering(foyer: Foyer) -> str:
    name = f"desks-{uuid.uuid4().hex[:8]}"  # noqa: TID251  each test has a gathering of its own
    definition = {
        "gathering": name,
        "title": "Desks",
        "timezone": "UTC",
        "parts": [PART],
        "agenda": {"release": "official", "sessions": [SESSION]},
        "helpdesk": {"desks": DESKS},
    }
    assert (await foyer.staff("PUT", f"/v1/gatherings/{name}", definition)).status == 200
    assert (await foyer.staff("POST", f"/v1/gatherings/{name}/publish")).status == 200
    await foyer.eventually(f"/v1/gatherings/{name}/desks", lambda answer: answer.status == 200)
    return name


async def registered(foyer: Foyer, gathering: str, name: str) -> dict[str, Any]:
    body = {
        "attendee": {"name": name, "email": f"{name.lower()}@{gathering}.example.org"},
        "parts": [{"part": "day", "mode": "remote"}],
    }
    answer = await foyer.ask("POST", f"/v1/gatherings/{gathering}/registrations", body)
    assert answer.status == 201, answer.body
    made: dict[str, Any] = answer.body
    return made


async def wants(foyer: Foyer, gathering: str, who: dict[str, Any], slot: str, what: str = "bookings") -> Answer:
    body = {"slot_id": slot, "registration_id": who["id"]}
    return await foyer.ask("POST", f"/v1/gatherings/{gathering}/{what}", body, token=who["manage_token"])


async def test_a_hold_keeps_a_slot_and_any_expert_is_found(foyer: Foyer, gathering: str) -> None:
    ada, bob, cyd = [await registered(foyer, gathering, name) for name in ("Ada", "Bob", "Cyd")]

    held = await wants(foyer, gathering, ada, ANNA, "holds")
    taken = await wants(foyer, gathering, bob, ANNA)
    any_then = await wants(foyer, gathering, bob, "any-20310310T1200Z")
    booked = await wants(foyer, gathering, ada, ANNA)
    next_one = await wants(foyer, gathering, cyd, "any")

    assert (held.status, held.body["status"]) == (201, "held")
    assert (taken.status, any_then.body["slot_id"], booked.status) == (409, MARC, 201)
    assert (next_one.status, next_one.body["slot_id"]) == (201, LATER)


async def test_what_becomes_free_is_offered_and_passes_on(foyer: Foyer, gathering: str) -> None:
    ada, bob, cyd = [await registered(foyer, gathering, name) for name in ("Ada", "Bob", "Cyd")]
    booked = await wants(foyer, gathering, ada, ANNA)

    async def held(who: dict[str, Any]) -> None:
        path = f"/v1/registrations/{who['id']}/diary"
        diary = await foyer.eventually(path, lambda answer: bool(answer.body["held"]), who["manage_token"])
        assert [one["slot_id"] for one in diary.body["held"]] == [ANNA]

    for who in (bob, cyd):
        path = f"/v1/registrations/{who['id']}/waiting-list/anna"
        joined = await foyer.ask("PUT", path, token=who["manage_token"])
        assert (joined.status, joined.body["waiting"]) == (200, True)
    reason = {"release": True, "reason": "a late train"}
    released = await foyer.staff("POST", f"/v1/bookings/{booked.body['id']}/override", reason)
    assert (released.status, released.body["status"]) == (200, "released")
    await held(bob)
    await foyer.move_clock(foyer.clock.now() + timedelta(minutes=31))
    await held(cyd)
    assert (await wants(foyer, gathering, bob, ANNA)).status == 409
    assert (await wants(foyer, gathering, cyd, ANNA)).status == 201


async def test_questions_and_calendars_are_there_for_those_who_come(foyer: Foyer, gathering: str) -> None:
    ada = await registered(foyer, gathering, "Ada")
    path = f"/v1/gatherings/{gathering}/sessions/opening/questions"
    body = {"registration_id": ada["id"], "text": "When is the next call?"}

    asked = await foyer.ask("POST", path, body, token=ada["manage_token"])
    vote = {"registration_id": ada["id"]}
    backed = await foyer.ask("POST", f"{path}/{asked.body['id']}/votes", vote, token=ada["manage_token"])
    shown = await foyer.ask("GET", path)
    await wants(foyer, gathering, ada, ANNA)
    diary = await foyer.ask("GET", f"/v1/registrations/{ada['id']}/diary", token=ada["manage_token"])
    feed = await foyer.ask("GET", urlsplit(diary.body["feed"]).path)
    sheet = await foyer.staff("GET", f"/v1/gatherings/{gathering}/desks/anna/sheet", role="expert")

    assert (asked.status, backed.status) == (201, 200)
    assert [(one["text"], one["votes"]) for one in shown.body["questions"]] == [("When is the next call?", 1)]
    assert feed.status == 200
    assert "SEQUENCE:1" in feed.body
    assert (sheet.status, "Ada" in sheet.body) == (200, True)
