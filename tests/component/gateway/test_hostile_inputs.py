"""Hostile bodies, texts, ids and headers: refused with a pointer, never echoed, never a 500, nothing appended."""

import asyncio
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from cli.state import CHECKOUT
from shared.tokens import Role
from tests.component.gateway.conftest import GATHERING, House, registration_body
from tests.support.asgi import cut_short

PATH = f"/v1/gatherings/{GATHERING}/registrations"
JSON = {"Content-Type": "application/json"}
CANARY = "canary-7f3a"
LONGEST = f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 57}.org"  # 254 characters


def named(name: str) -> bytes:
    return orjson.dumps(registration_body(attendee={"name": name, "email": "a@example.org"}))


def addressed(email: str) -> bytes:
    return orjson.dumps(registration_body(attendee={"name": "A", "email": email}))


def with_text(raw: str) -> bytes:
    """A name written as raw JSON, for what no encoder would write."""
    return orjson.dumps(registration_body()).replace("Ilkka Nykänen".encode(), raw.encode("utf-8", "surrogatepass"))


BAD_JSON = {
    "empty": b"",
    "NaN": b'{"attendee": NaN}',
    "infinity": b'{"attendee": Infinity}',
    "1e400": b'{"attendee": 1e400}',
    "lone surrogate escaped": with_text("\\ud800"),
    "lone surrogate raw": with_text("\ud800"),
    "10,000 digits": b'{"attendee": ' + b"1" * 10_000 + b"}",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep with text": b'{"a": "[[[", "b": ' + b"[" * 40 + b"]" * 40 + b"}",
    "key twice": b'{"mode": "remote", "mode": "in-person"}',
    "byte-order mark": b"\xef\xbb\xbf" + orjson.dumps(registration_body()),
    "UTF-16": orjson.dumps(registration_body()).decode().encode("utf-16"),
    "Latin-1": b'{"attendee": {"name": "Nyk\xe4nen"}}',
    "cut short": b'{"attendee": ',
}
WRONG = {
    "null": b"null",
    "list": b"[]",
    "text": b'"x"',
    "number": b"5",
    "unknown field": orjson.dumps(registration_body(status="confirmed")),
    "role": orjson.dumps(registration_body(role="admin")),
    "unknown field inside": orjson.dumps(
        registration_body(parts=[{"part": "main", "mode": "remote", "status": CANARY}])
    ),
    "operator": orjson.dumps(registration_body(delegation={"$gt": CANARY})),
    "operator as text": orjson.dumps(registration_body(delegation='{"$ne": null}')),
    "no parts": orjson.dumps(registration_body(parts=[])),
    "21 parts": orjson.dumps(registration_body(parts=[{"part": f"p{n}", "mode": "remote"} for n in range(21)])),
    "a part twice": orjson.dumps(registration_body(parts=[{"part": "main", "mode": "remote"}] * 2)),
    "no such mode": orjson.dumps(registration_body(parts=[{"part": "main", "mode": CANARY}])),
    "NUL in an answer": orjson.dumps(registration_body(answers={"diet": f"{CANARY}\x00"})),
    "NUL in an answer's id": orjson.dumps(registration_body(answers={f"{CANARY}\x00": "x"})),
    "spaces only": named("   "),
    "zero-width only": named("\u200b\u200b"),
    "NUL": named(f"{CANARY}\x00"),
    "CR and LF": named(f"{CANARY}\r\nBcc: x@example.org"),
    "direction override": named(f"{CANARY}\u202e"),
    "200 combining marks": named("a" + "\u0301" * 200),
    "ANSI escape": named(f"\x1b[2J{CANARY}"),
    "forged log line": named(f'{CANARY}\n{{"level": "info"}}'),
    "10,000 characters": named(CANARY * 1000),
    "line separator": named(f"{CANARY}\u2028x"),
    "mail: header": addressed(f"{CANARY}@example.org\r\nBcc: x@example.org"),
    "mail: spaces": addressed('"a b"@x.example'),
    "mail: 255 characters": addressed(f"{LONGEST}x"),
    "mail: 65 before the @": addressed("a" * 65 + "@example.org"),
    "mail: two": addressed("a@example.org,b@example.org"),
    "mail: literal": addressed("a@[127.0.0.1]"),
    "mail: bare host": addressed("a@localhost"),
    "mail: display name": addressed(f"{CANARY} <a@example.org>"),
    "mail: none": addressed(CANARY),
    "country": orjson.dumps(registration_body(attendee={"name": "A", "email": "a@b.example", "country": "fr"})),
    "path as id": orjson.dumps(registration_body(delegation="../../etc/passwd")),
    "None as id": orjson.dumps(registration_body(delegation="None")),
    "three of one partnership": orjson.dumps(registration_body(party_size=3)),
}
GOOD_NAMES = [
    "O",
    "O'Brien",
    "Ilkka Nykänen",
    "Valérie d'Île",
    "Bjo\u0308rn",  # NFD
    "محمد بن سلمان",
    "\U00020bb7野家",
    "👩\u200d👩\u200d👧",
    "🇫🇷 Marianne",
    "null",
    "undefined",
    "None",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "<img src=x onerror=alert(1)>",
    "</style>",
    "{{7*7}} ${7*7} {%raw%}",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "-1",
    "+1+1",
]


@pytest.mark.parametrize("body", BAD_JSON.values(), ids=BAD_JSON.keys())
async def test_what_is_not_json_is_400(house: House, body: bytes) -> None:
    answer = await house.client.post(PATH, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid-json")
    assert answer.headers["content-type"] == "application/problem+json"
    assert house.producer.log == []


@pytest.mark.parametrize("body", WRONG.values(), ids=WRONG.keys())
async def test_what_has_not_the_right_shape_is_422_with_a_pointer_and_no_echo(house: House, body: bytes) -> None:
    answer = await house.client.post(PATH, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
    assert all(error["pointer"] == "" or error["pointer"].startswith("/") for error in answer.json()["errors"])
    assert CANARY not in answer.text
    assert house.producer.log == []


@pytest.mark.parametrize("name", GOOD_NAMES)
async def test_what_people_are_really_called_is_accepted(house: House, name: str) -> None:
    answer = await house.client.post(PATH, content=named(name), headers=JSON | {"Prefer": "wait=0"})
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "email",
    [
        "a+tag@example.org",
        "A.B@Example.ORG",
        "x@bücher.example",
        "x@xn--bcher-kva.example",
        "\u0430dmin@example.org",  # with a Cyrillic letter: somebody else, and nobody's business
        LONGEST,
    ],
)
async def test_addresses_that_exist_are_accepted(house: House, email: str) -> None:
    answer = await house.client.post(PATH, content=addressed(email), headers=JSON | {"Prefer": "wait=0"})
    assert answer.status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/jsonx"},
    ],
)
async def test_any_other_media_type_or_encoding_is_415(house: House, headers: dict[str, str]) -> None:
    answer = await house.client.post(PATH, content=orjson.dumps(registration_body()), headers=headers)
    assert answer.status_code == 415


async def test_a_charset_parameter_is_no_other_media_type(house: House) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8", "Prefer": "wait=0"}
    answer = await house.client.post(PATH, content=orjson.dumps(registration_body()), headers=headers)
    assert answer.status_code == 202


async def test_a_body_over_the_limit_is_413_whether_announced_or_not(house: House) -> None:
    large = orjson.dumps(registration_body(answers={"a": "x" * 256 * 1024}))
    assert (await house.client.post(PATH, content=large, headers=JSON)).status_code == 413

    async def trickled() -> Any:
        for _ in range(300):
            yield b" " * 1024

    assert (await house.client.post(PATH, content=trickled(), headers=JSON)).status_code == 413


@pytest.mark.parametrize(("method", "what"), [("POST", "registrations"), ("POST", "follow-up"), ("PUT", "agenda")])
async def test_a_body_that_is_cut_short_reaches_nobody_and_is_no_failure(
    house: House, caplog: pytest.LogCaptureFixture, method: str, what: str
) -> None:
    app, staff = house.client._transport.app, {} if what == "registrations" else house.staff(Role.ORGANISER)  # type: ignore[attr-defined]
    assert await cut_short(app, method, f"/v1/gatherings/{GATHERING}/{what}", staff) == 400
    assert (house.producer.log, house.owners.calls, caplog.records) == ([], [], [])


@pytest.mark.parametrize(
    "path",
    [
        "/v1/gatherings/%00/registrations",
        "/v1/gatherings/%ff/registrations",
        "/v1/gatherings/..%2fetc/registrations",
        "/v1/gatherings/UPPER/registrations",
        "/v1/gatherings/a%0a/registrations",
        "/v1/gatherings/" + "a" * 20_000 + "/registrations",
        "/v1/gatherings/%7B%22$gt%22:%22%22%7D/registrations",
        PATH + "/",
    ],
)
async def test_an_id_that_can_be_none_reaches_nobody(house: House, path: str) -> None:
    answer = await house.client.post(path, json=registration_body())
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert (house.owners.calls, house.producer.log) == ([], [])


async def test_500_headers_or_20_kb_of_them_are_431(house: House) -> None:
    many = [(f"X-{number}", "1") for number in range(500)]
    assert (await house.client.get("/v1/gatherings", headers=many)).status_code == 431
    assert (await house.client.get("/v1/gatherings", headers={"X-Long": "x" * 20_000})).status_code == 431


@pytest.mark.parametrize("method", ["TRACE", "BREW", "OPTIONS", "DELETE"])
async def test_a_method_that_is_not_taken_is_405(house: House, method: str) -> None:
    answer = await house.client.request(method, PATH, headers={"X-HTTP-Method-Override": "GET"})
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) <= {"GET", "HEAD", "POST"}


async def test_one_key_fifty_times_at_once_is_one_submission(house: House) -> None:
    headers = {"Idempotency-Key": "pressed-again-and-again", "Prefer": "wait=0"}
    presses = (house.client.post(PATH, json=registration_body(), headers=headers) for _ in range(50))
    answers = await asyncio.gather(*presses)
    assert {(answer.status_code, answer.json()["id"]) for answer in answers} == {(202, answers[0].json()["id"])}
    assert len({received.id for received in house.producer.log}) == 1


async def test_another_s_key_gives_nothing_of_theirs_away(house: House) -> None:
    headers = {"Idempotency-Key": "the-key-of-somebody", "Prefer": "wait=0"}
    theirs = await house.client.post(PATH, json=registration_body(), headers=headers)
    stranger = registration_body(attendee={"name": "Eve", "email": "eve@example.org"})
    answer = await house.client.post(PATH, json=stranger, headers=headers)
    assert theirs.json()["id"] not in answer.text
    assert theirs.json()["manage_token"] not in answer.text


@pytest.mark.parametrize(
    "query", ["status[$ne]=x", "part[$gt]=", "id[$ne]=1", "limit=1&limit=2", "limit=1e3", "cursor=%00", "limit=-1"]
)
async def test_a_strange_query_reaches_its_owner_as_it_is_and_no_further(house: House, query: str) -> None:
    """Only the owner knows what a parameter means; to the gateway it is text."""
    path = f"/v1/gatherings/{GATHERING}/registrations"
    house.owners.says("GET", path, 200, {"items": [], "next": None})
    await house.client.get(f"{path}?{query}", headers=house.staff(Role.ORGANISER))
    (called,) = house.owners.forwarded()
    assert parse_qsl(urlsplit(called.target).query, keep_blank_values=True) == parse_qsl(query, keep_blank_values=True)
    assert (await house.client.get(f"{path}?{query}")).status_code == 401


async def test_nothing_takes_a_file(house: House) -> None:
    """No table, archive, image or form of parts can be sent to Foyer: what cannot come in cannot be a bomb."""
    document = (await house.client.get("/openapi.json")).json()
    taken = {
        kind
        for operations in document["paths"].values()
        for operation in operations.values()
        for kind in operation.get("requestBody", {}).get("content", {})
    }
    assert taken <= {"application/json", "application/yaml"}


@pytest.mark.parametrize(
    "kind", ["text/csv", "application/zip", "application/vnd.ms-excel", "image/png", "image/svg+xml"]
)
async def test_a_file_is_refused_before_it_is_read(house: House, kind: str) -> None:
    answer = await house.client.post(PATH, content=b"PK\x03\x04", headers={"Content-Type": kind})
    assert (answer.status_code, house.producer.log) == (415, [])


def test_only_foyer_itself_is_asked_and_never_an_address_that_somebody_gave() -> None:
    """Whoever speaks HTTP takes the addresses of the other services from the settings, and there is nobody else."""
    speaks = re.compile(
        r"^\s*(?:import|from) (aiohttp|httpx|requests|urllib\.request|urllib3|http\.client)\b", re.MULTILINE
    )
    files = [file for room in ("services", "shared") for file in (CHECKOUT / room).rglob("*.py")]
    found = {str(file.relative_to(CHECKOUT)) for file in files if speaks.search(file.read_text())}
    assert found == {"services/gateway/clients/owners.py", "shared/calls.py"}


async def test_a_forged_identity_header_is_nobody(house: House) -> None:
    forged = {"X-User-Id": "admin", "X-Foyer-Service": "forged", "X-Real-IP": "127.0.0.1"}
    answer = await house.client.get(f"/v1/gatherings/{GATHERING}/registrations", headers=forged)
    assert answer.status_code == 401
    assert house.owners.calls == []


async def test_a_foreign_host_is_in_no_answer(house: House) -> None:
    headers = {"Host": "evil.example", "Prefer": "wait=0"}
    answer = await house.client.post(PATH, json=registration_body(), headers=headers)
    assert "evil.example" not in answer.text + str(answer.headers)


async def test_another_site_s_script_gets_no_permission(house: House) -> None:
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = await house.client.options(PATH, headers=preflight)
    assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize("request_id", ["a b", "x" * 65, "<script>", "a;b"])
async def test_a_request_id_is_taken_only_if_it_is_harmless(house: House, request_id: str) -> None:
    answer = await house.client.get("/openapi.json", headers={"X-Request-Id": request_id})
    assert answer.headers["x-request-id"] != request_id
    assert (await house.client.get("/openapi.json", headers={"X-Request-Id": "good-1"})).headers[
        "x-request-id"
    ] == "good-1"
