"""The agenda over HTTP."""

from typing import Any

import httpx
from icalendar import Calendar

from services.scheduling.views.agenda import CALLED
from shared.messages.gathering import Session
from shared.tokens import Role
from tests.component.scheduling.conftest import Service
from tests.unit.scheduling.building import SESSIONS, G, published

AGENDA = f"/v1/gatherings/{G}/agenda"


def organiser(service: Service, **also: Any) -> dict[str, str]:
    return service.headers(Role.ORGANISER, **also)


async def test_the_first_release_is_the_definitions(service: Service, client: httpx.AsyncClient) -> None:
    assert (await client.get(AGENDA)).status_code == 404
    await service.hear(published())
    answer = (await client.get(AGENDA)).json()
    assert (answer["release"], answer["label"], answer["changes"]) == (1, "draft", [])
    opening = answer["sessions"][0]
    assert opening["starts_at"] == "2021-12-10T08:00:00.000Z"
    assert opening["starts_local"] == "2021-12-10T09:00:00+01:00"
    assert opening["room"] == "hall"
    assert opening["speakers"][0]["name"] == "Marek Przeor"


async def test_a_working_copy_is_written_published_and_explained(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published())
    staff = organiser(service)
    sessions = [
        {**SESSIONS[0], "starts": "2021-12-10T09:15", "title": {"en": "Welcome"}},
        {"session": "lunch", "part": "day", "kind": "break", "starts": "2021-12-10T12:00", "ends": "2021-12-10T13:00"},
    ]
    put = await client.put(AGENDA, json={"sessions": sessions}, headers=staff)
    assert put.status_code == 200, put.text
    assert put.headers["etag"] == '"v1.0"'
    assert (await client.get(AGENDA)).json()["release"] == 1
    answer = await client.post(f"{AGENDA}/publish", json={"label": "official"}, headers=staff)
    assert answer.status_code == 200
    public = (await client.get(AGENDA)).json()
    assert public == answer.json()
    assert (public["release"], public["label"]) == (2, "official")
    assert [one["line"] for one in public["changes"]] == [
        "Moved: “Welcome”, Fri 10 Dec 09:00-09:45, now Fri 10 Dec 09:15-09:45; also changed: title",
        "Added: “Lunch”, Fri 10 Dec 12:00-13:00",
        "Removed: “Practices”, Fri 10 Dec 09:45-10:30",
    ]
    assert [(one["release"], one["label"]) for one in public["releases"]] == [(1, "draft"), (2, "official")]
    assert (await client.get(AGENDA, params={"release": 1})).json()["sessions"][0]["title"] == {"en": "Opening"}
    assert (await client.get(AGENDA, params={"release": 3})).status_code == 404
    assert (await client.get(AGENDA, params={"release": "x"})).status_code == 422


async def test_a_changed_room_is_named_in_the_log(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published())
    moved = {**SESSIONS[0], "room": "stage", "speakers": ["Ilkka Nykänen"]}
    await service.hear(published(2, sessions=[moved, SESSIONS[1], {**SESSIONS[1], "session": "b", "room": "b"}]))
    lines = [one["line"] for one in (await client.get(AGENDA)).json()["changes"]]
    assert lines == ["Changed: “Opening”: room, speakers", "Added: “B”, Fri 10 Dec 09:45-10:30, room b"]


async def test_whatever_changes_has_a_word_in_the_log(service: Service, client: httpx.AsyncClient) -> None:
    assert CALLED.keys() == Session.model_fields.keys() - {"session", "starts", "ends"}
    await service.hear(published())
    must = {**SESSIONS[0], "mandatory": True}
    await service.hear(published(2, sessions=[must, *SESSIONS[1:]]))
    lines = [one["line"] for one in (await client.get(AGENDA)).json()["changes"]]
    assert lines == ["Changed: “Opening”: who must attend"]


async def test_who_says_what_they_have_seen_overwrites_nothing_else(
    service: Service, client: httpx.AsyncClient
) -> None:
    await service.hear(published())
    staff, body = organiser(service), {"sessions": SESSIONS}
    first = await client.put(AGENDA, json=body, headers=staff)
    stale = await client.put(AGENDA, json=body, headers=staff | {"If-Match": '"v0.1"'})
    assert stale.status_code == 412
    second = await client.put(AGENDA, json=body, headers=staff | {"If-Match": first.headers["etag"]})
    assert second.status_code == 200
    read = await client.get(AGENDA, params={"release": "working"}, headers=staff)
    assert read.headers["etag"] == second.headers["etag"] == '"v2.0"'
    working = read.json()
    assert working["edition"] == 2
    back = {"release": "draft", "sessions": working["sessions"]}
    third = await client.put(AGENDA, json=back, headers=staff | {"If-Match": "*"})
    assert third.json()["sessions"] == working["sessions"]


async def test_what_staff_read_may_be_put_back_whole(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published(sessions=[SESSIONS[0] | {"mandatory": True}, SESSIONS[1]]))
    staff, working = organiser(service), {"release": "working"}
    before = (await client.get(AGENDA, params=working, headers=staff)).json()
    put = await client.put(AGENDA, json=before, headers=staff)
    assert put.status_code == 200, put.text
    assert put.json() == before | {"edition": 1}
    assert [one["mandatory"] for one in put.json()["sessions"]] == [True, False]
    assert [one["mandatory"] for one in (await client.get(AGENDA)).json()["sessions"]] == [True, False]
    assert (await client.put(AGENDA, json=before | {"editions": 1}, headers=staff)).status_code == 422


async def test_a_working_copy_is_written_again_without_if_match(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published())
    answers = [await client.put(AGENDA, json={"sessions": SESSIONS}, headers=organiser(service)) for _ in range(2)]
    assert [(one.status_code, one.headers["etag"]) for one in answers] == [(200, '"v1.0"'), (200, '"v2.0"')]


async def test_one_key_is_one_release_and_another_body_under_it_is_refused(
    service: Service, client: httpx.AsyncClient
) -> None:
    await service.hear(published())
    keyed = {**organiser(service), "Idempotency-Key": "publish-it-once-1"}
    first, again = [await client.post(f"{AGENDA}/publish", json={"label": "official"}, headers=keyed) for _ in range(2)]
    assert first.json()["release"] == again.json()["release"] == 2
    assert len(service.store.audits) == 1
    other = await client.post(f"{AGENDA}/publish", json={"label": "draft"}, headers=keyed)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-mismatch")
    assert (await client.get(AGENDA)).json()["release"] == 2


async def test_what_staff_do_names_the_request_that_it_began_with(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published())
    answer = await client.post(f"{AGENDA}/publish", json={"label": "official"}, headers=organiser(service))
    said = dict(service.store.said[-1].wires[0].headers)
    assert said["ce_correlationid"] == answer.headers["x-request-id"]


async def test_sessions_that_overlap_in_a_room_are_refused(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published())
    sessions = [SESSIONS[0], {**SESSIONS[1], "starts": "2021-12-10T09:30"}]
    answer = await client.put(AGENDA, json={"sessions": sessions}, headers=organiser(service))
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "/sessions/1/starts", "detail": "overlaps /sessions/0 in the same room; move one of the two"}
    ]
    assert not service.store.audits


async def test_a_session_of_the_wrong_shape_is_refused(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published())
    answer = await client.put(AGENDA, json={"sessions": [{"session": "x", "chair": "y"}]}, headers=organiser(service))
    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} >= {"/sessions/0/part", "/sessions/0/chair"}


async def test_the_working_copy_is_for_staff_of_the_gathering(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published())
    body = {"sessions": SESSIONS}
    assert (await client.put(AGENDA, json=body)).status_code == 401
    assert (await client.put(AGENDA, json=body, headers=service.headers(Role.DOOR))).status_code == 403
    elsewhere = organiser(service, gatherings=("other",))
    assert (await client.put(AGENDA, json=body, headers=elsewhere)).status_code == 404
    working = {"release": "working"}
    assert (await client.get(AGENDA, params=working)).status_code == 404
    assert (await client.get(AGENDA, params=working, headers=elsewhere)).status_code == 404
    public = await client.get(AGENDA, headers=service.headers("public"))
    assert public.status_code == 200
    assert "etag" not in public.headers
    nowhere = "/v1/gatherings/nowhere/agenda"
    assert (await client.put(nowhere, json=body, headers=organiser(service))).status_code == 404


async def test_an_agenda_without_a_release_is_published_by_its_first(
    service: Service, client: httpx.AsyncClient
) -> None:
    await service.hear(published(sessions=[]))
    staff = organiser(service)
    assert (await client.get(AGENDA)).status_code == 404
    assert (await client.get(f"{AGENDA}.ics")).status_code == 404
    await client.put(AGENDA, json={"sessions": SESSIONS}, headers=staff)
    answer = await client.post(f"{AGENDA}/publish", json={"label": "draft"}, headers=staff)
    assert answer.json()["release"] == 1
    assert (await client.post(f"{AGENDA}/publish", json={"label": "final"}, headers=staff)).status_code == 422


async def test_the_calendar_is_in_utc_and_counts_changes(service: Service, client: httpx.AsyncClient) -> None:
    await service.hear(published())
    await client.put(AGENDA, json={"sessions": [SESSIONS[0], {**SESSIONS[1], "room": "b"}]}, headers=organiser(service))
    await client.post(f"{AGENDA}/publish", json={"label": "draft"}, headers=organiser(service))
    answer = await client.get(f"{AGENDA}.ics")
    assert answer.headers["content-type"].startswith("text/calendar")
    events = {str(one["uid"]): one for one in Calendar.from_ical(answer.text).events}
    opening, practices = (events[f"{G}-{one}@foyer.test"] for one in ("opening", "practices"))
    assert (opening["sequence"], practices["sequence"]) == (1, 2)
    assert opening["dtstart"].to_ical() == b"20211210T080000Z"
    assert "Marek Przeor (DG GROW)" in str(opening["description"])
    first = await client.get(f"{AGENDA}.ics", params={"release": 1})
    assert {one["sequence"] for one in Calendar.from_ical(first.text).events} == {1}
