"""What surrounds every answer: headers, limits, health, descriptions."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import pytest

from services.gateway.edge import address_of
from services.gateway.settings import GatewaySettings
from shared.messages import registry
from tests.component.gateway.conftest import GATHERING, House, house_of, registration_body
from tests.component.gateway.doubles import Owners

PATH = f"/v1/gatherings/{GATHERING}/registrations"


@pytest.mark.parametrize("path", ["/", "/v1/gatherings", "/nowhere", "/openapi.json", "/r/abc", "/livez", "/g/none"])
async def test_every_answer_tells_a_browser_what_to_refuse(house: House, path: str) -> None:
    answer = await house.client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert int(answer.headers["strict-transport-security"].removeprefix("max-age=")) >= 31_536_000
    assert answer.headers["x-request-id"]
    assert "server" not in answer.headers


async def test_what_is_personal_is_kept_in_no_cache(house: House) -> None:
    for path in (f"/v1/registrations/{'r' * 32}", "/r/abc"):
        answer = await house.client.get(path, headers=house.holder())
        assert answer.headers["cache-control"] == "no-store"


async def test_registrations_from_one_address_are_limited(settings: GatewaySettings, owners: Owners) -> None:
    limited = settings.model_copy(update={"limits": True, "limit_registrations": "3 per minute"})
    async with house_of(limited, owners) as house:
        for _ in range(3):
            answer = await house.client.post(PATH, json=registration_body(), headers={"Prefer": "wait=0"})
            assert answer.status_code == 202
        refused = await house.client.post(PATH, json=registration_body(), headers={"X-Forwarded-For": "203.0.113.9"})
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/too-many-requests")
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.headers["x-request-id"]
        assert refused.headers["content-type"] == "application/problem+json"
        assert len(house.producer.log) == 3


async def test_links_are_mailed_only_so_often(settings: GatewaySettings, owners: Owners) -> None:
    owners.says("POST", "/v1/access-links", 202, {})
    async with house_of(settings.model_copy(update={"limits": True, "limit_links": "2 per minute"}), owners) as house:
        body = {"gathering": GATHERING, "email": "a@example.org"}
        junk = {"Authorization": "Bearer junk"}
        statuses = [
            (await house.client.post("/v1/access-links", json=body, headers=junk)).status_code for _ in range(3)
        ]
        assert statuses == [202, 202, 429]


async def test_all_calls_of_one_address_are_limited_together(settings: GatewaySettings, owners: Owners) -> None:
    async with house_of(
        settings.model_copy(update={"limits": True, "limit_requests": "5 per minute"}), owners
    ) as house:
        statuses = [(await house.client.get("/openapi.json")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]


def seen_as(client: str, forwarded: Iterable[str], proxies: Iterable[str]) -> str:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return address_of({"type": "http", "client": (client, 1), "headers": headers}, frozenset(proxies))


def test_a_forwarded_address_is_believed_only_from_our_own_edge() -> None:
    assert seen_as("198.51.100.1", ["203.0.113.9"], []) == "198.51.100.1"
    assert seen_as("10.0.0.1", ["203.0.113.9"], ["10.0.0.1"]) == "203.0.113.9"
    assert seen_as("10.0.0.1", ["forged", "203.0.113.9, 10.0.0.2"], ["10.0.0.1", "10.0.0.2"]) == "203.0.113.9"
    assert seen_as("10.0.0.1", [], ["10.0.0.1"]) == "10.0.0.1"


def test_one_ipv6_network_is_one_caller() -> None:
    assert seen_as("2001:db8::1", [], []) == seen_as("2001:db8::ffff:2", [], [])
    assert seen_as("2001:db8:0:1::1", [], []) != seen_as("2001:db8:0:2::1", [], [])


async def test_only_sites_on_the_list_may_read_across_origins(settings: GatewaySettings, owners: Owners) -> None:
    async with house_of(settings.model_copy(update={"cors_origins": "https://good.example"}), owners) as house:
        asks = {"Access-Control-Request-Method": "POST"}
        good = await house.client.options(PATH, headers=asks | {"Origin": "https://good.example"})
        bad = await house.client.options(PATH, headers=asks | {"Origin": "https://evil.example"})
        assert good.headers["access-control-allow-origin"] == "https://good.example"
        assert "access-control-allow-credentials" not in good.headers
        assert "access-control-allow-origin" not in bad.headers


async def test_it_is_ready_without_registration_and_not_without_the_broker(house: House) -> None:
    house.producer.away = False
    while (answer := await house.client.get("/readyz")).status_code != 200:
        assert answer.json()["status"] == "red"
    assert (await house.client.get("/livez")).json() == {"status": "green", "wrong": []}
    assert "process_open_fds" in (await house.client.get("/metrics")).text


async def test_a_broker_that_is_away_makes_it_red_but_pages_and_reads_go_on(
    settings: GatewaySettings, owners: Owners
) -> None:
    building = house_of(settings, owners)
    building.producer.away = True
    async with building as house:
        assert (await house.client.get("/readyz")).status_code == 503
        assert (await house.client.post(PATH, json=registration_body())).status_code == 503
        owners.says("GET", "/v1/gatherings", 200, {"gatherings": []})
        assert (await house.client.get("/v1/gatherings")).status_code == 200
        assert (await house.client.get("/")).status_code == 200


async def test_every_message_has_a_schema_open_to_more_fields(house: House) -> None:
    for kind in registry:
        answer = await house.client.get(f"/schemas/{kind.removeprefix('foyer.')}.json")
        assert answer.status_code == 200
        assert '"additionalProperties":false' not in answer.text
    assert (await house.client.get("/schemas/gathering-definition.json")).status_code == 200
    assert (await house.client.get("/schemas/nothing.json")).status_code == 404


async def test_what_is_the_same_for_all_may_be_kept_and_a_head_has_no_body(house: House) -> None:
    sheet = await house.client.get("/static/foyer.css")
    assert (sheet.status_code, sheet.headers["cache-control"]) == (200, "public, max-age=300")
    house.owners.says("GET", "/v1/gatherings", 200, {"gatherings": []})
    assert (await house.client.head("/v1/gatherings")).status_code == 200
    assert (await house.client.get("/static/../app.py")).status_code == 404


async def test_a_body_that_never_ends_is_408(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.gateway.api.reading.BODY_WITHIN", 0.05)

    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    answer = await house.client.post(PATH, content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (408, "/problems/too-slow")
