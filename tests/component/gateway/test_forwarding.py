"""Passing calls on, and the export that is whole or not at all."""

import orjson
import pytest
from aiohttp import web

from services.gateway.settings import GatewaySettings
from shared.tokens import Role
from tests.component.gateway.conftest import GATHERING, REGISTRATION, House, house_of
from tests.component.gateway.doubles import Owners

PATH = f"/v1/gatherings/{GATHERING}"
EXPORT = f"{PATH}/export"


async def test_query_and_the_headers_that_matter_are_passed_on_and_back(house: House) -> None:
    reply = web.json_response({"items": []}, headers={"ETag": '"v7"', "Location": "/x", "X-Internal": "no"})
    house.owners.answers["PUT", PATH] = reply
    sent = {"If-Match": '"v6"', "Idempotency-Key": "k" * 16, "X-Request-Id": "trace-1", "Cookie": "a=b"}
    answer = await house.client.put(
        f"{PATH}?part=main&part=b%20c", content=b"gathering: x", headers=house.staff(Role.ORGANISER) | sent
    )
    assert (answer.status_code, answer.headers["etag"], answer.headers["location"]) == (200, '"v7"', "/x")
    assert "x-internal" not in answer.headers
    assert answer.headers["x-request-id"] == "trace-1"
    (called,) = house.owners.forwarded()
    assert (called.target, called.body) == (f"{PATH}?part=main&part=b%20c", b"gathering: x")
    assert (called.headers["if-match"], called.headers["x-request-id"]) == ('"v6"', "trace-1")
    assert not {"cookie", "authorization"} & called.headers.keys()


async def test_what_changes_something_goes_on_under_a_key_that_is_returned(house: House) -> None:
    house.owners.says("POST", f"{PATH}/publish", 200, {})
    staff = house.staff(Role.ORGANISER)
    made_up = await house.client.post(f"{PATH}/publish", headers=staff)
    given = await house.client.post(f"{PATH}/publish", headers=staff | {"Idempotency-Key": "the-key-of-staff"})
    sent = [called.headers["idempotency-key"] for called in house.owners.forwarded()]
    assert [made_up.headers["idempotency-key"], given.headers["idempotency-key"]] == sent
    assert sent[1] == "the-key-of-staff"
    for odd in ("short", "k" * 256):
        refused = await house.client.post(f"{PATH}/publish", headers=staff | {"Idempotency-Key": odd})
        assert (refused.status_code, refused.json()["type"]) == (400, "/problems/invalid-idempotency-key")
    assert len(house.owners.forwarded()) == 2


async def test_an_owner_s_problem_is_passed_back_as_it_is(house: House) -> None:
    house.owners.says("POST", f"{PATH}/publish", 409, {"type": "/problems/part-in-use", "status": 409})
    answer = await house.client.post(f"{PATH}/publish", headers=house.staff(Role.ADMIN))
    assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")


async def test_a_redirect_is_the_caller_s_to_follow(house: House) -> None:
    house.owners.answers["POST", "/v1/join/a.b.c"] = web.Response(
        status=303, headers={"Location": "https://example.org/live"}
    )
    answer = await house.client.post("/v1/join/a.b.c")
    assert (answer.status_code, answer.headers["location"]) == (303, "https://example.org/live")


async def test_an_owner_that_does_not_believe_us_is_no_fault_of_the_caller(house: House) -> None:
    house.owners.says("GET", "/v1/gatherings", 401, {})
    assert (await house.client.get("/v1/gatherings")).status_code == 503


async def test_a_service_that_is_down_is_503_with_retry_after(settings: GatewaySettings, owners: Owners) -> None:
    away = settings.model_copy(update={"checkin_url": "http://127.0.0.1:9"})
    async with house_of(away, owners) as house:
        answer = await house.client.post(f"{PATH}/check-ins", json={}, headers=house.staff(Role.DOOR))
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
        assert answer.headers["retry-after"] == "1"
        assert answer.headers["idempotency-key"]  # it may have been done: ask again under it


async def test_staff_are_known_on_public_pages_and_others_are_public(house: House) -> None:
    house.owners.says("GET", PATH, 200, {})
    await house.client.get(PATH)
    await house.client.get(PATH, headers=house.staff(Role.ORGANISER))
    await house.client.get(PATH, headers={"Authorization": "Bearer forged"})
    assert [called.actor.role for called in house.owners.forwarded()] == ["public", "organiser", "public"]


def lines(kind: str, *ids: str) -> bytes:
    return b"".join(orjson.dumps({"kind": kind, "id": one}) + b"\n" for one in ids)


async def test_an_export_is_all_four_in_one(house: House) -> None:
    house.owners.says("GET", "/internal/export", 200, lines("registration", "a", "b"))
    answer = await house.client.get(EXPORT, headers=house.staff(Role.ORGANISER))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert len(answer.text.splitlines()) == 8
    assert int(answer.headers["content-length"]) == len(answer.content)
    targets = [called.target for called in house.owners.calls if "export" in called.target]
    assert targets == [f"/internal/export?gathering={GATHERING}"] * 4


async def test_an_export_that_ends_within_a_line_is_503(house: House) -> None:
    house.owners.says("GET", "/internal/export", 200, b'{"kind": "regis')
    assert (await house.client.get(EXPORT, headers=house.staff(Role.ORGANISER))).status_code == 503


@pytest.mark.parametrize("owner", ["registration", "scheduling", "checkin", "notifications"])
async def test_an_export_without_one_of_the_services_is_503(
    settings: GatewaySettings, owners: Owners, owner: str
) -> None:
    owners.says("GET", "/internal/export", 200, lines("x", "a"))
    away = settings.model_copy(update={f"{owner}_url": "http://127.0.0.1:9"})
    async with house_of(away, owners) as house:
        assert (await house.client.get(EXPORT, headers=house.staff(Role.ADMIN))).status_code == 503


async def test_an_export_that_is_cut_off_half_way_is_503(house: House) -> None:
    house.owners.says("GET", "/internal/export", 200, lines("x", "a"))
    house.owners.dies_after_its_first_chunk = True
    assert (await house.client.get(EXPORT, headers=house.staff(Role.ADMIN))).status_code == 503


async def test_an_export_of_what_is_not_there_is_404(house: House) -> None:
    house.owners.says("GET", "/internal/export", 200, b"")
    path = "/v1/gatherings/nowhere/export"
    assert (await house.client.get(path, headers=house.staff(Role.ORGANISER))).status_code == 404


async def test_personal_data_is_exported_for_organisers_alone(house: House) -> None:
    house.owners.says("GET", "/internal/export", 200, b"")
    path = f"{EXPORT}?personal=true"
    assert (await house.client.get(path, headers=house.staff(Role.AUDITOR))).status_code == 403
    assert (await house.client.get(EXPORT, headers=house.staff(Role.AUDITOR))).status_code == 200
    assert (await house.client.get(path, headers=house.staff(Role.ORGANISER))).status_code == 200
    assert house.owners.calls[-1].target.endswith("&personal=true")
    odd = await house.client.get(f"{EXPORT}?personal=maybe", headers=house.staff(Role.ORGANISER))
    assert odd.status_code == 422


PERSON = f"/v1/people/{REGISTRATION}/export"


def held(owners: Owners) -> None:
    owners.says("GET", PERSON, 200, {"id": REGISTRATION, "gathering": GATHERING, "personal": {"name": "Ada"}})
    owners.says("GET", f"/internal/people/{REGISTRATION}", 200, {"bookings": [{"topic": "Funding"}], "admissions": []})


async def test_what_is_held_about_a_person_is_handed_out_from_all_who_hold_it(house: House) -> None:
    held(house.owners)
    answer = await house.client.get(PERSON, headers=house.staff(Role.ORGANISER))
    assert answer.status_code == 200
    assert answer.json() == {
        "id": REGISTRATION,
        "gathering": GATHERING,
        "personal": {"name": "Ada"},
        "bookings": [{"topic": "Funding"}],
        "admissions": [],
    }
    targets = [called.target for called in house.owners.calls if called.actor.role == "service"]
    assert targets == [f"/internal/people/{REGISTRATION}?gathering={GATHERING}"] * 3
    unknown = await house.client.get(f"/v1/people/{'q' * 32}/export", headers=house.staff(Role.ORGANISER))
    assert unknown.status_code == 404


@pytest.mark.parametrize("owner", ["registration", "scheduling", "checkin", "notifications"])
async def test_a_person_is_not_handed_out_in_part(settings: GatewaySettings, owners: Owners, owner: str) -> None:
    held(owners)
    away = settings.model_copy(update={f"{owner}_url": "http://127.0.0.1:9"})
    async with house_of(away, owners) as house:
        assert (await house.client.get(PERSON, headers=house.staff(Role.ORGANISER))).status_code == 503
