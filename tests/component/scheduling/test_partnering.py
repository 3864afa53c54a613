"""Partnering from the wishes to the day itself: profiles, a plan, a yes on the day, a meeting given up."""

from datetime import timedelta
from itertools import combinations
from typing import Any

import httpx
import pytest

from services.scheduling.domain import Meeting
from shared.tokens import Role
from tests.component.scheduling.conftest import Service
from tests.component.scheduling.test_working_groups import proposed
from tests.unit.scheduling.building import (
    EARLY,
    FAIR,
    G,
    asks,
    cancelled,
    confirmed,
    erased,
    gives_up,
    notes,
    prefers,
    published,
    says_yes,
    shows,
    slot,
)

PEOPLE = ("ada", "cyd", "dan", "eve")
HERE = f"/v1/gatherings/{G}"


@pytest.fixture
async def fair(service: Service) -> Service:
    """Four people there who all wish to meet each other."""
    await service.hear(published(partnering=FAIR), *(confirmed(who, mode="in-person") for who in PEOPLE))
    await service.hear(*(prefers(who, meet=tuple(sorted({*PEOPLE} - {who}))) for who in PEOPLE))
    return service


async def publish(fair: Service, client: httpx.AsyncClient, proposal: str, **also: Any) -> httpx.Response:
    body = {"proposal": proposal, **also}
    return await client.post(f"{HERE}/partnering/publish", json=body, headers=fair.headers(Role.ORGANISER))


async def planned(fair: Service, client: httpx.AsyncClient) -> list[Meeting]:
    draft = await proposed(fair, client, "partnering", effort=10)
    assert (await publish(fair, client, draft["id"])).status_code == 200
    return meetings(fair)


def meetings(fair: Service) -> list[Meeting]:
    return [one for one in fair.store.all_meetings.values() if one.live]


def topics(service: Service) -> list[str]:
    return [wire.topic for entry in service.store.said for wire in entry.wires]


async def test_everybody_meets_everybody_and_nobody_sits_at_two_tables(
    fair: Service, client: httpx.AsyncClient
) -> None:
    draft = await proposed(fair, client, "partnering", effort=10)
    figures = draft["result"]["figures"]
    assert (figures["meetings"], figures["bound"], figures["with_none"], figures["jain"]) == (6, 6, 0, 1.0)
    assert meetings(fair) == []
    answer = await publish(fair, client, draft["id"])
    assert answer.json() == {"published": 6, "released": 0, "left_out": []}
    assert {one.people for one in meetings(fair)} == set(combinations(PEOPLE, 2))
    claims = [claim for one in meetings(fair) for claim in one.claims]
    assert len(claims) == len(set(claims))
    assert set(claims) <= fair.store.claims.keys()
    assert topics(fair).count("meeting-scheduled") == 6


async def test_what_somebody_has_already_is_planned_around(fair: Service, client: httpx.AsyncClient) -> None:
    await fair.hear(asks("ada", slot(0)))
    draft = await proposed(fair, client, "partnering", effort=10)
    busy = {one["slot_id"] for one in draft["result"]["meetings"] if "ada" in one["registration_ids"]}
    assert not busy & {"20211210T1200Z"}
    await fair.hear(asks("ada", slot(10), "another"))  # nothing is kept for her before it is published
    assert (await publish(fair, client, draft["id"])).status_code in {200, 409}


async def test_a_plan_that_somebody_has_booked_over_names_whom_or_leaves_them_out(
    fair: Service, client: httpx.AsyncClient
) -> None:
    for minutes in (0, 10, 20, 30):
        await fair.hear(asks("eve", slot(minutes, "marc"), f"eve-{minutes}"))
    draft = await proposed(fair, client, "partnering", effort=10)
    taken = next(one for one in draft["result"]["meetings"] if "ada" in one["registration_ids"])
    before = fair.store.claims.copy()
    for tick in range(3):
        stamp = taken["slot_id"][:9] + f"{int(taken['slot_id'][9:13]) + 5 * tick:04d}Z"
        fair.store.claims[f"{G}:attendee:ada:{stamp}"] = "something-else"
    refused = await publish(fair, client, draft["id"])
    assert refused.json()["type"] == "/problems/stale-proposal"
    assert all("ada" in one["registration_ids"] for one in refused.json()["conflicts"])
    assert meetings(fair) == []
    assert fair.store.claims.keys() >= before.keys()
    done = (await publish(fair, client, draft["id"], leave_out=True)).json()
    assert [one["reason"] for one in done["left_out"]] == ["conflict"]
    assert len(meetings(fair)) == done["published"]


async def test_a_second_run_leaves_what_stands_and_fills_what_is_free(fair: Service, client: httpx.AsyncClient) -> None:
    first = {one.id: one for one in await planned(fair, client)}
    await fair.hear(confirmed("fay", mode="in-person"), prefers("fay", meet=("ada",)))
    await fair.hear(prefers("ada", 2, meet=("cyd", "dan", "eve", "fay")))
    again = {one.id: one for one in await planned(fair, client)}
    assert {who: again[who] for who in first} == first
    assert [one.people for who, one in again.items() if who not in first] == [("ada", "fay")]


async def test_why_somebody_met_nobody_is_said(fair: Service, client: httpx.AsyncClient) -> None:
    await fair.hear(prefers("ada", 2, meet=("cyd",), no_thanks=("dan",)), prefers("cyd", 2, meet=("dan",)))
    draft = await proposed(fair, client, "partnering", effort=10)
    shares = {one["registration_id"]: one for one in draft["result"]["shares"]}
    assert shares["ada"]["unmet"] == [{"registration_id": "cyd", "why": "not-mutual"}]
    assert {"registration_id": "ada", "why": "declined"} in shares["dan"]["unmet"]


async def test_the_same_question_and_seed_have_the_same_answer(fair: Service, client: httpx.AsyncClient) -> None:
    one, other = [(await proposed(fair, client, "partnering", seed=3, effort=10))["result"] for _ in range(2)]
    assert one == other


async def test_who_cancels_frees_the_other_and_the_table(fair: Service, client: httpx.AsyncClient) -> None:
    mine = [one for one in await planned(fair, client) if "ada" in one.people]
    await fair.hear(cancelled("ada"))
    assert not [one for one in meetings(fair) if "ada" in one.people]
    assert not {claim for one in mine for claim in one.claims} & fair.store.claims.keys()
    assert topics(fair).count("meeting-cancelled") == len(mine)


async def test_a_meeting_given_up_comes_back_under_its_name_and_a_higher_version(
    fair: Service, client: httpx.AsyncClient
) -> None:
    one = next(one for one in await planned(fair, client) if one.people == ("ada", "cyd"))
    gone = await fair.tell(gives_up(one.id))
    assert gone[f"gives-up-ada-{one.id}-1"][0] == 200
    assert gone[f"gives-up-ada-{one.id}-1"][1]["status"] == "cancelled"
    status, again = (await fair.tell(says_yes("ada", "cyd")))["yes-ada-cyd-1"]
    assert (status, again["id"], again["version"]) == (201, one.id, 3)
    assert topics(fair)[-2:] == ["meeting-cancelled", "meeting-scheduled"]


async def test_a_yes_on_the_day_takes_the_first_slot_that_both_have_free(
    fair: Service, client: httpx.AsyncClient
) -> None:
    early = await fair.tell(says_yes("ada", "cyd"))
    assert early["yes-ada-cyd-1"][1]["type"] == "/problems/not-begun"
    await fair.hear(prefers("cyd", 2, meet=()))
    await planned(fair, client)
    no = await fair.tell(says_yes("ada", "cyd", 2), says_yes("ada", "ada"), says_yes("ada", "zoe"))
    assert no["yes-ada-cyd-2"][1]["type"] == "/problems/not-mutual"
    assert no["yes-ada-ada-1"][1]["type"] == "/problems/not-mutual"
    assert no["yes-ada-zoe-1"][1]["type"] == "/problems/not-registered"
    status, met = (await fair.tell(says_yes("cyd", "ada")))["yes-cyd-ada-1"]
    assert status == 201
    others = {one.slot.id for one in meetings(fair) if "ada" in one.people and one.id != met["id"]}
    assert met["slot_id"] not in others
    assert met["table"] in {1, 2}
    assert (await fair.tell(says_yes("cyd", "ada", 2)))["yes-cyd-ada-2"][1]["id"] == met["id"]


async def test_that_it_took_place_is_said_once_it_has_begun(fair: Service, client: httpx.AsyncClient) -> None:
    one = next(one for one in await planned(fair, client) if one.people == ("ada", "cyd"))
    assert (await fair.tell(notes(one.id, number=1, at=EARLY)))[f"notes-ada-{one.id}-1"][1]["type"] == (
        "/problems/not-begun"
    )
    begun = one.slot.starts_at + timedelta(minutes=1)
    for number, who in ((2, "ada"), (3, "cyd")):
        answer = await fair.tell(notes(one.id, who, number, at=begun))
        assert answer[f"notes-{who}-{one.id}-{number}"][1]["held"] is True
    stranger = await fair.tell(notes(one.id, "eve", at=begun))
    assert stranger[f"notes-eve-{one.id}-1"][0] == 409
    assert topics(fair).count("meeting-held") == 1
    result = (await client.get(f"{HERE}/partnering/result", headers=fair.headers(Role.ORGANISER))).json()
    assert (result["meetings"], result["held"], result["with_none"]) == (6, 1, 0)


async def test_profiles_are_for_those_who_take_part_and_hold_no_address(
    fair: Service, client: httpx.AsyncClient
) -> None:
    written = {"offers": ["Hydrogen"], "seeks": ["Steel"], "topics": []}
    sealed = fair.seal.seal(written, "profile-cyd-1")
    await fair.hear(shows("cyd", sealed=sealed), shows("dan", visible=False), confirmed("fay", status="waitlisted"))
    listed = await client.get(f"{HERE}/profiles", headers=fair.holder("ada"))
    (cyd,) = listed.json()["profiles"]
    assert (cyd["offers"], cyd["wished"], cyd["wishes_you"], cyd["meeting"]) == (["Hydrogen"], True, True, None)
    assert "@" not in listed.text
    assert (await client.get(f"{HERE}/profiles", headers=fair.holder("fay"))).status_code == 403
    door = await client.get(f"{HERE}/profiles", headers=fair.headers(Role.DOOR))
    assert door.status_code == 403
    own = await client.get("/v1/registrations/cyd/profile", headers=fair.holder("cyd"))
    assert own.json()["seeks"] == ["Steel"]
    assert (await client.get("/v1/registrations/cyd/profile", headers=fair.holder("ada"))).status_code == 404
    await fair.hear(erased("cyd"))
    assert "cyd" not in fair.store.profiles
    assert (await client.get(f"{HERE}/profiles", headers=fair.holder("ada"))).json()["profiles"] == []


async def test_sheets_say_who_sits_where_and_a_diary_whom_one_meets(fair: Service, client: httpx.AsyncClient) -> None:
    await planned(fair, client)
    organiser = fair.headers(Role.ORGANISER)
    people = (await client.get(f"{HERE}/partnering/sheets", headers=organiser)).json()["sheets"]
    assert [(one["name"], len(one["meetings"])) for one in people] == [(who.title(), 3) for who in PEOPLE]
    tables = (await client.get(f"{HERE}/partnering/sheets?by=table", headers=organiser)).json()["sheets"]
    assert sum(len(one["meetings"]) for one in tables) == 6
    assert "@" not in str(people) + str(tables)
    diary = (await client.get("/v1/registrations/ada/diary", headers=fair.holder("ada"))).json()
    assert [one["with"]["name"] for one in diary["meetings"]] != []
    calendar = (await client.get("/v1/registrations/ada/diary.ics", headers=fair.holder("ada"))).text
    assert all(f"UID:{one['id']}@foyer.test" in calendar for one in diary["meetings"])
    export = await client.get(f"/internal/export?gathering={G}", headers=fair.access.own_header("gateway"))
    assert export.text.count('"kind":"meeting"') == 6
    assert export.text.count('"kind":"proposal"') == 1


async def test_who_is_there_and_who_is_not_have_each_a_link_to_the_same_meeting(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.people.partnering_join = {**FAIR, "join": {"url": "https://meet.example.org/$meeting"}}
    await service.hear(published(partnering=FAIR), confirmed("ada", mode="in-person"), confirmed("cyd"))
    await service.hear(prefers("ada", meet=("cyd",)), prefers("cyd", meet=("ada",)))
    [one] = await planned(service, client)

    async def seen(who: str) -> dict[str, Any]:
        diary = await client.get(f"/v1/registrations/{who}/diary", headers=service.holder(who))
        [meeting] = diary.json()["meetings"]
        assert isinstance(meeting, dict)
        return meeting

    there, remote = await seen("ada"), await seen("cyd")
    assert (there["table"], there["online"], there["mode"], remote["mode"]) == (None, True, "in-person", "remote")
    for who, meeting in (("ada", there), ("cyd", remote)):
        to = service.tokens.read_join(meeting["join"].removeprefix("http://foyer.test/v1/join/"))
        assert (to.registration_id, to.part) == (who, f"meeting:{one.id}")
    calendar = (await client.get("/v1/registrations/ada/diary.ics", headers=service.holder("ada"))).text
    assert "LOCATION:Online" in calendar.partition(f"UID:{one.id}")[2] + calendar.partition(f"UID:{one.id}")[0]
    staff = await client.get("/v1/registrations/ada/diary", headers=service.headers(Role.ORGANISER))
    assert "join" not in staff.json()["meetings"][0]
    service.people.partnering_join = FAIR
    assert "join" not in await seen("ada")


async def test_slots_that_the_definition_no_longer_has_are_cancelled(fair: Service, client: httpx.AsyncClient) -> None:
    await planned(fair, client)
    await fair.hear(published(2, partnering={**FAIR, "slot_minutes": 25}))
    assert meetings(fair) == []
    assert not [claim for claim in fair.store.claims if ":meeting-table:" in claim]
