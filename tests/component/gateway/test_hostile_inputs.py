"""Hostile bodies, texts, ids and headers: refused with a pointer, never echoed, never a 500, nothing appended."""

from typing import Any

import orjson
import pytest

from tests.component.gateway.conftest import GATHERING, House, registration_body

PATH = f"/v1/gatherings/{GATHERING}/registrations"
JSON = {"Content-Type": "application/json"}
CANARY = "canary-7f3a"


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
    "mail: 255 characters": addressed("a@" + "b" * 60 + ".example.org" + "c" * 190),
    "mail: two": addressed("a@example.org,b@example.org"),
    "mail: literal": addressed("a@[127.0.0.1]"),
    "mail: bare host": addressed("a@localhost"),
    "mail: display name": addressed(f"{CANARY} <a@example.org>"),
    "mail: none": addressed(CANARY),
    "country": orjson.dumps(registration_body(attendee={"name": "A", "email": "a@b.example", "country": "fr"})),
    "path as id": orjson.dumps(registration_body(delegation="../../etc/passwd")),
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
    "../../etc/passwd",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "{{7*7}} ${7*7} {%raw%}",
    "=cmd|' /C calc'!A0",
    "@SUM(1)",
    "-1",
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
    "email", ["a+tag@example.org", "A.B@Example.ORG", "x@bücher.example", "x@xn--bcher-kva.example"]
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
