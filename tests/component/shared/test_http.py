"""What every HTTP face does alike: problems, a strict reader, limits, a request id, whatever is sent."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from pydantic import Field

from shared import health, http
from shared.access import Access, Actor
from shared.clock import Clock
from shared.errors import LostRace, Unavailable
from shared.health import Probe
from shared.http import Body, Problem, read_json
from shared.text import Name
from shared.tokens import Role, Tokens
from tests.support.asgi import cut_short

JSON = {"content-type": "application/json"}


class Form(Body):
    name: Name
    amount: float = Field(default=0, le=10)
    inner: dict[str, Any] = Field(default_factory=dict)


@pytest.fixture
def red() -> list[str]:
    return []


@pytest.fixture
async def client(red: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, Any]:
        return (await read_json(request, Form)).model_dump()

    @app.get("/broken/{how}")
    async def broken(how: str, limit: int = 1) -> None:
        raise {
            "away": Unavailable("MongoDB"),
            "race": LostRace("lost"),
            "problem": Problem(409, "full", "Try another.", alternatives=[limit]),
            "bug": ZeroDivisionError("secret"),
        }[how]

    http.install(app)
    health.install(app, ready=[lambda: red[0] if red else None])
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as one:
        yield one


def is_problem(answer: httpx.Response, status: int, kind: str) -> bool:
    about = answer.json()
    return (
        answer.status_code == status
        and answer.headers["content-type"] == "application/problem+json"
        and about["type"] == f"/problems/{kind}"
        and about["status"] == status
        and bool(about["title"] and about["detail"])
        and bool(answer.headers["x-request-id"])
    )


async def test_what_is_right_is_let_through(client: httpx.AsyncClient) -> None:
    answer = await client.post("/echo", json={"name": "  Ada ", "amount": 3})
    assert answer.json() == {"name": "Ada", "amount": 3.0, "inner": {}}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"name": NaN}',
        b'{"name": "a", "amount": 1e400}',
        b'{"name": "a", "amount": Infinity}',
        b'{"name": "\\ud800"}',
        b'{"name": "a", "name": "b"}',
        b'{"name": "a", "inner": {"x": 1, "x": 2}}',
        b'\xef\xbb\xbf{"name": "a"}',
        '{"name": "a"}'.encode("utf-16"),
        b'{"name": "\xff"}',
        b"[" * 33 + b"]" * 33,
        b'{"inner": ' + b'{"a":' * 40 + b"1" + b"}" * 41,
        b"[" * 100_000,
    ],
)
async def test_what_is_no_json_is_refused(client: httpx.AsyncClient, raw: bytes) -> None:
    assert is_problem(await client.post("/echo", content=raw, headers=JSON), 400, "invalid-json")


async def test_brackets_inside_texts_are_no_depth(client: httpx.AsyncClient) -> None:
    raw = b'{"name": "' + b"[{" * 50 + b'\\"[[[", "inner": {"a": [1]}}'
    assert (await client.post("/echo", content=raw, headers=JSON)).status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "a", "more": 1}, "/more"),
        ({"name": "a\nb"}, "/name"),
        ({"name": 1}, "/name"),
        ({}, "/name"),
        ({"name": "a", "amount": 11}, "/amount"),
        ([], ""),
    ],
)
async def test_what_is_wrong_is_told_by_its_place_and_never_repeated(
    client: httpx.AsyncClient, body: Any, pointer: str
) -> None:
    answer = await client.post("/echo", json=body)
    assert is_problem(answer, 422, "invalid-request")
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
    assert "a\\nb" not in answer.text


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, "unsupported-media-type"),
        ({"content-type": "text/plain"}, "unsupported-media-type"),
        ({**JSON, "content-encoding": "gzip"}, "unsupported-encoding"),
    ],
)
async def test_only_plain_json_is_read(client: httpx.AsyncClient, headers: dict[str, str], kind: str) -> None:
    assert is_problem(await client.post("/echo", content=b"{}", headers=headers), 415, kind)


async def test_a_body_has_a_limit_also_if_it_does_not_say_its_length(client: httpx.AsyncClient) -> None:
    large = b" " * (http.MAX_BODY + 1)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 50_000):
            yield large[start : start + 50_000]

    for content in (large, pieces()):
        assert is_problem(await client.post("/echo", content=content, headers=JSON), 413, "too-large")
    lying = await client.post("/echo", content=b"{}", headers=JSON | {"content-length": "-1"})
    assert is_problem(lying, 413, "too-large")


async def test_headers_have_a_limit(client: httpx.AsyncClient) -> None:
    def many() -> Iterator[tuple[str, str]]:
        for n in range(100):
            yield f"x-{n}", "a"

    for headers in (dict(many()), {"x-long": "a" * 20_000}):
        assert is_problem(await client.get("/livez", headers=headers), 431, "headers-too-large")


@pytest.mark.parametrize(
    ("how", "status", "kind"),
    [("away", 503, "unavailable"), ("race", 503, "busy"), ("problem", 409, "full"), ("bug", 500, "internal")],
)
async def test_every_failure_is_a_problem(client: httpx.AsyncClient, how: str, status: int, kind: str) -> None:
    answer = await client.get(f"/broken/{how}?limit=7")
    assert is_problem(answer, status, kind)
    assert "secret" not in answer.text
    assert ("retry-after" in answer.headers) is (status == 503)
    assert answer.json().get("alternatives") == ([7] if how == "problem" else None)


async def test_who_goes_away_while_their_body_is_read_is_no_failure_of_ours(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    status = await cut_short(client._transport.app, "POST", "/echo")  # type: ignore[attr-defined]
    assert (status, caplog.records) == (400, [])


async def test_what_the_framework_refuses_is_a_problem_too(client: httpx.AsyncClient) -> None:
    assert is_problem(await client.get("/nowhere"), 404, "not-found")
    assert is_problem(await client.put("/echo"), 405, "method-not-allowed")
    wrong = await client.get("/broken/away?limit=x")
    assert is_problem(wrong, 422, "invalid-request")
    assert wrong.json()["errors"][0]["pointer"] == "/limit"


async def test_a_request_keeps_the_id_it_came_with_if_it_is_one(client: httpx.AsyncClient) -> None:
    for given, kept in (("abc-1", True), ("a" * 65, False), ("a b", False), ("", False)):
        answer = await client.get("/livez", headers={"x-request-id": given})
        assert (answer.headers["x-request-id"] == given) is kept


async def test_a_process_says_whether_it_lives_and_whether_it_can_work(
    client: httpx.AsyncClient, red: list[str]
) -> None:
    assert (await client.get("/readyz")).json() == {"status": "green", "wrong": []}
    red.append("MongoDB is away")
    assert (await client.get("/livez")).status_code == 200
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["MongoDB is away"])
    assert "foyer_records" in (await client.get("/metrics")).text


async def test_what_goes_away_is_noticed_while_nobody_asks_for_it_and_so_is_its_return() -> None:
    broken: list[Exception] = [Unavailable("NetworkTimeout"), TimeoutError()]

    async def ask() -> None:
        if broken:
            raise broken.pop(0)

    probe = Probe("MongoDB", ask)
    said = [probe()]
    for _ in range(3):
        await probe.look()
        said.append(probe())
    assert said == [
        "MongoDB has not been reached yet",
        "MongoDB is away: NetworkTimeout",
        "MongoDB is away: TimeoutError",
        None,
    ]


async def test_who_does_not_answer_is_as_good_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.01)
    probe = Probe("the broker", asyncio.Event().wait)  # type: ignore[arg-type]
    await probe.look()
    assert probe() == "the broker is away: TimeoutError"


def test_a_pointer_escapes_what_rfc_6901_says() -> None:
    assert http.pointer(("a/b", 0, "c~d")) == "/a~1b/0/c~0d"


@pytest.fixture
def access(secrets_directory: Any) -> Access:
    return Access(Tokens(secrets_directory), Clock())


def called(headers: dict[str, str]) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": raw})


def test_a_service_knows_who_is_calling(access: Access) -> None:
    holder = Actor(Role.ATTENDEE, "r", ("g",), registration_id="r", generation=2)
    assert access.actor(called(access.header(holder))) == holder
    assert access.internal(called(access.own_header("checkin"))).subject == "checkin"
    with pytest.raises(Problem) as unknown:
        access.actor(called({}))
    assert unknown.value.status == 401
    with pytest.raises(Problem) as outside:
        access.internal(called(access.header(holder)))
    assert outside.value.status == 404


def test_who_may_what() -> None:
    holder = Actor(Role.ATTENDEE, "r", ("g",), registration_id="r")
    holder.must_hold("r")
    holder.must_cover("g")
    Actor(Role.ADMIN, "a").must_be(Role.ORGANISER)
    Actor(Role.ORGANISER, "o").must_hold("whatever")
    with pytest.raises(Problem) as another:
        holder.must_hold("s")
    with pytest.raises(Problem) as elsewhere:
        holder.must_cover("h")
    with pytest.raises(Problem) as too_small:
        holder.must_be(Role.ORGANISER, Role.AUDITOR)
    assert [one.value.status for one in (another, elsewhere, too_small)] == [404, 404, 403]
