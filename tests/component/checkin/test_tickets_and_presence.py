"""A person's own ticket, and joining online by a link from a mail."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest

from services.checkin.store import Commit
from shared.access import Actor
from shared.errors import LostRace
from shared.messages.checkin import AttendanceRecorded
from shared.messages.registration import AttendeeErased, RegistrationChanged
from shared.tokens import Join, Role
from tests.component.checkin.conftest import Checkin, published
from tests.support.checkin import DEFINITION, DOOR, GATHERING, OPEN_AT, PART, confirmed, definition, state

HOLDER = Actor(Role.ATTENDEE, "r1", gatherings=(GATHERING,), registration_id="r1")
TICKET = "/v1/registrations/r1/ticket"


async def test_the_holder_sees_the_ticket_and_its_doors(opened: Checkin) -> None:
    answer = await opened.get(TICKET, HOLDER)
    assert answer.json() == {"ticket": opened.ticket_of(), "doors": [DOOR, "policy-event-day-2"]}
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("suffix", "kind"), [(".svg", "image/svg+xml"), (".pdf", "application/pdf")])
async def test_the_ticket_comes_as_a_picture_and_on_paper(opened: Checkin, suffix: str, kind: str) -> None:
    answer = await opened.get(TICKET + suffix, HOLDER)
    assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


@pytest.mark.parametrize(
    ("actor", "status"),
    [
        (HOLDER, 200),
        (Actor(Role.ATTENDEE, "r2", registration_id="r2"), 404),
        (Actor(Role.DOOR, "d"), 404),
        (Actor(Role.AUDITOR, "a"), 200),
        (Actor(Role.ORGANISER, "o", gatherings=("another",)), 404),
    ],
)
async def test_a_ticket_is_for_its_holder_and_organisers(opened: Checkin, actor: Actor, status: int) -> None:
    assert (await opened.get(TICKET, actor)).status_code == status


async def test_whoever_was_substituted_does_not_see_the_new_ticket(opened: Checkin) -> None:
    taken_over = confirmed("r1", 2).model_dump() | {"substituted": True}
    await opened.hear(RegistrationChanged.model_validate(taken_over))
    assert (await opened.get(TICKET, HOLDER)).status_code == 404
    new = Actor(Role.ATTENDEE, "r1", gatherings=(GATHERING,), registration_id="r1", generation=1)
    assert (await opened.get(TICKET, new)).json()["ticket"] == opened.ticket_of(before=1)


async def test_without_a_place_in_person_there_is_no_ticket(checkin: Checkin) -> None:
    await checkin.hear(published(), confirmed("r1", 1, state(mode="remote")))
    assert (await checkin.get(TICKET, HOLDER)).status_code == 404
    assert (await checkin.get("/v1/registrations/nobody/ticket", HOLDER)).status_code == 404


@pytest.fixture
async def online(checkin: Checkin) -> Checkin:
    await checkin.hear(published(), confirmed("r1", 1, state(mode="remote")))
    return checkin


def link(checkin: Checkin, part: str = PART, registration_id: str = "r1", generation: int = 0) -> str:
    return f"/v1/join/{checkin.tokens.join(Join(registration_id, GATHERING, part, generation))}"


def attended(checkin: Checkin) -> list[AttendanceRecorded]:
    return [one.message for one in checkin.store.said if isinstance(one.message, AttendanceRecorded)]


async def test_looking_at_the_link_records_nothing(online: Checkin) -> None:
    answer = await online.get(link(online))
    assert answer.status_code == 200
    assert answer.json()["part"] == PART
    assert answer.json()["starts"] == "2021-11-22T08:00:00.000Z"
    assert "example.org/live" not in answer.text
    assert attended(online) == []


async def test_pressing_the_button_records_attendance_once_and_leads_on(online: Checkin) -> None:
    own = online.access.own_header("gateway")
    answers = await asyncio.gather(*(online.client.post(link(online), headers=own) for _ in range(5)))
    assert {(one.status_code, one.headers["location"]) for one in answers} == {(303, "https://example.org/live")}
    [fact] = attended(online)
    assert (fact.registration_id, fact.part, fact.mode) == ("r1", PART, "remote")
    assert online.store.said[-1].correlation_id in {one.headers["x-request-id"] for one in answers}


@pytest.mark.parametrize(
    "at", [OPEN_AT - timedelta(days=1), OPEN_AT - timedelta(minutes=61), OPEN_AT + timedelta(days=2)]
)
async def test_who_presses_before_or_after_the_part_is_led_on_and_not_counted(online: Checkin, at: datetime) -> None:
    own = online.access.own_header("gateway")
    online.clock.at = at
    assert (await online.get(link(online))).json()["counts"] is False
    answer = await online.client.post(link(online), headers=own)
    assert (answer.status_code, answer.headers["location"]) == (303, "https://example.org/live")
    assert attended(online) == []
    online.clock.at = OPEN_AT - timedelta(minutes=60)
    assert (await online.get(link(online))).json()["counts"] is True
    assert (await online.client.post(link(online), headers=own)).status_code == 303
    assert len(attended(online)) == 1


async def test_a_part_without_an_address_leads_to_the_gathering_also_the_day_before(online: Checkin) -> None:
    parts = [{**DEFINITION["parts"][0], "modes": {"remote": {}}}, *DEFINITION["parts"][1:]]
    online.people.whole = definition(parts=parts)
    online.clock.at = OPEN_AT - timedelta(days=1)
    answer = await online.client.post(link(online), headers=online.access.own_header("gateway"))
    assert (answer.status_code, answer.headers["location"], attended(online)) == (303, f"/g/{GATHERING}", [])


async def test_a_part_without_an_address_is_attended_and_leads_to_the_gathering(online: Checkin) -> None:
    modes = {"in-person": {"capacity": 120}, "remote": {}}
    parts = [{**DEFINITION["parts"][0], "modes": modes}, *DEFINITION["parts"][1:]]
    online.people.whole = definition(parts=parts)
    answer = await online.client.post(link(online), headers=online.access.own_header("gateway"))
    assert (answer.status_code, answer.headers["location"]) == (303, f"/g/{GATHERING}")
    assert len(attended(online)) == 1


async def test_a_desk_is_joined_without_being_counted(online: Checkin) -> None:
    assert (await online.get(link(online, "desk:ada"))).json()["expert"] == "Ada"
    answer = await online.client.post(link(online, "desk:ada"), headers=online.access.own_header("gateway"))
    assert answer.headers["location"] == "https://example.org/ada"
    assert attended(online) == []


async def test_a_working_groups_room_is_joined_without_being_counted(online: Checkin) -> None:
    shown = (await online.get(link(online, "room:water"))).json()
    assert (shown["room_title"], shown["starts"]) == ({"en": "Water"}, "2021-11-22T10:00:00.000Z")
    answer = await online.client.post(link(online, "room:water"), headers=online.access.own_header("gateway"))
    assert answer.headers["location"] == "https://example.org/water"
    assert attended(online) == []


async def test_two_who_meet_are_led_to_an_address_of_their_own_and_are_not_counted(online: Checkin) -> None:
    terms = {"part": PART, "join": {"url": "https://example.org/meet/$meeting"}}
    online.people.whole = definition(partnering=terms)
    await online.hear(published(2, partnering=terms), confirmed("r2"), confirmed("r3"))
    own = online.access.own_header("gateway")

    async def led_to(who: str, meeting: str) -> str:
        return (await online.client.post(link(online, f"meeting:{meeting}", who), headers=own)).headers["location"]

    shown = (await online.get(link(online, "meeting:m1"))).json()
    assert (shown["meeting"], "part" in shown, "example.org" in str(shown)) == ("m1", False, False)
    remote, there = await led_to("r1", "m1"), await led_to("r2", "m1")
    assert remote == there
    assert remote.startswith("https://example.org/meet/")
    assert "m1" not in remote
    assert await led_to("r3", "m2") != remote
    assert attended(online) == []


async def test_without_an_address_of_their_own_two_meet_where_the_part_is_joined(online: Checkin) -> None:
    online.people.whole = definition(partnering={"part": PART})
    await online.hear(published(2, partnering={"part": PART}))
    own = online.access.own_header("gateway")
    answer = await online.client.post(link(online, "meeting:m1"), headers=own)
    assert answer.headers["location"] == "https://example.org/live"
    online.people.whole = definition(partnering=None)
    await online.hear(published(3, partnering=None))
    assert (await online.client.post(link(online, "meeting:m1"), headers=own)).status_code == 404
    assert attended(online) == []


async def test_a_link_that_is_none_or_leads_nowhere_is_not_found(online: Checkin) -> None:
    own = online.access.own_header("gateway")
    for path in ("/v1/join/rubbish", link(online, registration_id="r9"), link(online, "desk:nobody")):
        assert (await online.client.get(path, headers=own)).status_code == 404
        assert (await online.client.post(path, headers=own)).status_code == 404
    online.people.whole = None
    assert (await online.client.post(link(online), headers=own)).status_code == 404


@pytest.mark.parametrize("to", [PART, "desk:ada", "room:water"])
async def test_a_link_of_whom_a_colleague_took_over_from_opens_nothing(online: Checkin, to: str) -> None:
    own = online.access.own_header("gateway")
    assert (await online.get(link(online, to, generation=1))).status_code == 200  # signed: ahead of what is heard of it
    taken_over = confirmed("r1", 2, state(mode="remote")).model_dump() | {"substituted": True, "generation": 1}
    await online.hear(RegistrationChanged.model_validate(taken_over))
    for answer in (await online.get(link(online, to)), await online.client.post(link(online, to), headers=own)):
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-found")
    assert attended(online) == []
    pressed = await online.client.post(link(online, to, generation=1), headers=own)
    assert (pressed.status_code, len(attended(online))) == (303, to == PART)


async def test_who_has_no_remote_place_is_told_so(opened: Checkin) -> None:
    answer = await opened.client.post(link(opened), headers=opened.access.own_header("gateway"))
    assert answer.status_code == 409
    assert attended(opened) == []


async def test_who_presses_while_the_address_is_away_has_attended_and_presses_again(online: Checkin) -> None:
    own = online.access.own_header("gateway")
    online.people.away = True
    assert (await online.client.post(link(online), headers=own)).status_code == 503
    online.people.away = False
    assert (await online.client.post(link(online), headers=own)).status_code == 303
    assert len(attended(online)) == 1


async def test_the_export_is_whole_or_a_503_and_for_services_alone(opened: Checkin) -> None:
    await opened.check_in()
    path = f"/internal/export?gathering={GATHERING}"
    own = opened.access.own_header("gateway")
    lines = [json.loads(one) for one in (await opened.client.get(path, headers=own)).text.splitlines()]
    assert [one["kind"] for one in lines] == ["admission", "audit", "attendance"]
    assert (await opened.get(path, Actor(Role.ADMIN, "a"))).status_code == 404
    opened.store.away = True
    assert (await opened.client.get(path, headers=own)).status_code == 503


async def test_who_attends_online_is_in_the_export_until_they_are_erased(online: Checkin) -> None:
    own = online.access.own_header("gateway")
    await online.client.post(link(online), headers=own)
    path = f"/internal/export?gathering={GATHERING}"
    [line] = (await online.client.get(path, headers=own)).text.splitlines()
    assert json.loads(line) == {
        "kind": "attendance",
        "id": f"r1/{PART}/remote",
        "registration_id": "r1",
        "part": PART,
        "mode": "remote",
        "attended_at": "2021-11-22T08:00:00.000Z",
    }
    await online.hear(AttendeeErased(gathering_id=GATHERING, registration_id="r1", version=2, erased_at=OPEN_AT))
    assert (await online.client.get(path, headers=own)).text == ""


async def test_what_a_door_holds_of_a_person_is_handed_out(opened: Checkin) -> None:
    await opened.check_in()
    own = opened.access.own_header("gateway")
    held = (await opened.client.get("/internal/people/r1", headers=own)).json()
    assert held["ticket"] == opened.ticket_of()
    assert [one["outcome"] for one in held["admissions"]] == ["admitted"]
    assert [one["mode"] for one in held["attendance"]] == ["in-person"]
    nobody = (await opened.client.get("/internal/people/r9", headers=own)).json()
    assert nobody == {"ticket": None, "admissions": [], "attendance": []}
    assert (await opened.get("/internal/people/r1", Actor(Role.ADMIN, "a"))).status_code == 404


async def test_a_press_that_loses_a_race_looks_again(online: Checkin, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = iter([True, False])
    commit = online.store.commit

    async def racing(change: Commit) -> None:
        if next(lost):
            raise LostRace("somebody was first")
        await commit(change)

    monkeypatch.setattr(online.store, "commit", racing)
    answer = await online.client.post(link(online), headers=online.access.own_header("gateway"))
    assert answer.status_code == 303
    assert len(attended(online)) == 1


async def test_a_press_that_loses_every_race_is_told_to_try_again(
    online: Checkin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def losing(_: Commit) -> None:
        raise LostRace("somebody is always first")

    monkeypatch.setattr(online.store, "commit", losing)
    answer = await online.client.post(link(online), headers=online.access.own_header("gateway"))
    assert answer.status_code == 503


async def test_our_own_services_are_told_how_many_of_a_delegation_were_there(opened: Checkin) -> None:
    await opened.hear(confirmed("r2", 1, state(mode="remote")), confirmed("r3", 1))
    path = f"/internal/attendance?gathering={GATHERING}"
    service = Actor("service", "registration")
    assert (await opened.get(path, service)).json() == {"attendance": []}
    await opened.check_in()
    await opened.client.post(link(opened, registration_id="r2"), headers=opened.access.header(HOLDER))
    counted = [{"delegation": "escp-4x-01", "part": PART, "attended": 2}]
    assert (await opened.get(path, service)).json() == {"attendance": counted}
    assert (await opened.get("/internal/attendance?gathering=nowhere", service)).json() == {"attendance": []}
    assert (await opened.get(path, HOLDER)).status_code == 404
