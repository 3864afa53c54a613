"""Working groups from the wishes to the rooms: proposed in a worker, changed by hand, published, followed."""

from typing import Any

import httpx
import pytest

from shared.tokens import Role
from tests.component.scheduling.conftest import Service
from tests.unit.scheduling.building import (
    GROUPS,
    NOON,
    SESSIONS,
    G,
    asks,
    cancelled,
    confirmed,
    definition,
    erased,
    prefers,
    published,
)

PEOPLE = ("ada", "cyd", "dan", "eve")
HERE = f"/v1/gatherings/{G}"
AT_ONCE = {"Prefer": "respond-async"}
JOINED = {**GROUPS, "rooms": [{**room, "join": {"url": "https://example.org/room"}} for room in GROUPS["rooms"]]}


@pytest.fixture
async def groups(service: Service) -> Service:
    """Four people, of whom three would like the room for two."""
    await service.hear(published(working_groups=GROUPS), *(confirmed(who) for who in PEOPLE))
    await service.hear(*(prefers(who, groups=("water", "energy")) for who in ("ada", "cyd", "dan")))
    return service


async def proposed(groups: Service, client: httpx.AsyncClient, path: str, **terms: Any) -> dict[str, Any]:
    organiser = groups.headers(Role.ORGANISER)
    answer = await client.post(f"{HERE}/{path}/propose", json=terms, headers={**organiser, **AT_ONCE})
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "running"
    await groups.proposals.settled()
    shown = await client.get(answer.headers["location"], headers=organiser)
    assert shown.status_code == 200
    found: dict[str, Any] = shown.json()
    return found


async def publish(groups: Service, client: httpx.AsyncClient, proposal: str, **also: Any) -> httpx.Response:
    body = {"proposal": proposal, **also}
    return await client.post(f"{HERE}/working-groups/publish", json=body, headers=groups.headers(Role.ORGANISER))


def rooms(service: Service) -> dict[str, str]:
    return {one.registration_id: one.room for one in service.store.rooms.values() if one.live}


async def test_a_proposal_is_computed_beside_the_service_and_published_whole(
    groups: Service, client: httpx.AsyncClient
) -> None:
    draft = await proposed(groups, client, "working-groups")
    assert draft["state"] == "draft"
    assert draft["result"]["is_proven"]
    assert draft["result"]["figures"]["by_wish"] == [2, 1]
    assert rooms(groups) == {}
    answer = await publish(groups, client, draft["id"])
    assert answer.json() == {"published": 4, "released": 0, "left_out": []}
    assert sorted(rooms(groups).values()) == ["energy", "energy", "water", "water"]
    said = [wire for entry in groups.store.said for wire in entry.wires if wire.topic == "room-assigned"]
    assert len(said) == 4
    again = await publish(groups, client, draft["id"])
    assert (again.status_code, again.json()["type"]) == (409, "/problems/not-a-draft")


async def test_the_same_question_has_the_same_answer(groups: Service, client: httpx.AsyncClient) -> None:
    one, other = [(await proposed(groups, client, "working-groups"))["result"] for _ in range(2)]
    assert one == other


async def test_an_organiser_sees_what_a_move_does_and_a_full_room_stays_full(
    groups: Service, client: httpx.AsyncClient
) -> None:
    draft = await proposed(groups, client, "working-groups", pins=[{"registration_id": "eve", "room": "energy"}])
    organiser, where = groups.headers(Role.ORGANISER), f"{HERE}/proposals/{draft['id']}"
    places = {one["registration_id"]: one["room"] for one in draft["result"]["places"]}
    aside = next(who for who in ("ada", "cyd", "dan") if places[who] == "energy")
    full = await client.patch(where, json={"registration_id": aside, "room": "water"}, headers=organiser)
    assert (full.status_code, full.json()["type"]) == (409, "/problems/room-full")
    lucky = next(who for who in ("ada", "cyd", "dan") if places[who] == "water")
    await client.patch(where, json={"registration_id": lucky, "room": "energy"}, headers=organiser)
    unknown = await client.patch(where, json={"registration_id": "zoe", "room": "water"}, headers=organiser)
    assert unknown.status_code == 422


async def test_who_may_act_on_a_proposal_reads_names_in_it(groups: Service, client: httpx.AsyncClient) -> None:
    draft = await proposed(groups, client, "working-groups")
    where = f"{HERE}/proposals/{draft['id']}"
    read = (await client.get(where, headers=groups.headers(Role.ORGANISER))).json()
    assert read["names"]["ada"] == "Ada"
    assert "names" not in (await client.get(where, headers=groups.headers(Role.AUDITOR))).json()


async def test_a_preview_changes_nothing(groups: Service, client: httpx.AsyncClient) -> None:
    raised = {**GROUPS, "rooms": [{"room": "water", "capacity": 4}, {"room": "energy", "capacity": 4}]}
    await groups.hear(published(2, working_groups=raised))
    draft = await proposed(groups, client, "working-groups")
    organiser, where = groups.headers(Role.ORGANISER), f"{HERE}/proposals/{draft['id']}"
    wish = {"registration_id": "ada", "room": "energy"}
    seen = (await client.patch(where, json={**wish, "preview": True}, headers=organiser)).json()
    assert (seen["moved"], seen["effect"]["wish_before"], seen["effect"]["wish_after"]) == (False, 1, 2)
    assert seen["effect"]["before"]["by_wish"] == [3, 0]
    assert (await client.get(where, headers=organiser)).json()["version"] == 1
    late = await client.patch(where, json=wish, headers={**organiser, "If-Match": '"7"'})
    assert late.status_code == 412
    moved = await client.patch(where, json=wish, headers={**organiser, "If-Match": '"1"'})
    assert (moved.json()["moved"], moved.json()["version"]) == (True, 2)
    await publish(groups, client, draft["id"])
    assert rooms(groups)["ada"] == "energy"


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ({"pins": [{"registration_id": who, "room": "water"} for who in PEOPLE[:3]]}, "room-smaller-than-pins"),
        ({"pins": [{"registration_id": "zoe", "room": "water"}]}, "unknown-person"),
        ({"pins": [{"registration_id": "ada", "room": "attic"}]}, "unknown-room"),
        ({"apart": [["ada", "cyd"]], "together": [["ada", "cyd"]]}, "together-and-apart"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_what_to_mend(
    groups: Service, client: httpx.AsyncClient, terms: dict[str, Any], fault: str
) -> None:
    failed = await proposed(groups, client, "working-groups", **terms)
    assert (failed["state"], failed["problems"][0]["fault"]) == ("failed", fault)
    assert groups.store.drafts == {}


async def test_what_cannot_be_met_says_what_to_relax(groups: Service, client: httpx.AsyncClient) -> None:
    groups.people.countries = dict.fromkeys(PEOPLE, "FR")
    draft = await proposed(groups, client, "working-groups", max_per_country=1)
    assert draft["result"]["figures"]["placed"] == 2
    assert draft["result"]["shortfalls"][0] == {"shortage": "country", "of": "FR", "people": 4, "possible": 2}
    assert draft["result"]["offers"][0]["rule"] == "max-per-country"


async def test_a_draft_that_does_not_fit_any_more_is_refused_and_names_whom(
    groups: Service, client: httpx.AsyncClient
) -> None:
    draft = await proposed(groups, client, "working-groups")
    await groups.hear(cancelled("eve"))
    refused = await publish(groups, client, draft["id"])
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/stale-proposal")
    assert [(one["registration_ids"], one["reason"]) for one in refused.json()["conflicts"]] == [
        (["eve"], "not-registered")
    ]
    assert rooms(groups) == {}
    assert (await publish(groups, client, draft["id"], leave_out=True)).json()["published"] == 3


async def test_a_latecomer_is_placed_and_a_cancelled_place_goes_to_who_has_none(
    groups: Service, client: httpx.AsyncClient
) -> None:
    draft = await proposed(groups, client, "working-groups")
    await publish(groups, client, draft["id"])
    await groups.hear(confirmed("fay"))
    await groups.latecomers.place()
    assert "fay" not in rooms(groups)
    assert groups.store.late["fay"].tried
    freed = rooms(groups)["ada"]
    await groups.hear(cancelled("ada"))
    assert "ada" not in rooms(groups)
    await groups.latecomers.place()
    assert rooms(groups)["fay"] == freed
    assert groups.store.late == {}


async def test_who_is_remote_has_a_link_and_who_is_there_a_room(service: Service, client: httpx.AsyncClient) -> None:
    service.people.rooms_join = JOINED
    await service.hear(published(working_groups=GROUPS), confirmed("ada"), confirmed("cyd", mode="in-person"))
    draft = await proposed(service, client, "working-groups")
    await publish(service, client, draft["id"])
    remote = (await client.get("/v1/registrations/ada/diary", headers=service.holder("ada"))).json()["room"]
    there = (await client.get("/v1/registrations/cyd/diary", headers=service.holder("cyd"))).json()["room"]
    assert remote["join"].startswith("http://foyer.test/v1/join/")
    taken_over = (await client.get("/v1/registrations/ada/diary", headers=service.holder("ada", 1))).json()["room"]
    mailed, renewed = (service.tokens.read_join(one["join"].rsplit("/", 1)[1]) for one in (remote, taken_over))
    assert (mailed.generation, renewed.generation) == (0, 1)
    assert "join" not in there
    calendar = (await client.get("/v1/registrations/cyd/diary.ics", headers=service.holder("cyd"))).text
    assert f"UID:{there['id']}@foyer.test" in calendar
    listed = (await client.get(f"{HERE}/working-groups", headers=service.headers(Role.ORGANISER))).json()
    assert {one["registration_id"]: one["mode"] for room in listed["rooms"] for one in room["people"]} == {
        "ada": "remote",
        "cyd": "in-person",
    }
    assert "email" not in str(listed)


async def test_staff_seat_somebody_by_hand_but_never_above_the_rooms_size(
    groups: Service, client: httpx.AsyncClient
) -> None:
    organiser = groups.headers(Role.ORGANISER)
    early = await client.put(f"{HERE}/working-groups/people/eve", json={"room": "water"}, headers=organiser)
    assert early.status_code == 409
    draft = await proposed(groups, client, "working-groups")
    await publish(groups, client, draft["id"])
    aside = next(who for who, room in rooms(groups).items() if room == "energy")
    full = await client.put(f"{HERE}/working-groups/people/{aside}", json={"room": "water"}, headers=organiser)
    assert full.json()["type"] == "/problems/room-full"
    gone = next(who for who, room in rooms(groups).items() if room == "water")
    await groups.hear(cancelled(gone))
    moved = await client.put(f"{HERE}/working-groups/people/{aside}", json={"room": "water"}, headers=organiser)
    assert (moved.json()["room"], moved.json()["version"]) == ("water", 2)


async def test_nothing_of_who_is_erased_stays_in_a_draft(groups: Service, client: httpx.AsyncClient) -> None:
    draft = await proposed(groups, client, "working-groups")
    await groups.hear(erased("ada"))
    shown = await client.get(f"{HERE}/proposals/{draft['id']}", headers=groups.headers(Role.ORGANISER))
    assert "ada" not in str(shown.json()["result"])
    assert "ada" not in groups.store.wishes


async def test_a_run_can_be_cancelled_and_leaves_nothing(groups: Service, client: httpx.AsyncClient) -> None:
    organiser = {**groups.headers(Role.ORGANISER), **AT_ONCE}
    begun = await client.post(f"{HERE}/working-groups/propose", json={}, headers=organiser)
    where = begun.headers["location"]
    assert (await client.delete(where, headers=organiser)).json()["state"] == "cancelled"
    await groups.proposals.settled()
    assert groups.store.drafts == {}
    assert (await client.get(where, headers=organiser)).json()["state"] == "cancelled"


async def test_a_service_that_stops_says_that_the_run_is_lost(groups: Service, client: httpx.AsyncClient) -> None:
    organiser = {**groups.headers(Role.ORGANISER), **AT_ONCE}
    begun = await client.post(f"{HERE}/working-groups/propose", json={}, headers=organiser)
    await groups.proposals.close()
    assert (await client.get(begun.headers["location"], headers=organiser)).json()["state"] == "lost"
    assert groups.store.drafts == {}


async def test_one_key_is_one_proposal(groups: Service, client: httpx.AsyncClient) -> None:
    headers = {**groups.headers(Role.ORGANISER), "Idempotency-Key": "once-and-for-all-1"}
    answers = [await client.post(f"{HERE}/working-groups/propose", json={}, headers=headers) for _ in range(2)]
    assert len({answer.headers["location"] for answer in answers}) == 1
    other = await client.post(f"{HERE}/working-groups/propose", json={"wishes": 1}, headers=headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")
    await groups.proposals.settled()


async def test_without_a_body_the_answer_is_the_result_and_the_newest_draft_is_published(
    groups: Service, client: httpx.AsyncClient
) -> None:
    organiser, where = groups.headers(Role.ORGANISER), f"{HERE}/working-groups"
    nothing = await client.post(f"{where}/publish", headers=organiser)
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/no-draft")
    waiting = {**organiser, "Prefer": "wait=9"}
    older, newer = [await client.post(f"{where}/propose", headers=waiting) for _ in range(2)]
    assert (newer.status_code, newer.json()["state"], newer.headers["preference-applied"]) == (200, "draft", "wait=9")
    assert {one["registration_id"] for one in newer.json()["result"]["places"]} == set(PEOPLE)
    assert newer.headers["location"].endswith(newer.json()["id"])
    groups.clock.at = NOON
    newest = await client.post(f"{where}/propose", headers=organiser)
    done = await client.post(f"{where}/publish", headers=organiser)
    assert (done.status_code, done.json()["published"]) == (200, 4)
    states = {
        one["id"]: one["state"]
        for one in (await client.get(f"{HERE}/proposals", headers=organiser)).json()["proposals"]
    }
    assert states[newest.json()["id"]] == "published"
    assert states[older.json()["id"]] == "draft"


async def test_who_does_not_wait_as_long_as_it_takes_is_told_where_it_will_be(
    groups: Service, client: httpx.AsyncClient
) -> None:
    headers = {**groups.headers(Role.ORGANISER), "Prefer": "wait=0"}
    begun = await client.post(f"{HERE}/working-groups/propose", headers=headers)
    assert (begun.status_code, begun.json()["state"], begun.headers["retry-after"]) == (202, "running", "1")
    await groups.proposals.settled()
    assert (await client.get(begun.headers["location"], headers=headers)).json()["state"] == "draft"


async def test_where_there_are_no_working_groups_nothing_is_proposed(
    service: Service, client: httpx.AsyncClient
) -> None:
    await service.hear(published())
    organiser = service.headers(Role.ORGANISER)
    for path in ("working-groups", "partnering"):
        assert (await client.post(f"{HERE}/{path}/propose", json={}, headers=organiser)).status_code == 404
    door = await client.post(f"{HERE}/working-groups/propose", json={}, headers=service.headers(Role.DOOR))
    assert door.status_code == 403


async def test_when_the_session_moves_everybody_goes_along_who_can(groups: Service, client: httpx.AsyncClient) -> None:
    draft = await proposed(groups, client, "working-groups")
    await publish(groups, client, draft["id"])
    await groups.hear(asks("ada"))  # at noon, where the session will be
    moved = [SESSIONS[0], {**SESSIONS[1], "starts": "2021-12-10T13:00", "ends": "2021-12-10T13:45"}]
    await groups.hear(published(2, working_groups=GROUPS, sessions=moved))
    assert sorted(rooms(groups)) == ["cyd", "dan", "eve"]
    assert {one.starts_at for one in groups.store.rooms.values() if one.live} == {NOON}
    assert groups.store.late.keys() == {"ada"}
    await groups.latecomers.place()
    assert groups.store.late["ada"].tried


async def test_a_room_that_goes_leaves_its_people_to_the_others(groups: Service, client: httpx.AsyncClient) -> None:
    draft = await proposed(groups, client, "working-groups")
    await publish(groups, client, draft["id"])
    other = {**GROUPS, "rooms": [{"room": "water", "capacity": 2}, {"room": "soil", "capacity": 9}]}
    await groups.hear(published(2, working_groups=other))
    assert sorted(rooms(groups).values()) == ["water", "water"]
    await groups.latecomers.place()
    assert sorted(rooms(groups).values()) == ["soil", "soil", "water", "water"]


async def test_a_second_publication_moves_whom_it_must_and_tells_only_them(
    groups: Service, client: httpx.AsyncClient
) -> None:
    first = await proposed(groups, client, "working-groups")
    await publish(groups, client, first["id"])
    before = rooms(groups)
    again = await proposed(
        groups, client, "working-groups", pins=[{"registration_id": who, "room": room} for who, room in before.items()]
    )
    assert (await publish(groups, client, again["id"])).json()["published"] == 0
    swapped = {who: "energy" if room == "water" else "water" for who, room in before.items()}
    third = await proposed(
        groups, client, "working-groups", pins=[{"registration_id": who, "room": room} for who, room in swapped.items()]
    )
    assert (await publish(groups, client, third["id"])).json()["published"] == 4
    assert rooms(groups) == swapped


async def test_wishes_are_waited_for_until_the_groups_are_published_or_meet(
    groups: Service, client: httpx.AsyncClient
) -> None:
    async def open_to(who: str) -> bool:
        diary = (await client.get(f"/v1/registrations/{who}/diary", headers=groups.holder(who))).json()
        found: bool = diary["wishes_open"]
        return found

    await groups.hear(cancelled("eve"))
    assert [await open_to(who) for who in ("ada", "eve")] == [True, False]
    early, groups.clock.at = groups.clock.at, definition().agenda.sessions[1].starts
    assert not await open_to("ada")
    groups.clock.at = early
    draft = await proposed(groups, client, "working-groups")
    assert await open_to("ada")
    await publish(groups, client, draft["id"])
    assert not await open_to("ada")
