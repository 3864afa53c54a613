"""A person's own ticket, and joining online by a link from a mail."""

import asyncio

import pytest

from services.checkin.store import Commit
from shared.access import Actor
from shared.errors import LostRace
from shared.messages.checkin import AttendanceRecorded
from shared.messages.registration import RegistrationChanged
from shared.tokens import Join, Role
from tests.component.checkin.conftest import Checkin, published
from tests.support.checkin import DOOR, GATHERING, PART, confirmed, state

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


def link(checkin: Checkin, part: str = PART, registration_id: str = "r1") -> str:
    return f"/v1/join/{checkin.tokens.join(Join(registration_id, GATHERING, part))}"


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


async def test_a_link_that_is_none_or_leads_nowhere_is_not_found(online: Checkin) -> None:
    own = online.access.own_header("gateway")
    for path in ("/v1/join/rubbish", link(online, registration_id="r9"), link(online, "desk:nobody")):
        assert (await online.client.get(path, headers=own)).status_code == 404
        assert (await online.client.post(path, headers=own)).status_code == 404
    online.people.whole = None
    assert (await online.client.post(link(online), headers=own)).status_code == 404


async def test_who_has_no_remote_place_is_told_so(opened: Checkin) -> None:
    answer = await opened.client.post(link(opened), headers=opened.access.own_header("gateway"))
    assert answer.status_code == 409
    assert attended(opened) == []


async def test_an_owner_that_is_away_is_a_503_and_nothing_is_recorded(online: Checkin) -> None:
    online.people.away = True
    answer = await online.client.post(link(online), headers=online.access.own_header("gateway"))
    assert answer.status_code == 503
    assert attended(online) == []


async def test_the_export_is_whole_or_a_503_and_for_services_alone(opened: Checkin) -> None:
    await opened.check_in()
    path = f"/internal/export?gathering={GATHERING}"
    own = opened.access.own_header("gateway")
    lines = (await opened.client.get(path, headers=own)).text.splitlines()
    assert len(lines) == 2
    assert (await opened.get(path, Actor(Role.ADMIN, "a"))).status_code == 404
    opened.store.away = True
    assert (await opened.client.get(path, headers=own)).status_code == 503


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
